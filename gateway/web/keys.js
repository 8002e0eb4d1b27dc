/** The caller's key: asked for where one is needed, kept for the tab alone. */

import { find, h } from "./dom.js";
import { S } from "./strings.js";

const KEPT_AS = "gallery-gateway-key";

export class Keys {
  /** @param {() => void} onchange told when another key is used, or none */
  constructor(onchange) {
    this.onchange = onchange;
    /** @type {HTMLDialogElement} */
    this.dialog = find("#key-dialog");
    /** @type {HTMLInputElement} */
    this.input = find("#key");
    find("#key-button").addEventListener("click", () => this.#open({ isNeeded: false }));
    find("form", this.dialog).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#take();
    });
    find("#key-cancel").addEventListener("click", () => this.dialog.close("cancel"));
    find("#key-forget").addEventListener("click", () => this.#use(null));
    this.dialog.addEventListener("close", () => this.#closed());
    /** Whether the dialog stands for a key that was refused: without it one may be let in as anybody. */
    this.wasRefused = false;
    this.#show();
  }

  /** @returns {string | null} */
  read() {
    return sessionStorage.getItem(KEPT_AS);
  }

  /** A key is needed, or this one is refused. @param {import("./api.js").Problem} problem */
  refused(problem) {
    const had = this.read() !== null;
    sessionStorage.removeItem(KEPT_AS);
    this.#show();
    this.wasRefused = had;
    this.#open({ isNeeded: true, fault: !had ? "" : problem.isInvalidToken ? S.keys.expired : S.keys.refused });
  }

  /** This one lacks a scope. @param {import("./api.js").Problem} problem */
  toScopeWords(problem) {
    return this.read() ? S.keys.scope(problem.detail || problem.title) : S.keys.scopeAnonymous;
  }

  /** @param {{isNeeded: boolean, fault?: string}} why */
  #open({ isNeeded, fault = "" }) {
    find("#key-title").textContent = isNeeded ? S.keys.title : S.keys.titleMore;
    find("#key-intro").textContent = isNeeded ? S.keys.intro : S.keys.introMore;
    find("#key-forget").hidden = this.read() === null;
    this.#tell(fault);
    this.input.value = "";
    if (!this.dialog.open) this.dialog.showModal();
    this.input.focus();
  }

  #take() {
    const key = this.input.value.trim();
    if (!key) this.#tell(S.keys.empty);
    else if (!/^[\x21-\x7e]+$/.test(key)) this.#tell(S.keys.unusable);
    else this.#use(key);
  }

  /** @param {string | null} key */
  #use(key) {
    if (key === null) sessionStorage.removeItem(KEPT_AS);
    else sessionStorage.setItem(KEPT_AS, key);
    this.wasRefused = false;
    this.dialog.close();
    this.#show();
    this.onchange();
  }

  #closed() {
    if (this.dialog.open || !this.wasRefused) return; // it may be open again by the time that this is told
    this.wasRefused = false;
    this.onchange();
  }

  /** @param {string} fault */
  #tell(fault) {
    const place = find("#key-fault");
    place.replaceChildren(...(fault ? [h("p", {}, fault)] : []));
    this.input.setAttribute("aria-invalid", String(Boolean(fault)));
  }

  #show() {
    const button = find("#key-button");
    button.dataset.used = String(this.read() !== null);
    find("span:last-child", button).textContent = this.read() ? S.keys.change : S.keys.use;
  }
}
