"""Whether two pages chain: whether no entry of their list lies between them."""

from gateway.core.page import Page


def chain(here: Page, onward: Page) -> int | None:
    """Give the index in `onward` that follows `here`; None if they do not chain."""
    if onward.entries and onward.entries[0].id in here.ids:
        return _end_of_run(onward, 0, here.ids)
    if onward.link is not None and onward.link in here.ids:
        return 0
    if here.entries and here.entries[0].id in onward.ids:
        first = here.entries[0].id
        begin = next(i for i, entry in enumerate(onward.entries) if entry.id == first)
        return _end_of_run(onward, begin, here.ids)
    return None


def _end_of_run(page: Page, begin: int, ids: frozenset[str]) -> int:
    index = begin
    while index < len(page.entries) and page.entries[index].id in ids:
        index += 1
    return index


def repeats(here: Page, onward: Page) -> bool:
    """Tell whether the next page is this one again; malformed entries prove nothing."""
    return bool(here.items) and here.ids == onward.ids and here.total == onward.total
