/** The filters on a narrow screen: a drawer over the page. */

import { find } from "../dom.js";

export class Drawer {
  constructor() {
    this.panel = find("#filters");
    this.button = find("#filter-button");
    this.button.addEventListener("click", () => (this.isOpen ? this.close() : this.#open()));
    find("#filter-done").addEventListener("click", () => this.close());
    find("#shade").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOpen) this.close();
    });
    matchMedia("(min-width: 60rem)").addEventListener("change", () => this.close());
  }

  get isOpen() {
    return document.body.classList.contains("has-drawer");
  }

  #open() {
    this.#set(true);
    find("input", this.panel).focus();
  }

  close() {
    if (!this.isOpen) return;
    this.#set(false);
    this.button.focus();
  }

  /** @param {boolean} isOpen */
  #set(isOpen) {
    document.body.classList.toggle("has-drawer", isOpen);
    this.button.setAttribute("aria-expanded", String(isOpen));
    find("#main").inert = isOpen;
    find("#bar").inert = isOpen;
  }
}
