/** Words put into the page: `data-words` names those of an element, `data-label` those it is told by. */

import { S } from "./strings.js";

/** @param {ParentNode} within */
export function putWords(within) {
  for (const element of within.querySelectorAll(/** @type {"span"} */ ("[data-words]"))) {
    element.textContent = find(element.dataset.words ?? "");
  }
  for (const element of within.querySelectorAll(/** @type {"span"} */ ("[data-label]"))) {
    element.setAttribute("aria-label", find(element.dataset.label ?? ""));
    if (element.matches("button")) element.title = find(element.dataset.label ?? "");
    if (element instanceof HTMLInputElement) element.placeholder = find(element.dataset.placeholder ?? "");
  }
}

/** @param {string} path @returns {string} */
function find(path) {
  /** @type {any} */
  let found = S;
  for (const name of path.split(".")) found = found?.[name];
  if (typeof found !== "string") throw new Error(`there are no words ${path}`);
  return found;
}
