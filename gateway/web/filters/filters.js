/** The filters: controls with the parameters' names, kept in step with the address. */

import { fill, find, h } from "../dom.js";
import { S } from "../strings.js";
import { toField, toLabel, toProperty } from "./fields.js";

/** @typedef {import("../api.js").Provider} Provider */

const KINDS = ["image", "video", "model"];
const STATUSES = ["queued", "processing", "ready", "partial", "failed", "canceled", "unknown"];
const TYPING_MS = 350;

export class Filters {
  #query = new URLSearchParams();
  #timer = 0;

  /** @param {(query: URLSearchParams, how?: {replace?: boolean}) => void} change */
  constructor(change) {
    this.change = change;
    this.form = find("#filter-form");
    /** @type {HTMLInputElement} */
    this.search = find("#search");
    this.form.addEventListener("change", (event) => this.#read(/** @type {HTMLInputElement} */ (event.target)));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.search.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#readWords(), TYPING_MS);
    });
    find("#search-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#readWords();
    });
  }

  /** Draw the controls of these providers. @param {Provider[]} providers @param {(provider: string) => string} title */
  draw(providers, title) {
    const names = providers.map((provider) => provider.name);
    fill(
      this.form,
      toGroup("provider", S.filters.provider, names, title),
      toGroup("kind", S.filters.kind, KINDS, S.kind),
      toDates(),
      toGroup("status", S.filters.status, STATUSES, S.status),
      ...providers.map((provider) => toOwn(provider, title)),
    );
    this.show(this.#query);
  }

  /** Bring the controls in step with a query. @param {URLSearchParams} query */
  show(query) {
    this.#query = new URLSearchParams(query);
    if (document.activeElement !== this.search || !this.#timer) this.search.value = query.get("q") ?? "";
    for (const control of this.#controls()) show(control, query);
    for (const own of this.form.querySelectorAll("details")) {
      if ([...query.keys()].some((name) => name.startsWith(`${own.dataset.provider}.`))) own.open = true;
    }
  }

  /** @returns {(HTMLInputElement | HTMLSelectElement)[]} */
  #controls() {
    return [...this.form.querySelectorAll(/** @type {"input"} */ ("input, select"))];
  }

  #readWords() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const query = new URLSearchParams(this.#query);
    const isMore = query.has("q");
    const words = this.search.value.trim();
    if (words) query.set("q", words);
    else query.delete("q");
    this.change(query, { replace: isMore && Boolean(words) });
  }

  /** @param {HTMLInputElement | HTMLSelectElement} changed */
  #read(changed) {
    const { name } = changed;
    if (!name || (changed instanceof HTMLInputElement && !changed.checkValidity())) {
      if (name) changed.reportValidity();
      return;
    }
    const query = new URLSearchParams(this.#query);
    query.delete(name);
    for (const control of this.#controls()) {
      if (control.name === name) for (const value of valuesOf(control)) query.append(name, value);
    }
    this.change(query);
  }
}

/** @param {HTMLInputElement | HTMLSelectElement} control @returns {string[]} */
function valuesOf(control) {
  if (control instanceof HTMLSelectElement) return [...control.selectedOptions].map((one) => one.value).filter(Boolean);
  if (control.type === "checkbox") return control.checked ? [control.value] : [];
  if (!control.value.trim()) return [];
  if (control.type === "date") return [fromDay(control.name, control.value)];
  if (control.dataset.list !== undefined) return control.value.split(",").map((one) => one.trim()).filter(Boolean);
  return [control.value.trim()];
}

/** @param {HTMLInputElement | HTMLSelectElement} control @param {URLSearchParams} query */
function show(control, query) {
  const values = query.getAll(control.name);
  if (control instanceof HTMLSelectElement) {
    for (const option of control.options) option.selected = values.includes(option.value);
    if (!values.length && !control.multiple) control.value = "";
  } else if (control.type === "checkbox") {
    control.checked = values.includes(control.value);
  } else if (control.type === "date") {
    control.value = values[0] ? toDay(control.name, values[0]) : "";
  } else if (control !== document.activeElement) {
    control.value = values.join(", ");
  }
}

/** The day up to which one looks is shown, but the next one's beginning is asked for.
 * @param {string} name @param {string} day */
function fromDay(name, day) {
  const time = new Date(`${day}T00:00`);
  if (name === "created_before") time.setDate(time.getDate() + 1);
  return time.toISOString();
}

/** @param {string} name @param {string} time */
export function toDay(name, time) {
  const date = new Date(Date.parse(time) - (name === "created_before" ? 1 : 0));
  if (Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, "2026-01-31".length);
}

/** @param {string} name @param {string} legend @param {string[]} values @param {(value: string) => string} word */
function toGroup(name, legend, values, word) {
  const rows = values.map((value) => h("label", { class: "check" }, h("input", { type: "checkbox", name, value }), h("span", {}, word(value))));
  return h("fieldset", {}, h("legend", {}, legend), ...rows);
}

function toDates() {
  /** @param {"created_after" | "created_before"} name */
  const field = (name) =>
    h("div", { class: "field" }, h("label", { for: name }, S.filters[name]), h("input", { type: "date", id: name, name, min: "2000-01-01", max: "2099-12-31" }));
  return h("fieldset", { class: "dates" }, h("legend", {}, S.filters.date), field("created_after"), field("created_before"));
}

/** @param {Provider} provider @param {(provider: string) => string} title */
function toOwn(provider, title) {
  const schema = /** @type {import("./fields.js").Schema} */ (provider.filters);
  const names = Object.keys(schema.properties ?? {});
  if (!names.length) return null;
  const fields = names.map((name) => {
    const own = toProperty(schema.properties[name], schema);
    const field = toField(own, { name: `${provider.name}.${name}`, label: toLabel(schema.properties[name], name), value: undefined });
    if (own.type === "array" && !own.items?.enum) field.input.dataset.list = "";
    return field.element;
  });
  return h("details", { "data-provider": provider.name }, h("summary", {}, S.filters.own(title(provider.name))), ...fields);
}
