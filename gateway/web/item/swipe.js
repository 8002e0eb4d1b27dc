/** A swipe of one finger to the side. */

const LEAST = 48;

/** @param {HTMLElement} element @param {(step: number) => void} step 1 to the next, -1 to the one before */
export function onSwipe(element, step) {
  /** @type {{x: number, y: number, id: number} | null} */
  let start = null;
  element.addEventListener("pointerdown", (event) => {
    const isOwn = /** @type {Element} */ (event.target).closest("input, video, button, .compare");
    start = event.pointerType === "touch" && event.isPrimary && !isOwn ? { x: event.clientX, y: event.clientY, id: event.pointerId } : null;
  });
  element.addEventListener("pointercancel", () => {
    start = null;
  });
  element.addEventListener("pointerup", (event) => {
    if (!start || start.id !== event.pointerId) return;
    const across = event.clientX - start.x;
    const down = event.clientY - start.y;
    start = null;
    if (Math.abs(across) < LEAST || Math.abs(across) < 2 * Math.abs(down)) return;
    const isRtl = getComputedStyle(element).direction === "rtl";
    step(across < 0 !== isRtl ? 1 : -1);
  });
}
