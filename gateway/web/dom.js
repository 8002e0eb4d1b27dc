/** Elements made and found in short. */

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {Record<string, unknown>} Properties */

/**
 * Make an element. `class` and attributes by name; `on…` is a listener; null and false are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Properties} [properties]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on") && typeof value === "function") {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  append(element, children);
  return element;
}

/** @param {Element} element @param {Child[]} children */
export function append(element, children) {
  element.append(.../** @type {(Node | string)[]} */ (children.filter((child) => child || child === "")));
}

/** @param {Element} element @param {...Child} children */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/**
 * Find an element that is there.
 * @template {Element} [Found=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {Found}
 */
export function find(selector, within = document) {
  const found = within.querySelector(selector);
  if (!found) throw new Error(`there is no ${selector}`);
  return /** @type {Found} */ (found);
}

/** @param {string} name @param {string} [label] */
export function icon(name, label) {
  return h("span", { class: `icon icon-${name}`, "aria-hidden": label ? null : "true", role: label ? "img" : null, "aria-label": label });
}

/**
 * A button with an icon, whose words are shown or told.
 * @param {string} name @param {string} label @param {Properties} [properties]
 */
export function iconButton(name, label, properties = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, ...properties }, icon(name));
}
