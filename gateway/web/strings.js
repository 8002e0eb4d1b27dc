/** All words that the viewer shows, how they are put in, and how it spells times and numbers. */

const LOCALE = navigator.language.startsWith("en") ? navigator.language : "en-GB";

const DAY = new Intl.DateTimeFormat(LOCALE, { weekday: "long", day: "numeric", month: "long" });
const MONTH = new Intl.DateTimeFormat(LOCALE, { month: "long", year: "numeric" });
const MOMENT = new Intl.DateTimeFormat(LOCALE, { dateStyle: "long", timeStyle: "short" });
const SHORT = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short" });
const CLOCK = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const HOUR = new Intl.DateTimeFormat(LOCALE, { hour: "numeric", minute: "2-digit" });
const DATE = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium" });
const NUMBER = new Intl.NumberFormat(LOCALE);
const BYTES = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });

/** @param {number} count @param {string} one @param {string} [many] */
const plural = (count, one, many = `${one}s`) => `${NUMBER.format(count)} ${count === 1 ? one : many}`;

/** @type {Record<string, string>} */
const KINDS = { image: "Image", video: "Video", model: "3D model" };

/** @type {Record<string, string>} */
const STATUSES = {
  queued: "Queued",
  processing: "Processing",
  ready: "Ready",
  partial: "Partly ready",
  failed: "Failed",
  canceled: "Canceled",
  unknown: "Unknown",
  succeeded: "Done",
};

/** @param {string} word */
const sentence = (word) => {
  const spaced = word.replaceAll(/[_-]+/g, " ").trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};

