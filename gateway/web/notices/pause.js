/** The word that something is waited for, and until when. */

import { fill, find, h } from "../dom.js";
import { S } from "../strings.js";

/** @typedef {import("./waiting.js").Pause} Pause */

/** @param {Pause | null} pause @param {(provider: string) => string} title */
export function showPause(pause, title) {
  const place = find("#pause");
  if (!pause) {
    fill(place);
    fill(find("#pause-told"));
    return;
  }
  const words = toWords(pause, title);
  const shown = place.querySelector("p");
  if (shown) {
    shown.textContent = words;
    return;
  }
  const now = h("button", { type: "button", class: "button", onclick: () => pause.now() }, S.notices.now);
  fill(place, h("div", { class: "toast" }, h("p", {}, words), now));
  find("#pause-told").textContent = words; // told once, not every second
}

/** @param {Pause} pause @param {(provider: string) => string} title */
function toWords({ problem, seconds, isOffline }, title) {
  if (isOffline) return S.notices.offline;
  if (problem.status === 0) return S.notices.unreachable(seconds);
  if (problem.status === 429) return S.notices.limited(seconds);
  const away = (problem.sources ?? []).filter((one) => one.state !== "fresh" && one.state !== "stale");
  return S.notices.unavailable(S.and(away.map((one) => title(one.provider))), seconds);
}
