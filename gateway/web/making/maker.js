/** Making something: the operations that make a job, their form, and sending it once. */

import { Problem } from "../api.js";
import { fill, find, h } from "../dom.js";
import { announce } from "../notices/toasts.js";
import { S } from "../strings.js";
import { Form } from "./form.js";

/**
 * @typedef {object} Operation
 * @property {string} name
 * @property {string} title
 * @property {string | null} description
 * @property {string} makes
 * @property {string} method
 * @property {string} href
 * @property {Record<string, any>} input_schema
 */
/** @typedef {Operation & {provider: string}} Offer */
/** @typedef {import("./jobs.js").Job} Job */

/** @param {import("../api.js").Provider[]} providers @returns {Offer[]} */
export function findOffers(providers) {
  return providers.flatMap((provider) => {
    const { operations = [] } = /** @type {{operations?: Operation[]}} */ (/** @type {unknown} */ (provider));
    return operations.filter((one) => one.makes === "job").map((one) => ({ ...one, provider: provider.name }));
  });
}

export class Maker {
  /** @type {Offer[]} */
  #offers = [];
  /** @type {Form | null} */
  #form = null;
  /** The same form sent again is the same task: it is carried out once. */
  #once = { body: "", key: "" };

  /**
   * @param {import("../api.js").Api} api
   * @param {{title: (provider: string) => string, begun: (job: Job) => void, toWords: (problem: Problem) => string}} around
   */
  constructor(api, around) {
    this.api = api;
    this.around = around;
    /** @type {HTMLDialogElement} */
    this.dialog = find("#make-dialog");
    /** @type {HTMLSelectElement} */
    this.choice = find("#make-choice");
    this.button = find("#make-button");
    this.button.addEventListener("click", () => this.#open());
    find("#make-close").addEventListener("click", () => this.dialog.close());
    this.choice.addEventListener("change", () => this.#draw());
    find("form", this.dialog).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  /** @param {Offer[]} offers */
  offer(offers) {
    this.#offers = offers;
    this.button.hidden = !offers.length;
    fill(this.choice, ...offers.map((one, i) => h("option", { value: i }, `${this.around.title(one.provider)}: ${one.title}`)));
  }

  /** @param {Job} job */
  toTitle(job) {
    const offer = this.#offers.find((one) => one.provider === job.provider && one.name === job.operation);
    return `${this.around.title(job.provider)}: ${offer?.title ?? S.sentence(job.operation)}`;
  }

  #open() {
    if (!this.#form) this.#draw();
    this.dialog.showModal();
  }

  #chosen() {
    return /** @type {Offer} */ (this.#offers[Number(this.choice.value)]);
  }

  #draw() {
    const offer = this.#chosen();
    this.#form = new Form(offer.input_schema);
    fill(find("#make-fields"), offer.description ? h("p", { class: "hint" }, offer.description) : null, this.#form.element);
    this.#tell("");
  }

  async #send() {
    const form = /** @type {Form} */ (this.#form);
    const offer = this.#chosen();
    const body = form.read();
    this.#setBusy(true);
    this.#tell("");
    try {
      const headers = { "idempotency-key": this.#toKey(JSON.stringify([offer.href, body])) };
      const answer = await this.api.ask(offer.href.slice(offer.href.indexOf("/v1/") + 1), { method: offer.method, body, headers });
      form.tell([]);
      this.#once = { body: "", key: "" };
      this.dialog.close();
      const job = /** @type {Job} */ (answer.body);
      announce(S.jobs.begun(this.toTitle(job)));
      this.around.begun(job);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#refuse(form, error);
    } finally {
      this.#setBusy(false);
    }
  }

  /** @param {Form} form @param {Problem} problem */
  #refuse(form, problem) {
    const rest = form.tell(problem.errors);
    const words = [...rest];
    if (problem.upstream) words.push(S.jobs.refused(toWords(problem.upstream.detail) || problem.title));
    else if (problem.code === "outcome-unknown") words.push(S.jobs.unknown);
    else if (problem.errors.length) words.push(S.jobs.mend(problem.errors.length));
    else words.push(this.around.toWords(problem));
    this.#tell(words.join(" "));
  }

  /** @param {string} body */
  #toKey(body) {
    if (this.#once.body !== body) this.#once = { body, key: toRandom() };
    return this.#once.key;
  }

  /** @param {string} words */
  #tell(words) {
    find("#make-fault").replaceChildren(...(words ? [h("p", {}, words)] : []));
  }

  /** @param {boolean} isBusy */
  #setBusy(isBusy) {
    /** @type {HTMLButtonElement} */
    const submit = find("#make-submit");
    submit.disabled = isBusy;
    submit.textContent = isBusy ? S.jobs.sending : S.jobs.submit;
  }
}

/** @param {unknown} detail what the provider says */
function toWords(detail) {
  return typeof detail === "string" ? detail : detail ? JSON.stringify(detail) : "";
}

/** `randomUUID` is there on safe origins alone. */
function toRandom() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