export const S = {
  name: "Gallery",
  skip: "Skip to the gallery",
  loading: "Loading the gallery",
  kind: (/** @type {string} */ kind) => KINDS[kind] ?? sentence(kind),
  status: (/** @type {string} */ status) => STATUSES[status] ?? sentence(status),
  sentence,

  day: (/** @type {Date} */ date) => DAY.format(date),
  year: (/** @type {Date} */ date) => String(date.getFullYear()),
  month: (/** @type {Date} */ date) => MONTH.format(date),
  shortDay: (/** @type {Date} */ date) => SHORT.format(date),
  moment: (/** @type {string | number} */ time) => MOMENT.format(new Date(time)),
  date: (/** @type {string | number} */ time) => DATE.format(new Date(time)),
  number: (/** @type {number} */ number) => NUMBER.format(number),
  bytes: (/** @type {number} */ bytes) =>
    bytes < 1e6 ? `${BYTES.format(bytes / 1e3)} kB` : `${BYTES.format(bytes / 1e6)} MB`,
  seconds: (/** @type {number} */ seconds) => `${BYTES.format(seconds)} s`,
  today: "Today",
  yesterday: "Yesterday",
  undated: "Without a date",
  ranked: "In the provider’s own order",
  and: (/** @type {string[]} */ names) => new Intl.ListFormat(LOCALE).format(names),

  card: {
    untitled: (/** @type {string} */ kind, /** @type {string} */ provider, /** @type {number | null} */ time) =>
      `${provider} ${S.kind(kind).toLowerCase().replace("3d", "3D")}${time === null ? "" : `, ${HOUR.format(time)}`}`,
    files: (/** @type {number} */ count) => plural(count, "file"),
    progress: (/** @type {string} */ word, /** @type {number} */ done, /** @type {number} */ total) =>
      `${word} · ${NUMBER.format(done)} of ${NUMBER.format(total)}`,
    ahead: (/** @type {number} */ count) => (count > 0 ? `${NUMBER.format(count)} ahead` : "next in line"),
    failed: (/** @type {number} */ count) => `${NUMBER.format(count)} failed`,
    noPicture: "No picture yet",
    lost: "The picture could not be loaded",
  },

  sources: {
    label: "Where the items come from",
    fresh: (/** @type {number} */ at) => `Read at ${HOUR.format(at)}`,
    stale: (/** @type {number} */ at) => `As of ${HOUR.format(at)}, being read again`,
    staleError: (/** @type {number} */ at) => `As of ${HOUR.format(at)}, could not be read again`,
    pending: "Still answering, its items come later",
    unavailable: "Could not answer",
    unauthorized: "Refuses the credentials",
    waiting: "Being asked",
    all: "all read",
    through: (/** @type {string} */ time) => `back to ${DATE.format(new Date(time))}`,
    total: (/** @type {number} */ count) => plural(count, "item"),
    skipped: (/** @type {number} */ count) => `${plural(count, "entry", "entries")} could not be understood`,
    retryAt: (/** @type {string} */ time) => `It is tried again at ${CLOCK.format(new Date(time))}.`,
    readAt: (/** @type {number | undefined} */ at) =>
      at === undefined ? "It was not read yet." : `It was last read at ${CLOCK.format(at)}.`,
    failure: {
      /** @type {(title: string, why: string) => string} */
      unavailable: (title, why) => `${title} could not answer${why}. Its items are missing here until it does.`,
      /** @type {(title: string, why: string) => string} */
      unauthorized: (title, why) =>
        `${title} refuses the credentials${why}. Its items are missing; the gateway’s operator must mend this.`,
      /** @type {(title: string, why: string) => string} */
      stale: (title, why) => `${title} could not be read again${why}. What you see of it is older.`,
      /** @type {(title: string) => string} */
      pending: (title) => `${title} is slow to answer. Its items come when it does.`,
    },
    retry: "Retry",
    retryOf: (/** @type {string} */ title) => `Retry ${title}`,
    fresher: (/** @type {number} */ count, /** @type {string} */ title) => `${NUMBER.format(count)} new from ${title}`,
    show: "Show",
    back: (/** @type {string} */ title) => `${title} is back.`,
  },

  feed: {
    end: (/** @type {number} */ count) => `That is all: ${plural(count, "item")}.`,
    endMissing: (/** @type {string} */ titles) => `That is all but for what ${titles} could not tell.`,
    more: "Loading more",
    empty: "There is nothing here yet",
    emptyHint: "What your providers make will show up here by itself.",
    noMatch: "Nothing matches these filters",
    noMatchYet: (/** @type {string} */ month) => `Nothing matches, searched back to ${month}`,
    searched: (/** @type {string} */ month) => `Searched back to ${month}.`,
    further: "Search further",
    clear: "Clear all filters",
    failed: "The gallery could not be loaded",
    again: "Try again",
    shown: (/** @type {number} */ count) => `${plural(count, "item")} shown`,
    found: (/** @type {number} */ count) => `${plural(count, "item")} found so far`,
  },

  filters: {
    label: "Filters",
    open: "Filters",
    close: "Show the items",
    search: "Search titles, prompts and file names",
    searchShort: "Search",
    provider: "Provider",
    kind: "Kind",
    status: "Status",
    created_after: "From",
    created_before: "Up to",
    date: "Date",
    own: (/** @type {string} */ title) => `${title} only`,
    any: "Any",
    yes: "Yes",
    no: "No",
    several: "Several are parted by commas",
    remove: (/** @type {string} */ words) => `Remove the filter ${words}`,
    clear: "Clear all",
    words: (/** @type {string} */ words) => `“${words}”`,
    wrong: (/** @type {string} */ words) => `The gateway does not take this filter: ${words}`,
  },

  item: {
    close: "Close",
    previous: "Previous item",
    next: "Next item",
    download: "Download",
    copy: "Copy link",
    copied: "The link is copied.",
    notCopied: "The link could not be copied; it stands in the address bar.",
    delete: "Delete",
    compare: "Compare with the input",
    single: "Show the output alone",
    slider: "How much of the input is shown",
    before: "Input",
    after: "Output",
    assets: "Files",
    /** @type {Record<string, string>} */
    role: { output: "Outputs", input: "Inputs", preview: "Previews" },
    asset: (/** @type {string} */ role, /** @type {number} */ number) => `${sentence(role)} ${number}`,
    missing: "There is no such item, or no longer",
    loadFailed: "The item could not be loaded",
    noPicture: "There is no picture of this",
    modelHint: "A browser cannot show this 3D file; download it instead.",
    own: (/** @type {string} */ title) => `${title}’s own fields`,
    more: (/** @type {number} */ count) => `and ${NUMBER.format(count)} more, which the provider does not list`,
    fields: {
      status: "Status",
      kind: "Kind",
      provider: "Provider",
      prompt: "Prompt",
      author: "Author",
      created: "Created",
      updated: "Changed",
      collection: "Collection",
      progress: "Progress",
      error: "Error",
      visibility: "Visibility",
      licensed: "Licensed",
      likes: "Likes",
      file: "File",
      size: "Size",
      pixels: "Pixels",
      duration: "Length",
      quality: "Quality",
      feedback: "Feedback",
    },
    done: (/** @type {number} */ done, /** @type {number} */ total) =>
      `${NUMBER.format(done)} of ${NUMBER.format(total)} done`,
  },

  deletion: {
    done: (/** @type {string} */ title) => `“${title}” is deleted`,
    undo: "Undo",
    failed: (/** @type {string} */ title, /** @type {string} */ why) => `“${title}” could not be deleted: ${why}`,
  },

  notices: {
    dismiss: "Dismiss",
    now: "Try now",
    offline: "You are offline. What is here stays; it goes on when you are back.",
    unreachable: (/** @type {number} */ seconds) =>
      `The gateway cannot be reached. Trying again in ${plural(seconds, "second")}.`,
    limited: (/** @type {number} */ seconds) => `Too many requests. Going on in ${plural(seconds, "second")}.`,
    unavailable: (/** @type {string} */ titles, /** @type {number} */ seconds) =>
      `Waiting for ${titles || "the gateway"}. Trying again in ${plural(seconds, "second")}.`,
  },

  keys: {
    use: "Use a key",
    change: "Key",
    title: "This gallery asks for a key",
    titleMore: "Use a key",
    intro: "Paste a key or a token. It is kept for this tab only, and sent to this gateway alone.",
    introMore: "With a key that may write you can delete and make things. It is kept for this tab only.",
    label: "Key or token",
    submit: "Open the gallery",
    forget: "Forget the key",
    cancel: "Cancel",
    refused: "This key is not known here, or no longer.",
    expired: "The token has expired, or is no longer good. Paste a new one.",
    empty: "Paste a key first.",
    scope: (/** @type {string} */ detail) => `Your key may not do this: ${detail}.`,
    scopeAnonymous: "Without a key you may only look. Use a key that may do this.",
    unusable: "This holds characters that no key has.",
  },

  jobs: {
    make: "Make",
    title: "Make something",
    choose: "What to make",
    submit: "Make it",
    sending: "Sending",
    close: "Close",
    required: "needed",
    label: "Being made",
    mend: (/** @type {number} */ count) => `${plural(count, "field")} must be mended.`,
    refused: (/** @type {string} */ words) => `The provider refuses: ${words}`,
    unknown: "Nobody knows whether it was carried out. Look into the gallery before you send it again.",
    begun: (/** @type {string} */ title) => `${title}: begun`,
    done: (/** @type {string} */ title) => `${title}: done`,
    failed: (/** @type {string} */ title) => `${title}: failed`,
    lost: "It can no longer be followed.",
    dismiss: (/** @type {string} */ title) => `Dismiss ${title}`,
  },
};

/** Put words into the page: `data-words` names those of an element, `data-label` those it is told by.
 * @param {ParentNode} within */
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
