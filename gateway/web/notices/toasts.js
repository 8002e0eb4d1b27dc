/** Short words at the page's foot: what happened, with a button to answer it. */

import { find, h, iconButton } from "../dom.js";
import { S } from "../strings.js";

/** @typedef {{action?: string, act?: () => void, seconds?: number, isBad?: boolean, onend?: () => void}} Ways */

/** @param {string} words @param {Ways} [ways] @returns {() => void} what takes it away */
export function toast(words, { action, act, seconds = 6, isBad = false, onend } = {}) {
  const button = action && h("button", { type: "button", class: "button" }, action);
  const close = iconButton("close", S.notices.dismiss, { onclick: () => end() });
  const element = h("div", { class: "toast", "data-bad": isBad }, h("p", {}, words), button || null, close);
  const end = () => {
    if (!element.isConnected) return;
    clearTimeout(timer);
    element.remove();
    onend?.();
  };
  if (button) {
    button.addEventListener("click", () => {
      onend = undefined;
      end();
      act?.();
    });
  }
  const timer = setTimeout(end, 1000 * seconds);
  place().append(element);
  return end;
}

/** Toasts stand above an open dialog, which hides all else from those who cannot see. */
function place() {
  const dialog = document.querySelector("dialog[open]");
  const home = find("#toasts");
  if (!dialog) {
    if (home.parentElement !== document.body) document.body.append(home);
  } else if (home.parentElement !== dialog) {
    dialog.append(home);
    dialog.addEventListener("close", () => document.body.append(home), { once: true });
  }
  return home;
}

let turn = false;

/** Tell those who cannot see, once and shortly. @param {string} words */
export function announce(words) {
  turn = !turn;
  find("#announcer").textContent = turn ? words : `${words}\u00a0`; // the same words twice are told twice
}
