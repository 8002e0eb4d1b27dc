/** The gallery: a crawl that goes on as one scrolls, and its head looked at now and then. */

import { Problem } from "../api.js";
import { fill, find, h } from "../dom.js";
import { announce } from "../notices/toasts.js";
import { S } from "../strings.js";
import { Crawl } from "./crawl.js";
import { showFoot } from "./foot.js";
import { Head } from "./head.js";
import { Timeline, toCard } from "./timeline.js";

/** @typedef {import("../api.js").Item} Item */
/** @typedef {import("../api.js").Source} Source */
/** @typedef {import("./timeline.js").Card} Card */

const NEAR = "1200px 0px";
const EMPTY_MS = 1500;

export class Gallery {
  timeline = new Timeline();
  /** @type {Crawl | null} */
  #crawl = null;
  /** @type {Problem | null} */
  #problem = null;
  /** A filtered page that was short: going on is for the reader to say. */
  #isShort = false;
  #linksExpireAt = Infinity;

  /**
   * @param {import("../api.js").Api} api
   * @param {import("../notices/waiting.js").Waiting} waiting
   * @param {import("./grid.js").Grid} grid
   * @param {import("../sources.js").Sources} sources
   * @param {{title: (provider: string) => string, ready: () => Promise<unknown>, clear: () => void, drawn: () => void, refuse: (problem: Problem) => void}} around
   */
  constructor(api, waiting, grid, sources, around) {
    this.api = api;
    this.waiting = waiting;
    this.grid = grid;
    this.sources = sources;
    this.around = around;
    this.head = new Head(api, (page, readAt) => this.#renew(page, readAt), around.refuse);
    this.sentinel = find("#sentinel");
    this.observer = new IntersectionObserver((entries) => entries.some((one) => one.isIntersecting) && this.#reachEnd(), { rootMargin: NEAR });
    grid.host.addEventListener("picture-lost", (event) => this.#mend(/** @type {CustomEvent<string>} */ (event).detail));
  }

  get isDone() {
    return this.#crawl?.isDone ?? false;
  }

  /** Begin a crawl. @param {URLSearchParams} query */
  start(query) {
    this.end();
    this.timeline = new Timeline();
    this.#crawl = new Crawl(this.api, query, this.waiting);
    this.#isShort = false;
    this.grid.clear();
    find("#skeleton").hidden = false;
    this.#showNews();
    this.more();
  }

  end() {
    this.#crawl?.end();
    this.#crawl = null;
    this.#problem = null;
    this.head.end();
    this.observer.disconnect();
  }

  /** Read the next page and show it. @param {{anew?: boolean}} [how] */
  async more(how = {}) {
    const crawl = this.#crawl;
    if (!crawl || crawl.isDone) return;
    this.#problem = null;
    const reading = crawl.next(how);
    this.#showFoot();
    try {
      const [{ page, readAt }] = await Promise.all([reading, this.around.ready()]);
      if (crawl !== this.#crawl) return;
      if (page.links_expire_at) this.#linksExpireAt = Math.min(this.#linksExpireAt, Date.parse(page.links_expire_at));
      this.#take(page, readAt, crawl);
    } catch (error) {
      if (crawl !== this.#crawl) return;
      this.#fail(error);
    }
  }

  /** While it is waited for: what the refusal told. @param {Problem | null} problem */
  paused(problem) {
    if (problem?.sources) this.sources.take(problem.sources, Date.now());
    if (problem && !this.timeline.cards.length && this.#crawl?.isReading) {
      find("#skeleton").hidden = true;
      this.#problem = problem;
    } else if (!problem && this.#problem?.isTemporary) {
      this.#problem = null;
    }
    this.#showFoot();
  }

  /** Ask a source again. @param {Source} report */
  retry(report) {
    if (report.state === "unauthorized") this.restart();
    else if (this.#crawl?.isReading) this.waiting.now();
    else if (report.state === "stale" || this.isDone) this.head.look({ anew: true });
    else this.more({ anew: true });
  }

  restart() {
    if (this.#crawl) this.start(this.#crawl.query);
  }

  /** The item before or after one, reading on where that is needed. @param {string} id @param {number} step */
  async neighbour(id, step) {
    const find = () => this.timeline.cards[this.timeline.cards.findIndex((card) => card.id === id) + step]?.id ?? null;
    if (!this.timeline.byId.has(id)) return null;
    if (step > 0 && !find() && !this.isDone) await this.more();
    return find();
  }

  /** Put in what was just made. @param {Item} item */
  add(item) {
    this.timeline.insert(toCard(item));
    this.draw();
  }

  /** @param {string} id @returns {(() => void) | null} what brings it back */
  remove(id) {
    const { timeline } = this;
    const removed = timeline.remove(id);
    this.draw();
    return removed && (() => {
      timeline.restore(removed);
      if (timeline === this.timeline) this.draw();
    });
  }

  draw() {
    find("#skeleton").hidden = true;
    this.grid.show(this.timeline.sections(), !this.isDone);
    this.#moveFoot();
    this.around.drawn();
  }

  /** The foot goes down as cards come: it is taken away and put back, so that nobody sees it jump. */
  #moveFoot() {
    const foot = find("#after-feed");
    this.#showFoot();
    if (!this.timeline.cards.length || foot.contains(document.activeElement)) return;
    foot.style.visibility = "hidden";
    requestAnimationFrame(() => requestAnimationFrame(() => foot.style.removeProperty("visibility")));
  }

  /** @param {import("../api.js").Page} page @param {number} readAt @param {Crawl} crawl */
  #take(page, readAt, crawl) {
    this.timeline.append(page);
    this.sources.take(page.sources, readAt);
    const isFiltered = [...crawl.query.keys()].some((name) => name !== "provider");
    this.#isShort = isFiltered && !crawl.isDone && page.items.length < crawl.limit;
    this.draw();
    this.#showNews();
    if (crawl.pages === 1) {
      this.head.begin(crawl.query, this.sources);
      announce(isFiltered ? S.feed.found(this.timeline.cards.length) : S.feed.shown(this.timeline.cards.length));
    }
    const go = () => {
      if (crawl !== this.#crawl || crawl.isDone || this.#isShort) return;
      this.observer.disconnect();
      this.observer.observe(this.sentinel); // told at once where it is near already
    };
    if (page.items.length) go();
    else setTimeout(go, EMPTY_MS);
  }

  /** @param {unknown} error */
  #fail(error) {
    if (!(error instanceof Problem)) throw error;
    find("#skeleton").hidden = true;
    this.#problem = error;
    if (error.sources) this.sources.take(error.sources, Date.now());
    else this.sources.expect([]);
    if (error.status === 401) this.around.refuse(error);
    this.#showFoot();
  }

  #reachEnd() {
    if (!this.#crawl?.isReading && !this.#isShort && !this.#problem) this.more();
  }

  /** @param {import("../api.js").Page} page @param {number} readAt */
  #renew(page, readAt) {
    for (const card of this.timeline.renew(page)) this.grid.refresh(card);
    this.sources.take(page.sources, readAt, { isHead: true });
    this.#showNews();
    this.#showFoot();
  }

  #showNews() {
    const news = [...this.timeline.countHeld()].map(([provider, count]) => {
      const words = S.sources.fresher(count, this.around.title(provider));
      return h("button", { type: "button", class: "news", "data-provider": provider, onclick: () => this.#release(provider) }, h("strong", {}, words), S.sources.show);
    });
    const place = find("#news");
    if (place.textContent !== news.map((one) => one.textContent).join("")) fill(place, ...news);
  }

  /** @param {string} provider */
  #release(provider) {
    const [first] = this.timeline.release(provider);
    this.draw();
    this.#showNews();
    if (first) this.grid.reveal(first.id, "center")?.focus({ preventScroll: true });
  }

  /** A picture that is lost may only have an old link. @param {string} id */
  async #mend(id) {
    const card = this.timeline.byId.get(id);
    if (!card || Date.now() < this.#linksExpireAt) return;
    try {
      const { body } = await this.api.ask(`v1/gallery/${encodeURIComponent(id)}`);
      Object.assign(card, { ...toCard(/** @type {Item} */ (body)), at: card.at });
      this.grid.refresh(card);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }

  #showFoot() {
    const crawl = this.#crawl;
    showFoot({
      count: this.timeline.cards.length,
      isDone: this.isDone,
      isReading: crawl?.isReading ?? false,
      isShort: this.#isShort,
      isFiltered: crawl ? [...crawl.query.keys()].length > 0 : false,
      problem: this.#problem,
      missing: this.sources.missing().map(this.around.title),
      through: this.sources.searchedThrough(),
      further: () => this.more(),
      retry: () => (this.#crawl?.isReading ? this.waiting.now() : this.more()),
      clear: this.around.clear,
    });
  }
}
