/** Views have addresses: filters and the open item, read from and written to the query. */

const PLAIN = new Set(["provider", "kind", "status", "q", "created_after", "created_before"]);
const ONCE = new Set(["q", "created_after", "created_before"]);
const DAY_ALONE = /^\d{4}-\d{2}-\d{2}$/;

/** @typedef {{query: URLSearchParams, item: string | null}} View */

/** @param {string} search @returns {View} */
export function readView(search) {
  const given = new URLSearchParams(search);
  const query = new URLSearchParams();
  for (const [name, value] of given) {
    if (!isFilter(name) || !value.trim() || (ONCE.has(name) && query.has(name))) continue;
    if (!query.has(name, value)) query.append(name, DAY_ALONE.test(value) ? new Date(`${value}T00:00`).toISOString() : value);
  }
  return { query, item: given.get("item") };
}

/** @param {View} view */
export function toAddress({ query, item }) {
  const all = new URLSearchParams(query);
  if (item) all.set("item", item);
  const spelt = all.toString().replaceAll("%3A", ":");
  return spelt ? `?${spelt}` : location.pathname;
}

/** Tell a filter of the gallery, or of a provider's own, from what else an address may hold.
 * @param {string} name */
function isFilter(name) {
  return PLAIN.has(name) || /^[a-z0-9_-]+\.\w+$/.test(name);
}

/** The view that is shown, kept in the browser's history. */
export class History {
  /** @param {(view: View, isBack: boolean) => void} show */
  constructor(show) {
    this.view = readView(location.search);
    this.show = show;
    window.addEventListener("popstate", () => {
      this.view = readView(location.search);
      this.show(this.view, true);
    });
  }

  /** @param {Partial<View>} change @param {{replace?: boolean}} [how] */
  go(change, { replace = false } = {}) {
    const view = { ...this.view, ...change };
    const address = toAddress(view);
    if (address === toAddress(this.view)) return;
    this.view = view;
    history[replace ? "replaceState" : "pushState"]({ isOurs: true }, "", address);
    this.show(view, false);
  }

  /** Leave the item: back to where it was opened from, if that was here. */
  leaveItem() {
    if (!this.view.item) return;
    if (history.state?.opened) history.back();
    else this.go({ item: null }, { replace: true });
  }

  /** @param {string} item */
  openItem(item) {
    if (this.view.item) {
      const opened = Boolean(history.state?.opened);
      this.view = { ...this.view, item };
      history.replaceState({ opened }, "", toAddress(this.view));
    } else {
      this.view = { ...this.view, item };
      history.pushState({ opened: true }, "", toAddress(this.view));
    }
    this.show(this.view, false);
  }
}
