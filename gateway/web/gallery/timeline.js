/** What the gallery shows, in its order: cards, their sections by date, and those held back. */

import { S } from "../strings.js";

/** @typedef {import("../api.js").Item} Item */
/** @typedef {import("../api.js").Page} Page */

/**
 * What a card needs of an item, and no more: twenty thousand of them are kept.
 * @typedef {object} Card
 * @property {string} id
 * @property {string} provider
 * @property {string} kind
 * @property {string} status
 * @property {string | null} title
 * @property {string | null} text what to call it where it has no title
 * @property {number | null} created
 * @property {number} at what it is sorted by
 * @property {string | null} thumbnail
 * @property {string | null} placeholder
 * @property {string | null} video
 * @property {Item["progress"]} progress
 * @property {string | null} error
 * @property {number} count
 * @property {boolean} canDelete
 */
/** @typedef {{key: string, label: string, cards: Card[]}} Section */

const DAYS = 7;
const SPARSE_MS = 12 * 86_400_000;
const RANKED_SHARE = 0.2;

export class Timeline {
  /** @type {Card[]} */
  cards = [];
  /** @type {Map<string, Card>} */
  byId = new Map();
  /** @type {Map<string, Card>} */
  held = new Map();
  /** @type {Set<string>} */
  #gone = new Set();
  /** A list by rank has no dates to stand under. */
  isRanked = false;
  /** Few items over a long time stand under years; decided once, so that nothing moves later. */
  #isSparse = false;

  /**
   * Take a page: what is new goes to the end, what comes late is held back.
   * @param {Page} page
   */
  append(page) {
    const late = new Set(page.sources.filter((source) => source.late).map((source) => source.provider));
    const reached = this.cards.at(-1)?.at ?? Infinity;
    if (!this.cards.length) this.isRanked = isRanked(page.items);
    for (const card of page.items.map(toCard)) {
      if (this.#isKnown(card)) continue;
      if (late.has(card.provider) && card.at > reached) this.held.set(card.id, card);
      else this.#push(card);
    }
    if (Number.isFinite(reached)) return;
    const [first, last] = [this.cards[0], this.cards.at(-1)];
    this.#isSparse = first !== undefined && last !== undefined && first.at - last.at > this.cards.length * SPARSE_MS;
  }

  /**
   * Take the list's head as it is now: known cards are brought up to date, new ones are held back.
   * @param {Page} page
   * @returns {Card[]} the known ones that have changed
   */
  renew(page) {
    const changed = [];
    for (const card of page.items.map(toCard)) {
      const known = this.byId.get(card.id);
      if (known) {
        if (update(known, card)) changed.push(known);
      } else if (!this.#isKnown(card) && this.#isAbove(card)) {
        this.held.set(card.id, card);
      }
    }
    return changed;
  }

  /** Count the cards that are held back, by provider. */
  countHeld() {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const { provider } of this.held.values()) counts.set(provider, (counts.get(provider) ?? 0) + 1);
    return counts;
  }

  /** Let a provider's held cards in, each at its place. @param {string} provider */
  release(provider) {
    const cards = [...this.held.values()].filter((card) => card.provider === provider);
    cards.sort((a, b) => b.at - a.at);
    for (const card of cards) {
      this.held.delete(card.id);
      this.insert(card);
    }
    return cards;
  }

  /** @param {Card} card */
  insert(card) {
    if (this.byId.has(card.id)) return;
    this.held.delete(card.id);
    this.byId.set(card.id, card);
    const place = this.isRanked ? 0 : findPlace(this.cards, card.at);
    this.cards.splice(place, 0, card);
  }

  /** @param {string} id */
  remove(id) {
    const card = this.byId.get(id);
    if (!card) return null;
    this.byId.delete(id);
    this.#gone.add(id);
    const place = this.cards.indexOf(card);
    this.cards.splice(place, 1);
    return { card, place };
  }

  /** Undo a removal. @param {{card: Card, place: number}} removed */
  restore({ card, place }) {
    this.#gone.delete(card.id);
    if (this.byId.has(card.id)) return;
    this.byId.set(card.id, card);
    this.cards.splice(Math.min(place, this.cards.length), 0, card);
  }

