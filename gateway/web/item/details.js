/** What is known of an item and of the file that is shown, the provider's own fields too. */

import { h } from "../dom.js";
import { toState } from "../gallery/card.js";
import { toCard } from "../gallery/timeline.js";
import { S } from "../strings.js";

/** @typedef {import("../api.js").Item} Item */
/** @typedef {import("../api.js").Asset} Asset */
/** @typedef {[string, Node | string | null | undefined | false]} Row */

/** @param {Item} item @param {Asset | null} asset @param {(provider: string) => string} title */
export function toDetails(item, asset, title) {
  const words = S.item.fields;
  /** @type {Row[]} */
  const own = [
    [words.status, h("span", { class: "status", "data-status": item.status }, toState(toCard(item)) ?? S.status(item.status))],
    [words.error, item.error && h("span", { class: "error", dir: "auto" }, item.error)],
    [words.provider, title(item.provider)],
    [words.kind, S.kind(item.kind)],
    [words.author, item.author && toAuthor(item.author)],
    [words.created, item.created_at && toTime(item.created_at)],
    [words.updated, item.updated_at && item.updated_at !== item.created_at && toTime(item.updated_at)],
    [words.collection, item.collection && toText(item.collection.name ?? item.collection.id)],
    [words.progress, item.progress?.total ? S.item.done(item.progress.done ?? 0, item.progress.total) : null],
    [words.visibility, item.visibility && S.sentence(item.visibility)],
    [words.licensed, item.licensed === null ? null : item.licensed ? S.filters.yes : S.filters.no],
    [words.likes, item.likes === null ? null : S.number(item.likes)],
  ];
  const listed = item.assets.length < item.asset_count && h("p", { class: "hint" }, S.item.more(item.asset_count - item.assets.length));
  return h(
    "div",
    { class: "details" },
    item.prompt && h("p", { class: "prompt", dir: "auto" }, item.prompt),
    toList(own),
    asset && toList(toFile(asset)),
    listed,
    toNative(S.item.own(title(item.provider)), { ...item.native, ...asset?.native }),
  );
}

/** @param {Asset} asset @returns {Row[]} */
function toFile(asset) {
  const words = S.item.fields;
  return [
    [words.file, asset.filename && toText(asset.filename)],
    [words.pixels, asset.width && asset.height ? `${S.number(asset.width)} × ${S.number(asset.height)}` : null],
    [words.duration, asset.duration_seconds !== null && S.seconds(asset.duration_seconds)],
    [words.size, asset.size_bytes !== null && S.bytes(asset.size_bytes)],
    [words.quality, asset.quality_score === null ? null : S.number(asset.quality_score)],
    [words.feedback, asset.feedback && toText(asset.feedback)],
    [words.error, asset.error && h("span", { class: "error", dir: "auto" }, asset.error)],
  ];
}

/** @param {Row[]} rows */
function toList(rows) {
  const told = rows.filter(([, value]) => value || value === "");
  return told.length ? h("dl", {}, ...told.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))) : null;
}

/** @param {string} title @param {Record<string, unknown>} fields */
function toNative(title, fields) {
  const rows = Object.entries(fields).filter(([, value]) => value !== null && value !== "" && !(Array.isArray(value) && !value.length));
  if (!rows.length) return null;
  const list = toList(rows.map(([name, value]) => [S.sentence(name), toText(typeof value === "object" ? JSON.stringify(value) : String(value))]));
  return h("details", {}, h("summary", {}, title), list);
}

/** @param {NonNullable<Item["author"]>} author */
function toAuthor({ name, id, avatar_url: picture }) {
  const image = picture && h("img", { class: "author", src: picture, alt: "", width: 24, height: 24, loading: "lazy" });
  if (image) image.addEventListener("error", () => image.remove(), { once: true });
  return h("span", { class: "by" }, image, h("bdi", {}, name ?? id ?? ""));
}

/** @param {string} time */
const toTime = (time) => h("time", { datetime: time }, S.moment(time));

/** @param {string} text */
const toText = (text) => h("bdi", {}, text);
