/** One item in a dialog: its files, what is known of it, and the way to its neighbours. */

import { Problem } from "../api.js";
import { toTitle } from "../gallery/card.js";
import { fill, find, h, icon, iconButton } from "../dom.js";
import { toCard } from "../gallery/timeline.js";
import { announce, toast } from "../notices/toasts.js";
import { S } from "../strings.js";
import { toDetails } from "./details.js";
import { Stage } from "./stage.js";
import { onSwipe } from "./swipe.js";

/** @typedef {import("../api.js").Item} Item */
/** @typedef {import("../api.js").Asset} Asset */

/**
 * @typedef {object} Around
 * @property {(provider: string) => string} title
 * @property {(id: string, step: number) => Promise<string | null>} neighbour
 * @property {(id: string) => boolean} hasNeighbours
 * @property {(id: string) => void} open
 * @property {(id: string | null) => void} close told which item was shown last
 * @property {(id: string) => string} address
 * @property {(item: Item) => void} remove
 * @property {(problem: Problem) => void} refuse
 */

export class ItemView {
  /** @type {string | null} */
  #id = null;
  /** @type {Item | null} */
  #item = null;
  #controller = new AbortController();

  /**
   * @param {import("../api.js").Api} api
   * @param {import("../notices/waiting.js").Waiting} waiting
   * @param {Around} around
   */
  constructor(api, waiting, around) {
    this.api = api;
    this.waiting = waiting;
    this.around = around;
    /** @type {HTMLDialogElement} */
    this.dialog = find("#item-dialog");
    this.stage = new Stage(find("#stage"));
    this.previous = iconButton("previous", S.item.previous, { class: "icon-button previous", onclick: () => this.#step(-1) });
    this.next = iconButton("next", S.item.next, { class: "icon-button next", onclick: () => this.#step(1) });
    find("#stage-frame").append(this.previous, this.next);
    find("#item-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.#closed());
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("keydown", (event) => this.#key(event));
    onSwipe(find("#stage-frame"), (step) => this.#step(step));
  }

  get shown() {
    return this.#id;
  }

  /** Show an item, or none. @param {string | null} id @param {import("../gallery/timeline.js").Card} [card] what is known of it */
  async show(id, card) {
    if (id === this.#id) return;
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#id = id;
    this.#item = null;
    if (id === null) {
      if (this.dialog.open) this.dialog.close();
      return;
    }
    this.#begin(card);
    if (!this.dialog.open) this.dialog.showModal();
    await this.#load(id, this.#controller.signal);
  }

  /** @param {import("../gallery/timeline.js").Card} [card] */
  #begin(card) {
    find("#item-title").textContent = card ? toTitle(card, this.around.title) : S.loading;
    fill(find("#item-side"), h("div", { class: "skeleton", "aria-hidden": "true" }));
    fill(find("#strip"));
    this.stage.clear(card?.thumbnail ?? null);
    this.showWays();
  }

  /** @param {string} id @param {AbortSignal} signal */
  async #load(id, signal) {
    try {
      const query = new URLSearchParams({ include: "native" });
      const path = `v1/gallery/${encodeURIComponent(id)}`;
      const { body } = await this.waiting.until(() => this.api.ask(path, { query, signal }), signal);
      this.#draw(/** @type {Item} */ (body));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) {
        this.dialog.close();
        this.around.refuse(error);
        return;
      }
      const words = error.status === 404 ? S.item.missing : `${S.item.loadFailed}: ${error.title}`;
      find("#item-title").textContent = words;
      fill(find("#item-side"), h("p", { role: "alert", class: "failure" }, words));
    }
  }

  /** @param {Item} item */
  #draw(item) {
    this.#item = item;
    const title = toTitle(toCard(item), this.around.title);
    find("#item-title").textContent = title;
    announce(title);
    const assets = item.assets;
    fill(find("#strip"), ...toStrip(assets, (asset) => this.#showAsset(asset)));
    find("#strip").hidden = assets.length < 2;
    const first = assets.find((asset) => asset.role === "output" && asset.url) ?? assets.find((asset) => asset.thumbnail_url) ?? assets[0];
    if (first) this.#showAsset(first);
    else {
      this.stage.show(null, null, title);
      this.#drawSide(item, null);
    }
    this.showWays();
  }

  /** @param {Asset} asset */
  #showAsset(asset) {
    const item = /** @type {Item} */ (this.#item);
    const input = asset.role === "output" ? item.assets.find((one) => one.output_id === asset.id && one.preview_url) : undefined;
    this.stage.show(asset, input ?? null, find("#item-title").textContent ?? "");
    for (const button of find("#strip").querySelectorAll("button")) {
      const isShown = button.dataset.asset === asset.id;
      button.setAttribute("aria-pressed", String(isShown));
      if (isShown) button.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    this.#drawSide(item, asset);
  }

  /** @param {Item} item @param {Asset | null} asset */
  #drawSide(item, asset) {
    const download = asset?.url && h("a", { class: "button primary", href: asset.url, download: asset.filename ?? true }, icon("download"), S.item.download);
    const copy = h("button", { type: "button", class: "button", onclick: () => this.#copy(item.id) }, icon("link"), S.item.copy);
    const remove = item.actions.includes("delete") && h("button", { type: "button", class: "button bad", onclick: () => this.#remove(item) }, icon("delete"), S.item.delete);
    const actions = h("div", { class: "actions" }, download || null, copy, remove || null);
    fill(find("#item-side"), actions, toDetails(item, asset, this.around.title));
  }

  /** @param {string} id */
  async #copy(id) {
    try {
      await navigator.clipboard.writeText(new URL(this.around.address(id), location.href).href);
      toast(S.item.copied, { seconds: 3 });
    } catch {
      toast(S.item.notCopied);
    }
  }

  /** @param {Item} item */
  #remove(item) {
    this.dialog.close();
    this.around.remove(item);
  }

  /** @param {number} step */
  async #step(step) {
    const from = this.#id;
    if (!from) return;
    const id = await this.around.neighbour(from, step);
    if (id && this.#id === from) this.around.open(id);
  }

  /** Tell whether there are neighbours, which the gallery may have come to know. */
  showWays() {
    const has = this.#id !== null && this.around.hasNeighbours(this.#id);
    this.previous.hidden = !has;
    this.next.hidden = !has;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.matches("input, video, textarea, select") || event.ctrlKey || event.altKey || event.metaKey) return;
    const isRtl = getComputedStyle(this.dialog).direction === "rtl";
    /** @type {Record<string, number>} */
    const steps = { ArrowRight: isRtl ? -1 : 1, ArrowLeft: isRtl ? 1 : -1 };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    this.#step(step);
  }

  #closed() {
    this.#controller.abort();
    this.stage.clear(null);
    const last = this.#id;
    this.#id = null;
    this.around.close(last);
  }
}

/** @param {Asset[]} assets @param {(asset: Asset) => void} choose */
function toStrip(assets, choose) {
  const groups = groupByRole(assets);
  return [...groups].map(([role, ones]) => {
    const buttons = ones.map((asset, i) => {
      const picture = asset.thumbnail_url
        ? h("img", { src: asset.thumbnail_url, alt: "", loading: "lazy", decoding: "async" })
        : icon(asset.status === "failed" ? "failed" : asset.kind);
      picture.addEventListener("error", () => picture.replaceWith(icon(asset.kind)), { once: true });
      const label = S.item.asset(role, i + 1);
      return h("button", { type: "button", class: "thumb", "aria-label": label, "aria-pressed": "false", title: asset.filename ?? label, "data-asset": asset.id, "data-status": asset.status, onclick: () => choose(asset) }, picture);
    });
    const label = S.item.role[role] ?? S.sentence(role);
    return h("div", { class: "thumbs", role: "group", "aria-label": label }, h("span", { "aria-hidden": "true" }, label), ...buttons);
  });
}

/** @param {Asset[]} assets */
function groupByRole(assets) {
  /** @type {Map<Asset["role"], Asset[]>} */
  const groups = new Map();
  for (const asset of assets) groups.set(asset.role, [...(groups.get(asset.role) ?? []), asset]);
  return groups;
}
