/** Deleting with a way back: it is sent when the time to undo it has passed, or the page is left. */

import { Problem } from "../api.js";
import { toast } from "../notices/toasts.js";
import { S } from "../strings.js";

const UNDO_SECONDS = 7;

/** @typedef {{id: string, title: string, restore: () => void}} Removed */

export class Deletion {
  /** @type {Map<string, () => void>} */
  #waiting = new Map();

  /**
   * @param {import("../api.js").Api} api
   * @param {(problem: Problem) => string} toWords
   */
  constructor(api, toWords) {
    this.api = api;
    this.toWords = toWords;
    window.addEventListener("pagehide", () => {
      for (const send of [...this.#waiting.values()]) send();
    });
  }

  /** @param {Removed} removed what is gone from the page already */
  begin(removed) {
    const { id, title, restore } = removed;
    const send = () => {
      if (!this.#waiting.delete(id)) return;
      end();
      this.#send(removed);
    };
    this.#waiting.set(id, send);
    const end = toast(S.deletion.done(title), {
      seconds: UNDO_SECONDS,
      action: S.deletion.undo,
      act: () => {
        this.#waiting.delete(id);
        restore();
      },
      onend: send,
    });
  }

  /** @param {Removed} removed */
  async #send({ id, title, restore }) {
    try {
      await this.api.ask(`v1/gallery/${encodeURIComponent(id)}`, { method: "DELETE", keepalive: true });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 404) return; // gone, which is what was wanted
      restore();
      toast(S.deletion.failed(title, this.toWords(error)), { isBad: true, seconds: 12 });
    }
  }
}
