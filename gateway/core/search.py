"""Finding a crawl's place again in a list that has moved.

From the hinted page, go by the key: towards the head while pages are older than the
place, towards the end while they are newer, until an anchor, the key's gap inside one
page, or the list's head is found. Where times do not tell (equal ones, none, lists
sorted by rank), look for an anchor outwards from the hint.
"""

from collections.abc import Callable, Generator
from typing import NamedTuple, TypeAlias

from gateway.core.page import Page
from gateway.core.place import Side, Trail
from gateway.core.ports import PageKey


class Read(NamedTuple):
    """A page that is wanted; `anew`: by a call that begins after now."""

    page: PageKey
    anew: bool = False


class Reading(NamedTuple):
    """The answer; `is_new` tells that the call for it began after it was wanted."""

    page: Page
    is_new: bool


class Stand(NamedTuple):
    """A page, and the index in it from which entries have not been examined."""

    number: PageKey
    page: Page
    start: int
    by_anchor: bool = True


Reader: TypeAlias = Callable[[PageKey], Generator[Read | None, Reading | None, Reading]]
Search: TypeAlias = Generator[Read | None, Reading | None, Stand]

_FURTHEST = 40


def search(
    trail: Trail, first: int, number: int, reading: Reading, read: Reader
) -> Search:
    """Search from a page that has been read; `read` is asked for further ones.

    A place `k` pages away takes `k` reads up to eight, fewer beyond.
    """
    origin, newer, above = number, first - 1, None
    end: Stand | None = None
    while True:
        page = reading.page
        match trail.locate(page):
            case int(start):
                by_anchor = trail.find(page) is not None
                return Stand(number, page, start, by_anchor)
            case Side.UNCLEAR:
                return (yield from _search_around(trail, first, number, reading, read))
            case Side.EARLIER:
                above = number
            case Side.LATER:
                newer = number
                end = _adrift(number, page, len(page.entries))
                if page.is_last:
                    above = number + 1
        if above is not None and above <= newer + 1:
            return end or _adrift(number, page, 0)
        number = _next_probe(origin, newer if end else None, above, first)
        reading = yield from read(number)


def _adrift(number: PageKey, page: Page, start: int) -> Stand:
    return Stand(number, page, start, by_anchor=False)


def _next_probe(origin: int, newer: int | None, above: int | None, first: int) -> int:
    if newer is not None and above is not None:
        return (newer + above) // 2
    if newer is not None:
        return newer + max(1, (newer - origin) // 4)
    if above is not None:
        return max(first, above - max(1, (origin - above) // 4))
    raise AssertionError("a page was neither newer nor older")


def _search_around(
    trail: Trail, first: int, middle: int, reading: Reading, read: Reader
) -> Search:
    """Look for an anchor outwards, each way while the place may lie there.

    Without an anchor, settle at the earliest unclear page: nothing is lost there.
    """
    settled = _adrift(middle, reading.page, trail.tied_start(reading.page))
    open_ways = [-1] if reading.page.is_last else [-1, 1]
    for distance in range(1, _FURTHEST + 1):
        for way in tuple(open_ways):
            number = middle + way * distance
            if number < first:
                open_ways.remove(way)
                continue
            page = (yield from read(number)).page
            verdict = trail.locate(page)
            if isinstance(verdict, int):
                return Stand(number, page, verdict, trail.find(page) is not None)
            if verdict is _AWAY[way] or (way > 0 and page.is_last):
                open_ways.remove(way)
            if verdict is Side.UNCLEAR and way < 0 and trail.is_sorted:
                settled = _adrift(number, page, trail.tied_start(page))
    return settled


_AWAY = {-1: Side.LATER, 1: Side.EARLIER}


def search_by_token(
    trail: Trail, token: PageKey, reading: Reading, read: Reader
) -> Search:
    """Search forwards only: entries that came in push the place down, if anything."""
    unclear: Stand | None = None
    for _ in range(_FURTHEST):
        page = reading.page
        match trail.locate(page):
            case int(start):
                return Stand(token, page, start)
            case Side.EARLIER:
                return unclear or _adrift(token, page, 0)
            case Side.UNCLEAR:
                settled = _adrift(token, page, trail.tied_start(page))
                unclear = unclear or settled
            case Side.LATER:
                settled = _adrift(token, page, len(page.entries))
        if page.next_token is None:
            return unclear or settled
        token = page.next_token
        reading = yield from read(token)
    return unclear or _adrift(token, reading.page, 0)
