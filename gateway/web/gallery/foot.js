/** What stands below the cards: more to come, the end, nothing, or why there is nothing. */

import { fill, find, h } from "../dom.js";
import { S } from "../strings.js";

/**
 * @typedef {object} Foot
 * @property {number} count how many cards there are
 * @property {boolean} isDone
 * @property {boolean} isReading
 * @property {boolean} isShort
 * @property {boolean} isFiltered
 * @property {import("../api.js").Problem | null} problem
 * @property {string[]} missing titles of sources that did not answer
 * @property {number | null} through
 * @property {() => void} further
 * @property {() => void} retry
 * @property {() => void} clear
 */

/** @param {Foot} foot */
export function showFoot(foot) {
  const place = find("#foot");
  const shown = toFoot(foot);
  if (place.textContent === shown.map((one) => one.textContent).join("") && shown.length) return;
  fill(place, ...shown);
}

/** @param {Foot} foot @returns {HTMLElement[]} */
function toFoot(foot) {
  if (foot.problem) return [toProblem(foot, foot.problem)];
  if (foot.isShort) return toSearched(foot);
  if (foot.isDone) return toEnd(foot);
  return foot.count ? [h("p", { class: "more" }, S.feed.more)] : [];
}

/** @param {Foot} foot @param {import("../api.js").Problem} problem */
function toProblem(foot, problem) {
  const faults = problem.errors.map((fault) => `${fault.parameter ?? ""} ${fault.message}`.trim());
  const words = faults.length ? S.filters.wrong(faults.join("; ")) : problem.title || problem.message;
  return h(
    "div",
    { class: "blank", "data-state": "failed", role: "alert" },
    h("span", { class: "icon icon-failed", "aria-hidden": "true" }),
    h("h2", {}, S.feed.failed),
    h("p", {}, words),
    h("div", { class: "actions" }, button(S.feed.again, foot.retry, "primary"), foot.isFiltered && button(S.feed.clear, foot.clear)),
  );
}

/** @param {Foot} foot */
function toSearched(foot) {
  if (foot.isReading) return [h("p", { class: "more" }, S.feed.more)];
  const month = foot.through === null ? "" : S.month(new Date(foot.through));
  const further = button(S.feed.further, foot.further, "primary");
  if (foot.count) return [h("div", { class: "searched" }, h("p", {}, month ? S.feed.searched(month) : S.feed.more), further)];
  const words = month ? S.feed.noMatchYet(month) : S.feed.noMatch;
  return [blank("search", words, "", [further, button(S.feed.clear, foot.clear)])];
}

/** @param {Foot} foot */
function toEnd(foot) {
  const missing = foot.missing.length ? S.feed.endMissing(S.and(foot.missing)) : "";
  if (foot.count) return [h("p", { class: "end" }, missing || S.feed.end(foot.count))];
  if (missing) return [blank("failed", S.feed.failed, missing, [button(S.feed.again, foot.retry, "primary")])];
  if (foot.isFiltered) return [blank("search", S.feed.noMatch, "", [button(S.feed.clear, foot.clear, "primary")])];
  return [blank("image", S.feed.empty, S.feed.emptyHint, [])];
}

/** @param {string} icon @param {string} title @param {string} words @param {HTMLElement[]} buttons */
function blank(icon, title, words, buttons) {
  return h(
    "div",
    { class: "blank", "data-state": icon === "failed" ? "failed" : "empty", role: icon === "failed" ? "alert" : "status" },
    h("span", { class: `icon icon-${icon}`, "aria-hidden": "true" }),
    h("h2", {}, title),
    words ? h("p", {}, words) : null,
    h("div", { class: "actions" }, ...buttons),
  );
}

/** @param {string} words @param {() => void} act @param {string} [kind] */
function button(words, act, kind = "") {
  return h("button", { type: "button", class: `button ${kind}`, onclick: act }, words);
}
