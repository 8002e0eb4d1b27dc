/** Form fields drawn from JSON Schema: for providers' own filters, and for what can be made. */

import { h } from "../dom.js";
import { S } from "../strings.js";

/** @typedef {Record<string, any>} Schema */
/** @typedef {{element: HTMLElement, read: () => unknown, pointer: string}} Field `read` is undefined where nothing is given */

/**
 * Follow references, and take the part of a choice that is not null.
 * @param {Schema} schema @param {Schema} root @returns {Schema}
 */
export function resolve(schema, root) {
  const reference = schema.$ref;
  if (typeof reference === "string" && reference.startsWith("#/")) {
    const parts = reference.slice(2).split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const found = parts.reduce((/** @type {any} */ at, part) => at?.[part], root) ?? {};
    const { $ref, ...beside } = schema;
    return resolve({ ...found, ...beside }, root);
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) {
    const real = choices.map((one) => resolve(one, root)).filter((one) => one.type !== "null");
    const { anyOf, oneOf, ...beside } = schema;
    if (real.length === 1) return { ...real[0], ...beside };
  }
  return schema;
}

/** @param {Schema} schema */
export function typeOf(schema) {
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  if (schema.enum) return "enum";
  return type ?? (schema.properties ? "object" : "any");
}

/** Follow what a property refers to, and what its entries do. @param {Schema} schema @param {Schema} root @returns {Schema} */
export function toProperty(schema, root) {
  const own = resolve(schema, root);
  return own.items ? { ...own, items: resolve(own.items, root) } : own;
}

/** Its own title; that of what it refers to names a kind of thing. @param {Schema} schema @param {string} name */
export function toLabel(schema, name) {
  return schema.title ?? S.sentence(name);
}

/** A description, where `words` in backticks are code. @param {string} text */
function toHint(text) {
  return text.split("`").map((part, i) => (i % 2 ? h("code", {}, part) : part));
}

let number = 0;

/**
 * A choice, a switch, a number or a text, with its label and what it is for.
 * @param {Schema} schema resolved
 * @param {{name: string, label: string, value: unknown, isRequired?: boolean, pointer?: string}} how
 * @returns {Field & {input: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement}}
 */
export function toField(schema, { name, label, value, isRequired = false, pointer = "" }) {
  const id = `field-${number++}`;
  const hint = schema.description ? h("p", { class: "hint", id: `${id}-hint` }, ...toHint(schema.description)) : null;
  const { input, read } = toInput(schema, value);
  input.id = id;
  input.name = name;
  if (hint) input.setAttribute("aria-describedby", hint.id);
  if (isRequired) input.required = true;
  const words = h("label", { for: id }, label, isRequired ? h("span", { class: "required" }, ` (${S.jobs.required})`) : null);
  const element = h("div", { class: "field", "data-pointer": pointer }, words, input, hint);
  return { element, input, read, pointer };
}

/** @param {Schema} schema @param {unknown} value */
function toInput(schema, value) {
  switch (typeOf(schema)) {
    case "enum":
      return toChoice(schema.enum, value);
    case "boolean":
      return toChoice([true, false], value);
    case "integer":
    case "number":
      return toNumber(schema, value);
    case "array":
      return toList(schema, value);
    case "string":
      return toText(schema, value);
    default:
      return toAnything(value);
  }
}

/** @param {unknown[]} choices @param {unknown} value */
function toChoice(choices, value) {
  /** @param {unknown} one */
  const word = (one) => (one === true ? S.filters.yes : one === false ? S.filters.no : String(one));
  const options = choices.map((one) => h("option", { value: String(one), selected: String(one) === String(value) }, word(one)));
  const input = h("select", {}, h("option", { value: "" }, S.filters.any), ...options);
  return { input, read: () => choices.find((one) => String(one) === input.value) };
}

/** @param {Schema} schema @param {unknown} value */
function toNumber(schema, value) {
  const isWhole = typeOf(schema) === "integer";
  const bounds = { min: toBound(schema.minimum), max: toBound(schema.maximum) };
  const input = h("input", { type: "number", ...bounds, step: isWhole ? 1 : "any", inputmode: isWhole ? "numeric" : "decimal" });
  input.value = value === undefined || value === null ? "" : String(value);
  return { input, read: () => (input.value === "" ? undefined : Number(input.value)) };
}

/** A bound that is only what a number can be is none to tell of. @param {number | undefined} bound */
const toBound = (bound) => (bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? null : bound);

/** @param {Schema} schema @param {unknown} value */
function toText(schema, value) {
  const isLong = (schema.maxLength ?? 0) > 200 || /prompt|description/i.test(schema.title ?? "") || String(value ?? "").length > 60;
  const input = isLong ? h("textarea", { rows: 3 }) : h("input", { type: "text" });
  if (schema.maxLength) input.maxLength = schema.maxLength;
  input.spellcheck = isLong;
  input.dir = "auto";
  input.value = value === undefined || value === null ? "" : String(value);
  return { input, read: () => input.value || undefined };
}

/** @param {Schema} schema @param {unknown} value */
function toList(schema, value) {
  const items = schema.items ?? {};
  const given = Array.isArray(value) ? value : [];
  if (items.enum) {
    const options = items.enum.map((/** @type {unknown} */ one) =>
      h("option", { value: String(one), selected: given.some((each) => String(each) === String(one)) }, String(one)),
    );
    const input = h("select", { multiple: true, size: Math.min(5, options.length) }, ...options);
    return { input, read: () => orNothing([...input.selectedOptions].map((option) => option.value)) };
  }
  if (typeOf(items) === "object" || typeOf(items) === "array") return toAnything(value);
  const isNumber = typeOf(items) === "integer" || typeOf(items) === "number";
  const input = h("input", { type: "text", placeholder: S.filters.several });
  input.value = given.join(", ");
  const read = () => {
    const parts = input.value.split(",").map((part) => part.trim()).filter(Boolean);
    return orNothing(isNumber ? parts.map((part) => (Number.isFinite(Number(part)) ? Number(part) : part)) : parts);
  };
  return { input, read };
}

/** What has no field of its own is written as JSON. @param {unknown} value */
function toAnything(value) {
  const input = h("textarea", { rows: 5, class: "code", spellcheck: "false" });
  input.value = value === undefined ? "" : JSON.stringify(value, null, 2);
  const read = () => {
    try {
      return input.value.trim() ? JSON.parse(input.value) : undefined;
    } catch {
      return input.value; // the gateway says what is wrong with it
    }
  };
  return { input, read };
}

/** @template T @param {T[]} list */
const orNothing = (list) => (list.length ? list : undefined);
