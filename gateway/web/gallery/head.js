/** The list's head, looked at now and then while the page is seen: what is new, and who is back. */

import { Problem } from "../api.js";

/** @typedef {import("../api.js").Page} Page */

const EVERY_MS = 30_000;
const SOONEST_MS = 5_000;

export class Head {
  #query = new URLSearchParams();
  /** @type {string | null} */
  #tag = null;
  #timer = 0;
  #controller = new AbortController();
  #isOn = false;
  #lookedAt = 0;

  /**
   * @param {import("../api.js").Api} api
   * @param {(page: Page, readAt: number) => void} take
   * @param {(problem: Problem) => void} refuse
   */
  constructor(api, take, refuse) {
    this.api = api;
    this.take = take;
    this.refuse = refuse;
    /** @type {import("../sources.js").Sources | null} */
    this.sources = null;
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.#isOn) this.#plan(Math.max(0, this.#lookedAt + EVERY_MS - Date.now()));
    });
  }

  /** @param {URLSearchParams} query @param {import("../sources.js").Sources} sources */
  begin(query, sources) {
    this.end();
    this.#query = query;
    this.#tag = null;
    this.sources = sources;
    this.#isOn = true;
    this.#lookedAt = Date.now();
    this.#plan();
  }

  end() {
    this.#isOn = false;
    clearTimeout(this.#timer);
    this.#controller.abort();
    this.#controller = new AbortController();
  }

  /** @param {{anew?: boolean}} [how] */
  async look({ anew = false } = {}) {
    const { signal } = this.#controller;
    this.#lookedAt = Date.now();
    try {
      await this.#ask(anew, signal);
      if (!signal.aborted) this.#plan();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) this.refuse(error);
      else this.#plan(1000 * Math.max(error.retryAfter ?? 0, EVERY_MS / 1000)); // the page stays as it is
    }
  }

  /** @param {boolean} anew @param {AbortSignal} signal */
  async #ask(anew, signal) {
    const query = new URLSearchParams(this.#query);
    query.set("limit", "30");
    query.set("assets_limit", "2");
    /** @type {Record<string, string>} */
    const headers = anew ? { "cache-control": "no-cache" } : this.#tag ? { "if-none-match": this.#tag } : {};
    const answer = await this.api.ask("v1/gallery", { query, headers, signal });
    this.#tag = answer.headers.get("etag");
    const readAt = Date.now() - 1000 * Number(answer.headers.get("age") ?? 0);
    if (answer.status === 200 && !signal.aborted) this.take(/** @type {Page} */ (answer.body), readAt);
  }

  #plan(after = this.sources?.mayHeal ? SOONEST_MS : EVERY_MS) {
    clearTimeout(this.#timer);
    if (document.visibilityState === "visible") this.#timer = setTimeout(() => this.look(), after);
  }
}
