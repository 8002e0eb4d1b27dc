/** The filters that are on, as chips that can be taken off. */

import { fill, find, h, icon } from "../dom.js";
import { S } from "../strings.js";
import { toDay } from "./filters.js";

/**
 * @param {URLSearchParams} query
 * @param {(provider: string) => string} title
 * @param {(query: URLSearchParams) => void} change
 */
export function showChips(query, title, change) {
  const place = find("#chips");
  const chips = [...query].map(([name, value]) => {
    const words = toWords(name, value, title);
    const take = () => {
      const rest = new URLSearchParams([...query].filter(([other, its]) => other !== name || its !== value));
      change(rest);
      find("#chips").querySelector("button")?.focus();
    };
    return h("li", {}, h("button", { type: "button", class: "chip", "aria-label": S.filters.remove(words), onclick: take }, h("span", { dir: "auto" }, words), icon("close")));
  });
  const clear = h("li", {}, h("button", { type: "button", class: "link", onclick: () => change(new URLSearchParams()) }, S.filters.clear));
  fill(place, ...chips, chips.length > 1 ? clear : null);
  place.hidden = !chips.length;
  const count = find("#filter-count");
  count.textContent = chips.length ? String(chips.length) : "";
}

/** @param {string} name @param {string} value @param {(provider: string) => string} title */
function toWords(name, value, title) {
  switch (name) {
    case "provider":
      return title(value);
    case "kind":
      return S.kind(value);
    case "status":
      return S.status(value);
    case "q":
      return S.filters.words(value);
    case "created_after":
    case "created_before":
      return `${S.filters[name]} ${toDay(name, value) ? S.date(`${toDay(name, value)}T00:00`) : value}`;
    default: {
      const [provider = "", field = ""] = name.split(".");
      return `${title(provider)}: ${S.sentence(field)} ${value}`;
    }
  }
}
