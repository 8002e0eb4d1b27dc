/**
 * The grid: sections by date, in chunks of whole rows whose height is known beforehand.
 *
 * Chunks near the view hold their cards; those far from it are emptied and keep their height,
 * so nothing ever moves and the document stays small.
 */

import { find, h } from "../dom.js";
import { toElement } from "./card.js";

/** @typedef {import("./timeline.js").Card} Card */
/** @typedef {import("./timeline.js").Section} Section */
/** @typedef {{element: HTMLElement, cards: Card[], isNear: boolean, first: number, section: SectionView}} Chunk */
/** @typedef {{key: string, element: HTMLElement, feed: HTMLElement, heading: HTMLElement, chunks: Chunk[], count: number, isOpen: boolean}} SectionView */

const NEAR = "700px 0px";
const CHUNK_CARDS = 40;
const PHONE_CARDS = 16;
const NARROW_REM = 36;
const CAPTION_REM = 3.25;

export class Grid {
  /** @type {SectionView[]} */
  #sections = [];
  /** @type {WeakMap<Element, Chunk>} */
  #chunks = new WeakMap();
  #columns = 0;
  #row = 0;
  #gap = 0;
  #isOpen = true;

  /**
   * @param {HTMLElement} host
   * @param {import("./card.js").Surroundings} around
   */
  constructor(host, around) {
    this.host = host;
    this.around = around;
    this.observer = new IntersectionObserver((entries) => this.#observe(entries), { rootMargin: NEAR });
    /** @type {Section[]} */
    this.shown = [];
    this.#measure();
    new ResizeObserver(() => this.#resize()).observe(host);
  }

  get columns() {
    return this.#columns;
  }

  /** Show sections; what has not changed is left alone.
   * @param {Section[]} sections @param {boolean} isOpen whether more may come */
  show(sections, isOpen) {
    this.shown = sections;
    this.#isOpen = isOpen;
    const focused = this.#focusedId();
    const known = new Map(this.#sections.map((view) => [view.key, view]));
    const views = sections.map((section) => known.get(section.key) ?? this.#makeSection(section));
    for (const view of this.#sections) if (!views.includes(view)) this.#drop(view);
    views.forEach((view, i) => {
      const { children } = this.host;
      if (children[i] !== view.element) this.host.insertBefore(view.element, children[i] ?? null);
      this.#sync(view, /** @type {Section} */ (sections[i]), isOpen && i === views.length - 1);
    });
    this.#sections = views;
    if (focused && this.#focusedId() !== focused) this.element(focused)?.focus({ preventScroll: true });
  }

  clear() {
    for (const view of this.#sections) this.#drop(view);
    this.#sections = [];
    this.shown = [];
  }

  /** @param {string} id @returns {HTMLElement | null} the card's element, if it is near the view */
  element(id) {
    return this.host.querySelector(`[data-item-id="${CSS.escape(id)}"]`);
  }

  /** Draw a card anew where it stands. @param {Card} card */
  refresh(card) {
    const element = this.element(card.id);
    const chunk = element?.parentElement && this.#chunks.get(element.parentElement);
    if (!element || !chunk) return;
    const had = element === document.activeElement;
    const fresh = this.#toElement(chunk, card, chunk.cards.indexOf(card));
    element.replaceWith(fresh);
    if (had) fresh.focus({ preventScroll: true });
  }

  /** Bring a card into view, its chunk filled. @param {string} id @param {ScrollLogicalPosition} [block] */
  reveal(id, block = "nearest") {
    const chunk = this.#sections.flatMap((view) => view.chunks).find(({ cards }) => cards.some((card) => card.id === id));
    if (!chunk) return null;
    this.#fill(chunk);
    const element = this.element(id);
    element?.scrollIntoView({ block });
    return element;
  }

  #measure() {
    const style = getComputedStyle(this.host);
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const width = this.host.clientWidth;
    this.#gap = Number.parseFloat(style.getPropertyValue("--gap-px")) || 16;
    const least = (width < NARROW_REM * rem ? 8.2 : 12) * rem;
    const columns = Math.max(1, Math.floor((width + this.#gap) / (least + this.#gap)));
    const side = (width - (columns - 1) * this.#gap) / columns;
    const row = Math.floor(side + CAPTION_REM * rem);
    const hasChanged = columns !== this.#columns || row !== this.#row;
    this.#columns = columns;
    this.#row = row;
    this.host.style.setProperty("--columns", String(columns));
    this.host.style.setProperty("--row", `${row}px`);
    return hasChanged;
  }

  #resize() {
    if (!this.#measure()) return;
    const anchor = this.#topmost();
    this.show(this.shown, this.#isOpen);
    if (!anchor) return;
    this.reveal(anchor.id, "start");
    const now = this.element(anchor.id)?.getBoundingClientRect().top ?? anchor.top;
    window.scrollBy({ top: now - anchor.top, behavior: "instant" });
  }

  /** Find the first card in view, unless the page stands at its top. */
  #topmost() {
    if (window.scrollY < 10) return null;
    for (const element of this.host.querySelectorAll("[data-item-id]")) {
      const { top, bottom } = element.getBoundingClientRect();
      if (bottom > 120) return { id: /** @type {HTMLElement} */ (element).dataset.itemId ?? "", top };
    }
    return null;
  }

  #focusedId() {
    const focused = document.activeElement?.closest("[data-item-id]");
    return focused && this.host.contains(focused) ? /** @type {HTMLElement} */ (focused).dataset.itemId : undefined;
  }

  /** @param {Section} section @returns {SectionView} */
  #makeSection({ key, label }) {
    const id = `section-${key}`;
    const heading = h("h2", { id }, label);
    const feed = h("div", { role: "feed", "aria-labelledby": id, "aria-busy": "true" });
    const element = h("div", { class: "section" }, heading, feed);
    return { key, element, feed, heading, chunks: [], count: -1, isOpen: true };
  }

  /** @param {SectionView} view */
  #drop(view) {
    for (const chunk of view.chunks) this.observer.unobserve(chunk.element);
    view.element.remove();
  }

  /** @param {SectionView} view @param {Section} section @param {boolean} isOpen whether it may grow */
  #sync(view, section, isOpen) {
    const size = this.#columns * Math.ceil((this.#columns < 4 ? PHONE_CARDS : CHUNK_CARDS) / this.#columns);
    const wanted = Math.ceil(section.cards.length / size);
    const isResized = view.count !== section.cards.length || view.isOpen !== isOpen;
    view.count = section.cards.length;
    view.isOpen = isOpen;
    for (const chunk of view.chunks.splice(wanted)) {
      this.observer.unobserve(chunk.element);
      chunk.element.remove();
    }
    for (let i = 0; i < wanted; i++) {
      const cards = section.cards.slice(i * size, (i + 1) * size);
      const chunk = view.chunks[i] ?? this.#makeChunk(view, i * size);
      chunk.first = i * size;
      this.#setCards(chunk, cards, isResized);
    }
    this.#tellBusy(view);
  }

  /** @param {SectionView} section @param {number} first */
  #makeChunk(section, first) {
    const element = h("div", { class: "chunk" });
    /** @type {Chunk} */
    const chunk = { element, cards: [], isNear: false, first, section };
    section.chunks.push(chunk);
    section.feed.append(element);
    this.#chunks.set(element, chunk);
    this.observer.observe(element);
    return chunk;
  }

  /** @param {Chunk} chunk @param {Card[]} cards @param {boolean} isResized whether its section has more or fewer */
  #setCards(chunk, cards, isResized) {
    const rows = Math.ceil(cards.length / this.#columns);
    chunk.element.style.height = `${rows * (this.#row + this.#gap)}px`;
    const isSame = cards.length === chunk.cards.length && cards.every((card, i) => card === chunk.cards[i]);
    const held = chunk.cards;
    chunk.cards = cards;
    if (!chunk.element.childElementCount) return;
    if (isSame) {
      if (isResized) this.#renumber(chunk);
    } else if (held.every((card, i) => card === cards[i])) {
      cards.slice(held.length).forEach((card, i) => chunk.element.append(this.#toElement(chunk, card, held.length + i)));
      this.#renumber(chunk);
    } else {
      this.#draw(chunk);
    }
  }

  /** @param {Chunk} chunk */
  #renumber(chunk) {
    const size = this.#sizeOf(chunk);
    [...chunk.element.children].forEach((element, i) => {
      element.setAttribute("aria-posinset", String(chunk.first + i + 1));
      element.setAttribute("aria-setsize", String(size));
    });
  }

  /** @param {Chunk} chunk */
  #sizeOf({ section }) {
    return section.isOpen ? -1 : section.count;
  }

  /** @param {Chunk} chunk @param {Card} card @param {number} i */
  #toElement(chunk, card, i) {
    return toElement(card, this.around, { place: chunk.first + i + 1, size: this.#sizeOf(chunk) });
  }

  /** @param {Chunk} chunk */
  #draw(chunk) {
    chunk.element.replaceChildren(...chunk.cards.map((card, i) => this.#toElement(chunk, card, i)));
  }

  /** @param {Chunk} chunk */
  #fill(chunk) {
    if (!chunk.element.childElementCount) this.#draw(chunk);
    this.#tellBusy(chunk.section);
  }

  /** An emptied feed is one that is being loaded, as far as a screen reader is concerned.
   * @param {SectionView} view */
  #tellBusy(view) {
    const isEmpty = view.chunks.every((chunk) => !chunk.element.childElementCount);
    view.feed.setAttribute("aria-busy", String(isEmpty));
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #observe(entries) {
    for (const entry of entries) {
      const chunk = this.#chunks.get(entry.target);
      if (!chunk) continue;
      chunk.isNear = entry.isIntersecting;
      if (chunk.isNear) this.#fill(chunk);
      else if (!chunk.element.contains(document.activeElement)) {
        chunk.element.replaceChildren();
        this.#tellBusy(chunk.section);
      }
    }
  }
}

/** Move between cards by key, as a feed and as a grid.
 * @param {HTMLElement} host @param {() => number} columns */
export function moveByKey(host, columns) {
  host.addEventListener("keydown", (event) => {
    const card = /** @type {Element} */ (event.target).closest("[data-item-id]");
    if (!card || event.altKey || event.metaKey) return;
    const isRtl = getComputedStyle(host).direction === "rtl";
    /** @type {Record<string, number>} */
    const steps = {
      PageDown: 1,
      PageUp: -1,
      ArrowRight: isRtl ? -1 : 1,
      ArrowLeft: isRtl ? 1 : -1,
      ArrowDown: columns(),
      ArrowUp: -columns(),
    };
    const step = event.ctrlKey ? undefined : steps[event.key];
    if (step !== undefined) {
      const cards = [...host.querySelectorAll("[data-item-id]")];
      const next = /** @type {HTMLElement | undefined} */ (cards[cards.indexOf(card) + step]);
      if (!next) return;
      event.preventDefault();
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "nearest" });
    } else if (event.ctrlKey && (event.key === "End" || event.key === "Home")) {
      event.preventDefault();
      const place = find(event.key === "End" ? "#after-feed" : "#search");
      place.style.removeProperty("visibility"); // it is hidden while it moves
      place.focus();
    } else if (event.key === "Enter" && event.target === card) {
      event.preventDefault();
      card.querySelector("a")?.click();
    }
  });
}
