"""Finding a crawl's place again in a list that has moved.

From the hinted page, go by the key: towards the head while pages are older than the
place, towards the end while they are newer, until an anchor, the key's gap inside one
page, or the list's head is found. Where times do not tell (equal ones, none, lists
sorted by rank), look for an anchor outwards from the hint.
"""

from collections.abc import Callable, Generator
from typing import NamedTuple, TypeAlias

from gateway.crawl.page import Page
from gateway.crawl.position import Side, Trail
from gateway.plugin.provider import PageKey


class Read(NamedTuple):
    """A page that is wanted.

    Anything kept will do where `after` is 0. Else it must come from a call that began
    after that tick (`Page.held` counts in them), or it may be a kept page if that
    `follows` the page `here` (see `gateway.crawl.chain`).
    """

    page: PageKey
    after: int = 0
    here: Page | None = None


class Reading(NamedTuple):
    """The answer; `is_new` tells of a call that began after the tick, or the walk.

    `is_close` tells that it began so soon after the tick that the list had no time.
    """

    page: Page
    is_new: bool
    is_close: bool = True


class Stand(NamedTuple):
    """A page, and the index in it from which entries have not been examined.

    `onward` is the next page where the search has read that after this one.
    """

    number: PageKey
    page: Page
    start: int
    by_anchor: bool = True
    onward: Reading | None = None


Reader: TypeAlias = Callable[[PageKey], Generator[Read | None, Reading | None, Reading]]
Search: TypeAlias = Generator[Read | None, Reading | None, Stand]

_FURTHEST = 40
_NEAR = 8
"""How far to look where one odd time may be all that there is to go by."""
_AWAY = {-1: Side.LATER, 1: Side.EARLIER}


def search(
    trail: Trail, first: int, number: int, reading: Reading, read: Reader
) -> Search:
    """Search from a page that has been read; `read` is asked for further ones.

    A place `k` pages away takes `k` reads up to eight, fewer beyond.
    """
    stand = yield from _search(trail, first, number, reading, read)
    page = stand.page
    # The crawl went to d, and [a b][c d] has become [x a][b c][d e]: the anchors b and c are
    # found on the second page, and behind c comes d, which was given already.
    while (
        isinstance(stand.number, int)
        and stand.by_anchor
        and stand.start == len(page.entries)
        and not (trail.ends_in(page) or page.is_last)
    ):
        # An earlier anchor ends this page: the latest may be on the next one.
        onward = yield from read(stand.number + 1)
        page = onward.page
        found = trail.find(page)
        if found is None:
            return stand._replace(onward=onward)
        stand = Stand(stand.number + 1, page, found)
    return stand


def _search(
    trail: Trail, first: int, number: int, reading: Reading, read: Reader
) -> Search:
    origin, newer, above = number, first - 1, None
    seen = {number: reading.page}
    settled: Stand | None = None
    while settled is None:
        page = seen[number]
        found = trail.find(page)
        if found is not None:
            return Stand(number, page, found)
        match trail.locate(page):
            case Side.EARLIER if number > newer + 1:
                above = number
            # Pages are read one after another: where the list moves up meanwhile, the one
            # above may turn out older and the one below it newer. The two being neighbours
            # ends the search, which would go from one to the other for ever.
            case Side.LATER if above != number + 1 and not page.is_last:
                newer = number
            case Side.EARLIER if newer >= first:
                # From the end of the page before, for the step on proves the boundary.
                settled = _adrift(newer, seen[newer], len(seen[newer].entries))
                continue
            case _:
                settled = _adrift(number, page, trail.guess(page))
                continue
        number = _next_probe(origin, newer if newer >= first else None, above, first)
        if number not in seen:
            seen[number] = (yield from read(number)).page
    return (yield from _look_around(trail, first, settled, seen, read))


def _adrift(number: PageKey, page: Page, start: int) -> Stand:
    return Stand(number, page, start, by_anchor=False)


def _next_probe(origin: int, newer: int | None, above: int | None, first: int) -> int:
    # Between both, halve; else go on in steps that grow with the way that was gone, for a
    # place that is near is the rule, and one that is far must not cost a read a page.
    if newer is not None and above is not None:
        return (newer + above) // 2
    if newer is not None:
        return newer + max(1, (newer - origin) // 4)
    if above is not None:
        return max(first, above - max(1, (origin - above) // 4))
    raise AssertionError("a page was neither newer nor older")


def _look_around(
    trail: Trail, first: int, settled: Stand, seen: dict[int, Page], read: Reader
) -> Search:
    """Look for an anchor outwards, each way while the place may lie there.

    Odd times may have misled the search, or the list may have moved since a page next
    to the settled one was read: that is read again. Without an anchor, what was settled
    on stands, or the earliest page near it whose times do not tell: nothing is lost
    there.
    """
    middle = int(settled.number)
    # Page 2 was read, as [c d], and x came in before page 1 was, as [x a]: the anchor b has
    # gone from page 1 to page 2, and stands on neither as it was read.
    seen = _forget_neighbours(seen, middle)
    ways = [-1] if _is_end(settled.page) else [-1, 1]
    for distance in range(1, _FURTHEST + 1):
        for way in tuple(ways):
            number = middle + way * distance
            if number < first:
                ways.remove(way)
                continue
            if number not in seen:
                seen[number] = (yield from read(number)).page
            page = seen[number]
            found = trail.find(page)
            if found is not None:
                return Stand(number, page, found)
            verdict = trail.locate(page)
            is_away = verdict is _AWAY[way] and (
                trail.has_good_mark or distance > _NEAR
            )
            if is_away or (way > 0 and _is_end(page)):
                ways.remove(way)
            if verdict is Side.UNCLEAR and way < 0 and trail.is_sorted:
                settled = _adrift(number, page, trail.guess(page))
    return settled


def _is_end(page: Page) -> bool:
    return page.is_last or not page.entries


def _forget_neighbours(seen: dict[int, Page], middle: int) -> dict[int, Page]:
    """Leave out the pages next to one that were read before it."""
    numbers = list(seen)
    before = numbers[: numbers.index(middle)]
    return {
        number: page
        for number, page in seen.items()
        if number not in before or abs(number - middle) > 1
    }


def search_by_token(
    trail: Trail, token: PageKey, reading: Reading, read: Reader
) -> Search:
    """Search forwards only: entries that came in push the place down, if anything."""
    settled: Stand | None = None
    for _ in range(_FURTHEST):
        page = reading.page
        found = trail.find(page)
        if found is not None:
            return Stand(token, page, found)
        verdict = trail.locate(page)
        if verdict is not Side.LATER:
            settled = settled or _adrift(token, page, trail.guess(page))
        if verdict is Side.EARLIER or page.next_token is None:
            break
        token = page.next_token
        reading = yield from read(token)
    return settled or _adrift(token, reading.page, len(reading.page.entries))
