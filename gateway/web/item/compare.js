/** An output over its input, parted by a line that one moves. */

import { h } from "../dom.js";
import { S } from "../strings.js";

/** @typedef {import("../api.js").Asset} Asset */

const MIDDLE = 50;

/** @param {Asset} before @param {Asset} after @param {string} title */
export function toComparison(before, after, title) {
  const slider = h("input", { type: "range", min: 0, max: 100, step: 1, value: MIDDLE, "aria-label": S.item.slider });
  const element = h(
    "div",
    { class: "compare" },
    h("img", { src: after.preview_url, alt: `${title}: ${S.item.after}`, draggable: "false" }),
    h("img", { class: "before", src: before.preview_url, alt: `${title}: ${S.item.before}`, draggable: "false" }),
    h("span", { class: "side side-before", "aria-hidden": "true" }, S.item.before),
    h("span", { class: "side side-after", "aria-hidden": "true" }, S.item.after),
    h("span", { class: "line", "aria-hidden": "true" }),
    slider,
  );
  const show = () => element.style.setProperty("--share", `${slider.value}%`);
  slider.addEventListener("input", show);
  show();
  return element;
}
