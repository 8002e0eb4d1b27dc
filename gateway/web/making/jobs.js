/** What is being made: a card for each job above the gallery, followed until its picture is there. */

import { Problem } from "../api.js";
import { fill, find, h, iconButton } from "../dom.js";
import { announce } from "../notices/toasts.js";
import { S } from "../strings.js";

/**
 * @typedef {object} Job
 * @property {string} id
 * @property {string} provider
 * @property {string} operation
 * @property {string} status
 * @property {number | null} position
 * @property {string | null} created_at
 * @property {string[]} item_ids
 * @property {{title?: string, detail?: string} | string | null} error
 */

const WAIT_SECONDS = 25;
const RUNNING = new Set(["queued", "processing", "unknown"]);

export class Jobs {
  /** @type {Map<string, {job: Job, controller: AbortController}>} */
  #followed = new Map();

  /**
   * @param {import("../api.js").Api} api
   * @param {import("../notices/waiting.js").Waiting} waiting
   * @param {{title: (job: Job) => string, made: (ids: string[]) => Promise<void>}} around
   */
  constructor(api, waiting, around) {
    this.api = api;
    this.waiting = waiting;
    this.around = around;
    this.place = find("#jobs");
  }

  /** Take up what was begun before, if the gateway knows of it. */
  async resume() {
    const query = new URLSearchParams([["status", "queued"], ["status", "processing"]]);
    const { body } = await this.api.ask("v1/jobs", { query });
    for (const job of /** @type {{jobs: Job[]}} */ (body).jobs) this.follow(job);
  }

  end() {
    for (const { controller } of this.#followed.values()) controller.abort();
    this.#followed.clear();
    this.#show();
  }

  /** @param {Job} job */
  follow(job) {
    if (this.#followed.has(job.id)) return;
    const controller = new AbortController();
    this.#followed.set(job.id, { job, controller });
    this.#show();
    this.#run(job, controller.signal).catch((error) => {
      if (!controller.signal.aborted) throw error;
    });
  }

  /** @param {Job} job @param {AbortSignal} signal */
  async #run(job, signal) {
    /** @type {string | null} */
    let tag = null;
    while (RUNNING.has(job.status)) {
      try {
        const answer = await this.waiting.until(() => this.#ask(job.id, tag, signal), signal);
        tag = answer.headers.get("etag");
        if (answer.status !== 304) job = /** @type {Job} */ (answer.body);
        if (job.status === "unknown") await pause(Math.max(5, Number(answer.headers.get("retry-after") ?? 0)), signal);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        job = { ...job, status: "failed", error: error.status === 404 ? S.jobs.lost : error.title };
      }
      this.#take(job);
    }
    if (job.status === "succeeded") await this.#finish(job);
    else announce(S.jobs.failed(this.around.title(job)));
  }

  /** How it is now, and from then on what is other than that. @param {string} id @param {string | null} tag @param {AbortSignal} signal @returns {Promise<import("../api.js").Reply<Job>>} */
  #ask(id, tag, signal) {
    /** @type {Record<string, string>} */
    const headers = tag ? { prefer: `wait=${WAIT_SECONDS}`, "if-none-match": tag } : {};
    return this.api.ask(`v1/jobs/${encodeURIComponent(id)}`, { headers, signal });
  }

  /** @param {Job} job */
  async #finish(job) {
    announce(S.jobs.done(this.around.title(job)));
    await this.around.made(job.item_ids);
    this.#drop(job.id);
  }

  /** @param {Job} job */
  #take(job) {
    const followed = this.#followed.get(job.id);
    if (!followed) return;
    followed.job = job;
    this.#show();
  }

  /** @param {string} id */
  #drop(id) {
    this.#followed.get(id)?.controller.abort();
    this.#followed.delete(id);
    this.#show();
  }

  #show() {
    const cards = [...this.#followed.values()].map(({ job }) => this.#toCard(job));
    this.place.hidden = !cards.length;
    fill(this.place, h("h2", {}, S.jobs.label), h("ul", {}, ...cards));
  }

  /** @param {Job} job */
  #toCard(job) {
    const title = this.around.title(job);
    const isOver = !RUNNING.has(job.status);
    const words = [S.status(job.status)];
    if (job.position !== null && job.status === "queued") words.push(S.card.ahead(job.position));
    if (job.error) words.push(typeof job.error === "string" ? job.error : (job.error.title ?? job.error.detail ?? ""));
    const dismiss = isOver && job.status !== "succeeded" && iconButton("close", S.jobs.dismiss(title), { onclick: () => this.#drop(job.id) });
    return h(
      "li",
      { class: "job", "data-job-id": job.id, "data-status": job.status },
      h("span", { class: "job-mark", "aria-hidden": "true" }),
      h("div", {}, h("strong", {}, title), h("p", {}, words.join(" · "))),
      dismiss || null,
    );
  }
}

/** @param {number} seconds @param {AbortSignal} signal @returns {Promise<void>} */
function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
