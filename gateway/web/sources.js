/** Each source's state in words: what was read when, what is missing, when it is tried again. */

import { fill, find, h, iconButton } from "./dom.js";
import { S } from "./strings.js";
import { announce } from "./notices/toasts.js";

/** @typedef {import("./api.js").Source} Source */
/** @typedef {{report: Source, readAt?: number, isRead: boolean, isBack: boolean}} Known `isBack`: it failed before */

const FAILING = new Set(["unavailable", "unauthorized", "pending"]);

export class Sources {
  /** @type {Map<string, Known>} */
  #known = new Map();

  /**
   * @param {(provider: string) => string} title
   * @param {(provider: string) => number} hue
   * @param {(report: Source) => void} retry
   */
  constructor(title, hue, retry) {
    this.title = title;
    this.hue = hue;
    this.retry = retry;
    this.list = find("#sources");
    this.failures = find("#failures");
  }

  /** Begin anew, with the providers that will be asked. @param {string[]} providers */
  expect(providers) {
    this.#known.clear();
    fill(this.list, ...providers.map((name) => this.#row(name, "waiting", S.sources.waiting)));
    fill(this.failures);
    this.failures.hidden = true;
  }

  /**
   * Take reports. Those of the list's head tell how a source is, but not how far the crawl has come.
   * @param {Source[]} reports @param {number} readAt @param {{isHead?: boolean}} [of]
   */
  take(reports, readAt, { isHead = false } = {}) {
    for (const report of reports) {
      const before = this.#known.get(report.provider);
      const isRead = report.state === "fresh" || report.state === "stale";
      const kept = isHead && before ? { read_through: before.report.read_through, exhausted: before.report.exhausted } : {};
      const hasFailed = before !== undefined && (before.isBack || isToldOf(before));
      if (before && !before.isRead && isRead) announce(S.sources.back(this.title(report.provider)));
      this.#known.set(report.provider, {
        report: { ...report, ...kept },
        readAt: isRead ? readAt : before?.readAt,
        isRead,
        isBack: hasFailed && isRead,
      });
    }
    this.#show();
  }

  /** The providers of which something is missing. */
  missing() {
    return [...this.#known.values()].filter(({ isRead }) => !isRead).map(({ report }) => report.provider);
  }

  /** Tell whether a source failed that may answer when it is asked again. */
  get mayHeal() {
    return [...this.#known.values()].some(({ report }) => report.state !== "fresh");
  }

  /** @returns {number | null} the time down to which every source was read that has more */
  searchedThrough() {
    const times = [...this.#known.values()]
      .filter(({ report }) => !report.exhausted && report.read_through)
      .map(({ report }) => Date.parse(/** @type {string} */ (report.read_through)));
    return times.length ? Math.max(...times) : null;
  }

  #show() {
    const known = [...this.#known.values()];
    fill(this.list, ...known.map((one) => this.#row(one.report.provider, one.report.state, toWords(one))));
    // who is back is told in the same place, so that nothing moves
    const lines = known.flatMap((one) => (isToldOf(one) ? [this.#failure(one)] : one.isBack ? [this.#toBack(one)] : []));
    this.failures.hidden = !lines.length;
    const words = lines.map((line) => line.textContent).join("");
    // a live region is read out whenever it changes: only when its words do
    if (words !== this.failures.textContent) fill(this.failures, ...lines);
  }

  /** @param {string} provider @param {string} state @param {string} words */
  #row(provider, state, words) {
    return h(
      "li",
      { class: "source", "data-provider": provider, "data-state": state, "data-hue": this.hue(provider) },
      h("strong", {}, this.title(provider)),
      h("span", {}, words),
    );
  }

  /** @param {Known} one */
  #toBack(one) {
    const title = this.title(one.report.provider);
    const forget = () => {
      one.isBack = false;
      this.#show();
    };
    const dismiss = iconButton("close", S.notices.dismiss, { onclick: forget });
    return h("div", { class: "failure", "data-provider": one.report.provider, "data-state": "back" }, h("p", {}, S.sources.back(title)), dismiss);
  }

  /** @param {Known} one */
  #failure({ report, readAt }) {
    const title = this.title(report.provider);
    const why = report.error?.title ? ` (${report.error.title})` : "";
    const tell = /** @type {Record<string, (title: string, why: string) => string>} */ (S.sources.failure)[report.state];
    const parts = [tell ? tell(title, why) : `${title}${why}`];
    if (report.state !== "pending") parts.push(S.sources.readAt(readAt));
    if (report.retry_at) parts.push(S.sources.retryAt(report.retry_at));
    const retry = h("button", { type: "button", class: "button", "aria-label": S.sources.retryOf(title), onclick: () => this.retry(report) }, S.sources.retry);
    return h("div", { class: "failure", "data-provider": report.provider, "data-state": report.state }, h("p", {}, parts.join(" ")), retry);
  }
}

/** @param {Pick<Known, "report">} one */
function isToldOf({ report }) {
  return FAILING.has(report.state) || (report.state === "stale" && report.error !== null);
}

/** @param {Known} one */
function toWords({ report, readAt = Date.now() }) {
  const { state } = report;
  if (state === "pending") return S.sources.pending;
  if (state === "unavailable") return S.sources.unavailable;
  if (state === "unauthorized") return S.sources.unauthorized;
  const words = [state === "fresh" ? S.sources.fresh(readAt) : report.error ? S.sources.staleError(readAt) : S.sources.stale(readAt)];
  if (report.exhausted) words.push(S.sources.all);
  else if (report.read_through) words.push(S.sources.through(report.read_through));
  if (report.total !== null) words.push(S.sources.total(report.total));
  if (report.skipped) words.push(S.sources.skipped(report.skipped));
  return words.join(" · ");
}
