"""Whether two pages chain: whether no entry of their list lies between them."""

from gateway.crawl.page import Page
from gateway.crawl.search import Reading


def chain(here: Page, onward: Reading) -> int | None:
    """Return the index in `onward` that follows `here`; None if they do not chain.

    A page that was kept may be older than this one, and still hold what has been
    deleted since: it must join to this one's very last entry.
    """
    page = onward.page
    if not onward.is_new:
        return _join(here, page)
    if _overlaps(here, page):
        return 1 + max(i for i, e in enumerate(page.entries) if e.id in here.ids)
    return 0 if page.predecessor is not None and page.predecessor in here.ids else None


def follows(here: Page, kept: Page) -> bool:
    """Return whether a kept page may be stepped into as it is, whatever its age."""
    return _join(here, kept) is not None and not repeats(here, kept)


def _join(here: Page, kept: Page) -> int | None:
    last = here.last_id
    if last is not None and kept.predecessor == last:
        return 0
    if last not in kept.ids or not _overlaps(here, kept):
        return None
    return 1 + next(i for i, entry in enumerate(kept.entries) if entry.id == last)


def _overlaps(here: Page, onward: Page) -> bool:
    """Return whether one page begins in the other, as when the list has moved between.

    An id that an upstream lists twice may be in both without that.
    """
    if not here.entries or not onward.entries:
        return False
    first, onward_first = here.entries[0].id, onward.entries[0].id
    return onward_first in here.ids or first in onward.ids


def repeats(here: Page, onward: Page) -> bool:
    """Return whether the next page is this one again; malformed entries prove nothing."""
    return bool(here.items) and here.ids == onward.ids and here.total == onward.total
