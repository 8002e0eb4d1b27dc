/** What of an item is shown large: a picture, a video, or an output over its input. */

import { fill, h, icon } from "../dom.js";
import { S } from "../strings.js";
import { toComparison } from "./compare.js";

/** @typedef {import("../api.js").Asset} Asset */

export class Stage {
  #isComparing = false;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
  }

  /** Take all away, a video's connection too; a small picture may stand in. @param {string | null} thumbnail */
  clear(thumbnail) {
    for (const video of this.place.querySelectorAll("video")) {
      video.pause();
      video.removeAttribute("src");
      video.load();
    }
    fill(this.place, thumbnail ? h("img", { src: thumbnail, alt: "", class: "stand-in" }) : null);
  }

  /** @param {Asset | null} asset @param {Asset | null} input what it was made from @param {string} title */
  show(asset, input, title) {
    this.clear(null);
    if (!asset) {
      fill(this.place, toNothing("image", S.item.noPicture));
    } else if (asset.kind === "video" && asset.url) {
      fill(this.place, toVideo(asset, title));
    } else if (input && asset.preview_url) {
      fill(this.place, this.#toPair(asset, input, title));
    } else {
      fill(this.place, toPicture(asset, title));
    }
  }

  /** @param {Asset} asset @param {Asset} input @param {string} title */
  #toPair(asset, input, title) {
    const pair = h("div", { class: "pair" });
    const draw = () => {
      const shown = this.#isComparing ? toComparison(input, asset, title) : toPicture(asset, title);
      const words = this.#isComparing ? S.item.single : S.item.compare;
      const turn = () => {
        this.#isComparing = !this.#isComparing;
        draw();
        pair.querySelector("button")?.focus();
      };
      fill(pair, shown, h("button", { type: "button", class: "button compare-button", "aria-pressed": String(this.#isComparing), onclick: turn }, icon("compare"), words));
    };
    draw();
    return pair;
  }
}

/** @param {Asset} asset @param {string} title */
function toVideo(asset, title) {
  const poster = asset.preview_url ?? asset.thumbnail_url;
  const video = h("video", { src: asset.url, controls: true, playsinline: true, loop: true, preload: "metadata", poster, "aria-label": title });
  video.addEventListener("error", () => video.replaceWith(toNothing("video", S.card.lost)), { once: true });
  return video;
}

/** @param {Asset} asset @param {string} title */
function toPicture(asset, title) {
  const address = asset.preview_url ?? (asset.kind === "image" ? asset.url : null);
  if (!address) return toNothing(asset.kind, asset.error ?? (asset.kind === "model" && asset.url ? S.item.modelHint : S.card.noPicture));
  const picture = h("img", { src: address, alt: title, decoding: "async", width: asset.width, height: asset.height, draggable: "false" });
  picture.addEventListener("error", () => picture.replaceWith(toNothing(asset.kind, S.card.lost)), { once: true });
  return picture;
}

/** @param {string} kind @param {string} words */
function toNothing(kind, words) {
  return h("div", { class: "nothing" }, icon(kind), h("p", { dir: "auto" }, words));
}
