/** One crawl: pages by cursor, one at a time, waiting as it is told to. */

import { Problem } from "../api.js";

/** @typedef {import("../api.js").Page} Page */
/** @typedef {import("../notices/waiting.js").Waiting} Waiting */
/** @typedef {{page: Page, readAt: number}} Read */

const FIRST = matchMedia("(width < 36rem)").matches ? 16 : 30;
const LATER = 100;
const ASSETS = "2";
const LOST = new Set(["expired-cursor", "invalid-cursor"]);

export class Crawl {
  #controller = new AbortController();
  /** @type {Promise<Read> | null} */
  #reading = null;
  /** @type {string | null} */
  #cursor = null;

  /**
   * @param {import("../api.js").Api} api
   * @param {URLSearchParams} query the filters
   * @param {Waiting} waiting
   */
  constructor(api, query, waiting) {
    this.api = api;
    this.query = query;
    this.waiting = waiting;
    this.isDone = false;
    this.pages = 0;
    /** How many items the last page was to have. */
    this.limit = FIRST;
  }

  get isReading() {
    return this.#reading !== null;
  }

  /**
   * Read the next page; whoever asks meanwhile gets the same.
   * @param {{anew?: boolean}} [how] `anew`: every source is asked, whatever is kept
   * @returns {Promise<Read>}
   * @throws {Problem}
   */
  next({ anew = false } = {}) {
    this.#reading ??= this.#read(anew).finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  end() {
    this.#controller.abort();
  }

  /** @param {boolean} anew @returns {Promise<Read>} */
  async #read(anew) {
    const { signal } = this.#controller;
    try {
      const { body, headers } = await this.waiting.until(() => this.#ask(anew), signal);
      this.#cursor = body.next_cursor;
      this.isDone = body.next_cursor === null;
      this.pages += 1;
      return { page: body, readAt: Date.now() - 1000 * Number(headers.get("age") ?? 0) };
    } catch (error) {
      if (!(error instanceof Problem) || !LOST.has(error.code) || this.#cursor === null) throw error;
      this.#cursor = null; // from the top again: what is known already is not shown twice
      return this.#read(anew);
    }
  }

  /** @param {boolean} anew @returns {Promise<import("../api.js").Reply<Page>>} */
  #ask(anew) {
    const query = new URLSearchParams(this.query);
    this.limit = this.pages ? LATER : FIRST;
    query.set("limit", String(this.limit));
    query.set("assets_limit", ASSETS);
    if (this.#cursor) query.set("cursor", this.#cursor);
    /** @type {Record<string, string>} */
    const headers = anew ? { "cache-control": "no-cache" } : {};
    return this.api.ask("v1/gallery", { query, headers, signal: this.#controller.signal });
  }
}
