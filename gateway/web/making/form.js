/** A form drawn from an operation's JSON Schema, and its faults told at their fields. */

import { h } from "../dom.js";
import { resolve, toField, toLabel, toProperty, typeOf } from "../filters/fields.js";

/** @typedef {import("../filters/fields.js").Schema} Schema */
/** @typedef {import("../filters/fields.js").Field} Field */
/** @typedef {import("../api.js").Fault} Fault */

export class Form {
  /** @type {Map<string, HTMLElement>} */
  #places = new Map();

  /** @param {Schema} schema */
  constructor(schema) {
    const own = resolve(schema, schema);
    const example = schema.examples?.[0] ?? own.examples?.[0] ?? schema.example ?? schema.default;
    const whole = this.#draw(own, schema, { name: "", label: "", value: example, pointer: "", isRequired: true });
    this.element = whole.element;
    this.read = () => whole.read() ?? {};
  }

  /**
   * Tell faults at the fields that their pointers name, or at the nearest field around them.
   * @param {Fault[]} faults @returns {string[]} the words of those that have no field
   */
  tell(faults) {
    for (const place of this.#places.values()) mark(place, null);
    const rest = [];
    for (const { pointer, parameter, message } of faults) {
      const at = this.#nearest(pointer ?? "");
      const place = this.#places.get(at);
      const where = place ? (pointer ?? "").slice(at.length + 1) : (parameter ?? pointer);
      const words = [where, message].filter(Boolean).join(": ");
      if (place) mark(place, words);
      else rest.push(words);
    }
    this.element.querySelector(/** @type {"input"} */ ("[aria-invalid=true]"))?.focus();
    return rest;
  }

  /** @param {string} pointer @returns {string} that of the field, or of the one around it */
  #nearest(pointer) {
    let at = pointer;
    while (at && !this.#places.has(at)) at = at.slice(0, at.lastIndexOf("/"));
    return at;
  }

  /**
   * @param {Schema} schema resolved @param {Schema} root
   * @param {{name: string, label: string, value: unknown, pointer: string, isRequired: boolean}} at
   * @returns {{element: HTMLElement, read: () => unknown}}
   */
  #draw(schema, root, { name, label, value, pointer, isRequired }) {
    if (typeOf(schema) === "object" && schema.properties) return this.#drawObject(schema, root, { label, value, pointer });
    const field = toField(schema, { name: name || "value", label, value: value ?? schema.default, isRequired, pointer });
    this.#places.set(pointer, field.element);
    return field;
  }

  /** @param {Schema} schema @param {Schema} root @param {{label: string, value: unknown, pointer: string}} at */
  #drawObject(schema, root, { label, value, pointer }) {
    const given = /** @type {Record<string, unknown>} */ (value && typeof value === "object" ? value : {});
    const required = new Set(schema.required ?? []);
    const parts = Object.entries(/** @type {Record<string, Schema>} */ (schema.properties)).map(([name, one]) => {
      const at = { name, label: toLabel(one, name), value: given[name], pointer: `${pointer}/${escape(name)}`, isRequired: required.has(name) };
      return /** @type {const} */ ([name, this.#draw(toProperty(one, root), root, at)]);
    });
    const read = () => {
      const told = parts.map(([name, part]) => [name, part.read()]).filter(([, one]) => one !== undefined);
      return told.length ? Object.fromEntries(told) : undefined;
    };
    const elements = parts.map(([, part]) => part.element);
    const element = pointer ? h("fieldset", {}, h("legend", {}, label), ...elements) : h("div", { class: "fields" }, ...elements);
    return { element, read };
  }
}

/** @param {HTMLElement} place @param {string | null} message */
function mark(place, message) {
  const input = /** @type {HTMLElement} */ (place.querySelector("input, select, textarea"));
  const id = `${input.id}-fault`;
  place.querySelector(".fault")?.remove();
  const hint = document.getElementById(`${input.id}-hint`);
  if (message) place.append(h("p", { class: "fault", id }, message));
  if (message) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  const described = [message && id, hint?.id].filter(Boolean).join(" ");
  if (described) input.setAttribute("aria-describedby", described);
}

/** @param {string} name one step of a JSON pointer */
const escape = (name) => name.replaceAll("~", "~0").replaceAll("/", "~1");
