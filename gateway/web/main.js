/** The viewer, put together: what the address names is shown, what is done changes the address. */

import { History, toAddress } from "./address.js";
import { Api, Problem } from "./api.js";
import { find } from "./dom.js";
import { showChips } from "./filters/chips.js";
import { Drawer } from "./filters/drawer.js";
import { Filters } from "./filters/filters.js";
import { toTitle } from "./gallery/card.js";
import { Gallery } from "./gallery/gallery.js";
import { Grid, moveByKey } from "./gallery/grid.js";
import { playOnHover } from "./gallery/motion.js";
import { toCard } from "./gallery/timeline.js";
import { Deletion } from "./item/deletion.js";
import { ItemView } from "./item/item.js";
import { Keys } from "./keys.js";
import { findOffers, Maker } from "./making/maker.js";
import { Jobs } from "./making/jobs.js";
import { showPause } from "./notices/pause.js";
import { Waiting } from "./notices/waiting.js";
import { Sources } from "./sources.js";
import { putWords, S } from "./strings.js";

/** @typedef {import("./api.js").Item} Item */
/** @typedef {import("./api.js").Provider} Provider */

putWords(document);

/** @type {Provider[]} */
let providers = [];
/** @type {Promise<void>} */
let ready = Promise.resolve();

const title = (/** @type {string} */ name) => providers.find((one) => one.name === name)?.title ?? S.sentence(name);
const hue = (/** @type {string} */ name) => Math.max(0, providers.findIndex((one) => one.name === name)) % 6;
const address = (/** @type {string} */ id) => toAddress({ query: history.view.query, item: id });

const keys = new Keys(() => begin());
const api = new Api(() => keys.read());
const waiting = new Waiting((pause) => {
  showPause(pause, title);
  gallery.paused(pause?.problem ?? null);
});
const refuse = (/** @type {Problem} */ problem) => keys.refused(problem);
const toWords = (/** @type {Problem} */ problem) => {
  if (problem.status === 401) refuse(problem);
  return problem.status === 403 ? keys.toScopeWords(problem) : problem.detail || problem.title;
};

const grid = new Grid(find("#feed"), { title, hue, address });
const sources = new Sources(title, hue, (report) => gallery.retry(report));
const filters = new Filters((query, how) => history.go({ query }, how));
const clear = () => history.go({ query: new URLSearchParams() });
const gallery = new Gallery(api, waiting, grid, sources, { title, ready: () => ready, clear, drawn: () => item.showWays(), refuse });
const deletion = new Deletion(api, toWords);
const item = new ItemView(api, waiting, {
  title,
  address,
  refuse,
  neighbour: (id, step) => gallery.neighbour(id, step),
  hasNeighbours: (id) => gallery.timeline.byId.has(id),
  open: (id) => history.openItem(id),
  close: (id) => {
    if (id) grid.reveal(id)?.focus({ preventScroll: true });
    history.leaveItem();
  },
  remove: (one) => remove(one),
});
const maker = new Maker(api, { title, begun: (job) => jobs.follow(job), toWords });
const jobs = new Jobs(api, waiting, { title: (job) => maker.toTitle(job), made: (ids) => showMade(ids) });
const drawer = new Drawer();

let asked = "";
const history = new History(({ query, item: id }, isBack) => {
  const left = item.shown;
  item.show(id, id ? gallery.timeline.byId.get(id) : undefined);
  if (!id && left) grid.reveal(left)?.focus({ preventScroll: true });
  if (query.toString() === asked) return;
  if (isBack) drawer.close();
  show(query);
});

/** @param {URLSearchParams} query */
function show(query) {
  asked = query.toString();
  filters.show(query);
  showChips(query, title, (rest) => history.go({ query: rest }));
  const chosen = query.getAll("provider");
  sources.expect(providers.map((one) => one.name).filter((name) => !chosen.length || chosen.includes(name)));
  window.scrollTo({ top: 0, behavior: "instant" });
  gallery.start(query);
}

/** Ask for all of it, as whoever the key says. */
function begin() {
  jobs.end();
  ready = load();
  ready.catch(() => {}); // the gallery waits for it, and tells
  show(history.view.query);
}

const forever = new AbortController().signal;

async function load() {
  const { body } = await waiting.until(() => api.ask("v1/providers"), forever);
  providers = /** @type {{providers: Provider[]}} */ (body).providers;
  filters.draw(providers, title);
  filters.show(history.view.query);
  showChips(history.view.query, title, (rest) => history.go({ query: rest }));
  const offers = findOffers(providers);
  maker.offer(offers);
  if (offers.length) jobs.resume().catch((error) => console.warn(error));
}

/** @param {Item} one */
function remove(one) {
  const restore = gallery.remove(one.id);
  deletion.begin({ id: one.id, title: toTitle(toCard(one), title), restore: restore ?? (() => {}) });
}

/** @param {string[]} ids */
async function showMade(ids) {
  for (const id of ids) {
    const { body } = await waiting.until(() => api.ask(`v1/gallery/${encodeURIComponent(id)}`), forever);
    gallery.add(/** @type {Item} */ (body));
  }
}

grid.host.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("a");
  const id = /** @type {HTMLElement | null} */ (link?.closest("[data-item-id]"))?.dataset.itemId;
  if (!id || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  find(`[data-item-id="${CSS.escape(id)}"]`, grid.host).focus({ preventScroll: true });
  history.openItem(id);
});
find(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  (grid.host.querySelector(/** @type {"div"} */ ("[data-item-id]")) ?? grid.host).focus();
});
moveByKey(grid.host, () => grid.columns);
playOnHover(grid.host, (id) => gallery.timeline.byId.get(id));

begin();
if (history.view.item) item.show(history.view.item);