  /** @returns {Section[]} */
  sections() {
    /** @type {Section[]} */
    const sections = [];
    const name = this.isRanked ? () => ({ key: "ranked", label: () => S.ranked }) : toNamer(this.#isSparse);
    for (const card of this.cards) {
      const { key, label } = name(card);
      const last = sections.at(-1);
      if (last?.key === key) last.cards.push(card);
      else sections.push({ key, label: label(), cards: [card] });
    }
    return sections;
  }

  /** @param {Card} card */
  #isKnown(card) {
    return this.byId.has(card.id) || this.held.has(card.id) || this.#gone.has(card.id);
  }

  /** A list by rank tells nothing of what is new; else only what belongs above the end was missed.
   * @param {Card} card */
  #isAbove(card) {
    return !this.isRanked && this.cards.length > 0 && card.created !== null && card.at >= (this.cards.at(-1)?.at ?? 0);
  }

  /** @param {Card} card */
  #push(card) {
    card.at = Math.min(card.at, this.cards.at(-1)?.at ?? Infinity);
    this.byId.set(card.id, card);
    this.cards.push(card);
  }
}

/** @param {Item} item @returns {Card} */
export function toCard(item) {
  const created = item.created_at === null ? null : Date.parse(item.created_at);
  const cover = item.cover;
  const video = item.assets.find((asset) => asset.kind === "video" && asset.url);
  return {
    id: item.id,
    provider: item.provider,
    kind: item.kind,
    status: item.status,
    title: item.title,
    text: toText(item),
    created,
    at: created ?? Infinity,
    thumbnail: cover?.thumbnail_url ?? null,
    placeholder: cover?.placeholder ?? null,
    video: video?.url ?? null,
    progress: item.progress,
    error: item.error,
    count: item.asset_count,
    canDelete: item.actions.includes("delete"),
  };
}

/** @param {Item} item */
function toText(item) {
  const name = item.cover?.filename ?? item.assets[0]?.filename;
  const words = item.prompt ?? item.collection?.name ?? (name && !name.startsWith(item.job_id ?? "\0") ? name : null);
  return words ? words.slice(0, 200) : null;
}

/** @param {Card} known @param {Card} card */
function update(known, card) {
  const { at, ...fresh } = card;
  const before = JSON.stringify({ ...known, at: 0 });
  Object.assign(known, fresh);
  return before !== JSON.stringify({ ...known, at: 0 });
}

/** Find the place of a time among cards that are sorted, newest first.
 * @param {Card[]} cards @param {number} at */
function findPlace(cards, at) {
  let low = 0;
  let high = cards.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {Card} */ (cards[middle]).at >= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {Item[]} items */
function isRanked(items) {
  const times = items.flatMap((item) => (item.created_at === null ? [] : [Date.parse(item.created_at)]));
  const rising = times.filter((time, i) => i > 0 && time > /** @type {number} */ (times[i - 1])).length;
  return times.length > 4 && rising > times.length * RANKED_SHARE;
}

/** Name sections: the last days one by one, before them months, or years. Labels are spelt where
 * they are shown: to do it for each of thousands of cards takes long.
 * @param {boolean} isSparse @returns {(card: Card) => {key: string, label: () => string}} */
function toNamer(isSparse) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const recent = new Date(midnight).setDate(new Date(midnight).getDate() - DAYS + 1);
  return (card) => {
    if (!Number.isFinite(card.at)) return { key: "undated", label: () => S.undated };
    const date = new Date(card.at);
    const month = `${date.getFullYear()}-${date.getMonth() + 1}`;
    if (card.at < recent && isSparse) return { key: S.year(date), label: () => S.year(date) };
    if (card.at < recent) return { key: month, label: () => S.month(date) };
    const age = Math.round((midnight - new Date(card.at).setHours(0, 0, 0, 0)) / 86_400_000);
    const label = () => (age <= 0 ? S.today : age === 1 ? S.yesterday : S.day(date));
    return { key: age <= 0 ? "today" : `${month}-${date.getDate()}`, label };
  };
}
