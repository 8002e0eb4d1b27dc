/** A card: what one item is, at a glance. */

import { h } from "../dom.js";
import { S } from "../strings.js";
import { toPlaceholder } from "./placeholder.js";

/** @typedef {import("./timeline.js").Card} Card */
/** @typedef {{title: (provider: string) => string, hue: (provider: string) => number, address: (id: string) => string}} Surroundings */

const TRIES = 3;
const AGAIN_MS = 4000;

let number = 0;

/**
 * @param {Card} card
 * @param {Surroundings} around
 * @param {{place: number, size: number}} where in its section; `size` -1 while unknown
 */
export function toElement(card, around, { place, size }) {
  const id = `card-${number++}`;
  const title = toTitle(card, around.title);
  return h(
    "article",
    {
      class: "card",
      "data-item-id": card.id,
      "data-kind": card.kind,
      "data-status": card.status,
      tabindex: "0",
      "aria-labelledby": id,
      "aria-describedby": `${id}-meta`,
      "aria-posinset": place,
      "aria-setsize": size,
    },
    toShot(card),
    h("h3", { id }, h("a", { href: around.address(card.id), tabindex: "-1", dir: "auto" }, title)),
    h("p", { id: `${id}-meta`, class: "meta", "data-hue": around.hue(card.provider) }, toMeta(card, around.title)),
  );
}

/** @param {Card} card @param {Surroundings["title"]} title */
export function toTitle(card, title) {
  return card.title ?? card.text ?? S.card.untitled(card.kind, title(card.provider), card.created);
}

/** Say how it fares: nothing where all is well. @param {Card} card */
export function toState(card) {
  const { status, progress } = card;
  if (status === "ready") return null;
  const word = S.status(status);
  if (!progress) return word;
  if (progress.position !== null && status === "queued") return `${word} · ${S.card.ahead(progress.position)}`;
  if (status === "partial" && progress.failed) return `${word} · ${S.card.failed(progress.failed)}`;
  const isOn = status === "processing" || status === "partial";
  return isOn && progress.total ? S.card.progress(word, progress.done ?? 0, progress.total) : word;
}

/** @param {Card} card */
function toShot(card) {
  const shot = h("div", { class: "shot" });
  const state = toState(card);
  const placeholder = card.thumbnail && card.placeholder && toPlaceholder(card.placeholder);
  if (placeholder) shot.append(placeholder);
  if (card.thumbnail) showPicture(card, shot);
  else shot.dataset.empty = card.kind;
  if (card.kind !== "image") shot.append(h("span", { class: `mark icon-${card.kind}`, "aria-hidden": "true" }));
  if (state) shot.append(h("span", { class: "state" }, state));
  const { progress } = card;
  if (card.status === "processing" && progress?.total) {
    shot.style.setProperty("--done", String((progress.done ?? 0) / progress.total));
    shot.dataset.progress = "";
  }
  return shot;
}

/** Put the picture in; one that cannot be had just now is asked for again.
 * @param {Card} card @param {HTMLElement} shot @param {number} [tries] how often it is asked for at most */
function showPicture(card, shot, tries = TRIES) {
  const picture = h("img", { alt: "", decoding: "async", draggable: "false" });
  picture.addEventListener("load", () => shot.classList.add("is-shown"), { once: true });
  picture.addEventListener(
    "error",
    () => {
      picture.remove();
      if (tries > 1) setTimeout(() => shot.isConnected && showPicture(card, shot, tries - 1), AGAIN_MS * (TRIES + 1 - tries));
      else lose(card, shot);
    },
    { once: true },
  );
  picture.src = /** @type {string} */ (card.thumbnail);
  shot.prepend(picture);
}

/** @param {Card} card @param {HTMLElement} shot */
function lose(card, shot) {
  shot.dataset.empty = card.kind;
  shot.title = S.card.lost;
  shot.dispatchEvent(new CustomEvent("picture-lost", { bubbles: true, detail: card.id }));
}

/** @param {Card} card @param {Surroundings["title"]} title */
function toMeta(card, title) {
  if (card.error && card.status !== "ready") return card.error;
  const parts = [title(card.provider), S.kind(card.kind)];
  if (card.count > 1) parts.push(S.card.files(card.count));
  else if (card.created !== null) parts.push(S.shortDay(new Date(card.created)));
  return parts.join(" · ");
}
