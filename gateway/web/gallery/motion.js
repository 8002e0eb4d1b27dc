/** A card's video plays, muted, while the pointer or the focus is on it. */

import { h } from "../dom.js";

const DELAY_MS = 150;

/** @typedef {import("./timeline.js").Card} Card */

/** @param {HTMLElement} host @param {(id: string) => Card | undefined} findCard */
export function playOnHover(host, findCard) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {HTMLVideoElement | null} */
  let playing = null;
  /** @type {Element | null} */
  let on = null;
  let timer = 0;

  /** @param {Element | null} card */
  const turnTo = (card) => {
    if (card === on) return;
    on = card;
    clearTimeout(timer);
    stop(playing);
    playing = null;
    const address = card && findCard(/** @type {HTMLElement} */ (card).dataset.itemId ?? "")?.video;
    if (!card || !address || still.matches) return;
    timer = setTimeout(() => {
      playing = play(card, address);
    }, DELAY_MS);
  };

  /** @param {EventTarget | null} target */
  const cardOf = (target) => (target instanceof Element ? target.closest("[data-item-id]") : null);
  host.addEventListener("pointerover", (event) => event.pointerType !== "touch" && turnTo(cardOf(event.target)));
  host.addEventListener("pointerleave", () => turnTo(null));
  host.addEventListener("focusin", (event) => turnTo(cardOf(event.target)));
  host.addEventListener("focusout", (event) => turnTo(cardOf(event.relatedTarget)));
}

/** @param {Element} card @param {string} address */
function play(card, address) {
  const video = h("video", { loop: true, playsinline: true, "aria-hidden": "true", tabindex: "-1", disablepictureinpicture: true });
  video.muted = true;
  video.addEventListener("playing", () => video.classList.add("is-playing"), { once: true });
  video.addEventListener("error", () => video.remove(), { once: true });
  video.src = address;
  card.querySelector(".shot")?.append(video);
  video.play().catch(() => video.remove()); // it was stopped before it began, or may not play
  return video;
}

/** End it, its connection too. @param {HTMLVideoElement | null} video */
function stop(video) {
  if (!video) return;
  video.pause();
  video.removeAttribute("src");
  video.load();
  video.remove();
}
