/** The gateway's API as any caller has it: requests, and problems as errors. */

/** @typedef {import("./schema.js").components["schemas"]} Schemas */
/** @typedef {Schemas["GalleryItem"]} Item */
/** @typedef {Schemas["Asset"]} Asset */
/** @typedef {Schemas["GalleryPage"]} Page */
/** @typedef {Schemas["SourceReport"]} Source */
/** @typedef {Schemas["Provider"]} Provider */
/** @typedef {{parameter?: string | null, pointer?: string | null, message: string}} Fault */
/** @typedef {{method?: string, query?: URLSearchParams, headers?: Record<string, string>, body?: unknown, signal?: AbortSignal, keepalive?: boolean}} Options */
/** @template T @typedef {{status: number, body: T, headers: Headers}} Reply */

/** Where the gateway is: this file is two folders below it. */
export const BASE = new URL("../../", import.meta.url);

/** An answer that is none, in the words of RFC 9457; `status` is 0 when nobody answered. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {Record<string, any>} body
   * @param {Headers} [headers]
   */
  constructor(status, body, headers) {
    super(body.detail || body.title || String(status));
    this.status = status;
    /** @type {string} */
    this.code = body.code ?? (status ? "internal" : "unreachable");
    /** @type {string} */
    this.title = body.title ?? "";
    /** @type {string} */
    this.detail = body.detail ?? "";
    /** @type {Fault[]} */
    this.errors = body.errors ?? [];
    /** @type {Source[] | null} */
    this.sources = body.sources ?? null;
    /** @type {{status: number, detail: unknown} | null} */
    this.upstream = body.upstream ?? null;
    this.retryAfter = toSeconds(headers?.get("retry-after"));
    this.isInvalidToken = headers?.get("www-authenticate")?.includes("invalid_token") ?? false;
  }

  /** Whether the same request may be answered later. */
  get isTemporary() {
    return this.status === 0 || this.status === 429 || this.status === 503;
  }
}

export class Api {
  /** @param {() => string | null} readKey */
  constructor(readKey) {
    this.readKey = readKey;
  }

  /**
   * Ask, and return what was answered, a 304 included.
   * @template T
   * @param {string} path relative to the gateway
   * @param {Options} [options]
   * @returns {Promise<Reply<T>>}
   * @throws {Problem}
   */
  async ask(path, { method = "GET", query, headers = {}, body, signal, keepalive } = {}) {
    const address = new URL(path, BASE);
    if (query) address.search = query.toString();
    const answer = await this.#fetch(address, {
      method,
      headers: { ...this.#credentials(), ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      keepalive,
      cache: "no-store",
    });
    if (answer.status >= 400) throw new Problem(answer.status, await readProblem(answer), answer.headers);
    const isBare = answer.status === 204 || answer.status === 304;
    return { status: answer.status, body: isBare ? /** @type {T} */ (null) : await readBody(answer, signal), headers: answer.headers };
  }

  /** @returns {Record<string, string>} */
  #credentials() {
    const key = this.readKey();
    return key ? { authorization: `Bearer ${key}` } : {};
  }

  /** @param {URL} address @param {RequestInit} request */
  async #fetch(address, request) {
    try {
      return await fetch(address, request);
    } catch (error) {
      if (request.signal?.aborted) throw error;
      throw new Problem(0, { title: String(error) });
    }
  }
}

/** @param {Response} answer @param {AbortSignal} [signal] */
async function readBody(answer, signal) {
  try {
    return await answer.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, { title: String(error) }); // it broke off on the way
  }
}

/** @param {Response} answer @returns {Promise<Record<string, any>>} */
async function readProblem(answer) {
  try {
    return await answer.json();
  } catch {
    return { title: answer.statusText || `HTTP ${answer.status}` };
  }
}

/** @param {string | null | undefined} text seconds, or a date */
function toSeconds(text) {
  if (!text) return null;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null;
}
