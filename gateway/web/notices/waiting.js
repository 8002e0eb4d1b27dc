/** Waiting as an answer says: 429, 503, nobody there, offline; told meanwhile, and cut short by a click. */

import { Problem } from "../api.js";

const DEFAULT_SECONDS = 3;
const MOST_SECONDS = 30;

/** @typedef {{problem: Problem, seconds: number, isOffline: boolean, now: () => void}} Pause */

export class Waiting {
  /** @type {Set<Pause>} */
  #pauses = new Set();

  /** @param {(pause: Pause | null) => void} tell told once a second, and null when it is over */
  constructor(tell) {
    this.tell = tell;
  }

  /**
   * Ask again and again until there is an answer, or a problem that waiting does not mend.
   * @template T
   * @param {() => Promise<T>} ask
   * @param {AbortSignal} signal
   * @returns {Promise<T>}
   */
  async until(ask, signal) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof Problem) || !error.isTemporary) throw error;
        const backoff = Math.min(MOST_SECONDS, DEFAULT_SECONDS * 2 ** attempt);
        await this.#pause(error, error.retryAfter ?? backoff, signal);
      }
    }
  }

  /** Let everybody go on at once. */
  now() {
    for (const pause of [...this.#pauses]) pause.now();
  }

  /** @param {Problem} problem @param {number} seconds @param {AbortSignal} signal @returns {Promise<void>} */
  #pause(problem, seconds, signal) {
    const until = Date.now() + 1000 * Math.max(1, seconds);
    return new Promise((resolve, reject) => {
      /** @type {Pause} */
      const pause = { problem, seconds, isOffline: false, now: () => end(resolve) };
      const tick = () => {
        pause.isOffline = problem.status === 0 && !navigator.onLine;
        pause.seconds = Math.max(1, Math.ceil((until - Date.now()) / 1000));
        if (Date.now() >= until && !pause.isOffline) end(resolve);
        else this.tell(pause);
      };
      const timer = setInterval(tick, 1000);
      const goOn = () => end(resolve);
      const stop = () => end(() => reject(signal.reason));
      /** @param {() => void} finish */
      const end = (finish) => {
        clearInterval(timer);
        window.removeEventListener("online", goOn);
        signal.removeEventListener("abort", stop);
        this.#pauses.delete(pause);
        if (!this.#pauses.size) this.tell(null);
        finish();
      };
      window.addEventListener("online", goOn);
      signal.addEventListener("abort", stop);
      if (signal.aborted) return stop();
      this.#pauses.add(pause);
      tick();
    });
  }
}
