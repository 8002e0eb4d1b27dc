"""One source: where a crawl stands in a moving list, and what it must read next.

The walk decides and does no I/O. It is always in one of three states: it has an
entry at hand (`head`), it wants a page (`wants`), or it has come to the list's end
(`ended`). It is lossless because it steps from a page to the next only when the two
are proven to chain: no entry of the list lies between them. The proofs:

* They overlap, or the next page's predecessor (the id that stood directly before it
  when it was read) is in this page. Whatever the pages' ages, entries that were in the
  list at both reads are in one of them.
* By totals: the next page was read after this one, and the list's length was not
  less. As entries enter at the top alone, none moved up across the boundary. (Were it
  to have moved down by more than a page, the next page's times would show it.)
* By reading this page again right after the next: its last entry is then the next
  page's predecessor. If this page has changed, the place is found in it first.

Comments give the counterexample that a step prevents: `[a b][c d]` are the pages of a list
`a b c d`, newest first, as they are numbered by the upstream at one moment.
"""

from collections.abc import Generator
from typing import TypeAlias

from gateway.crawl.chain import chain, follows, repeats
from gateway.crawl.page import Page
from gateway.crawl.position import Position, Side, Trail
from gateway.crawl.search import (
    Read,
    Reader,
    Reading,
    Search,
    Stand,
    search,
    search_by_token,
)
from gateway.plugin.provider import Entry, Listing, Numbered, PageKey
from gateway.plugin.times import LATEST

_MOST_SEARCHES = 3

_Steps: TypeAlias = Generator[Read | None, Reading | None, Stand | None]


class Walk:
    """A walk down one listing, from its head or from a place.

    `since` is the tick at which it begins (see `Page.held`).

    `head` is the next entry and its sort key: its time, clamped to its predecessor's.
    `proven` collects pages whose predecessor was found on the way, for the cache;
    `detour` counts the reads that went into finding the place again.
    """

    def __init__(
        self, listing: Listing, place: Position | None, *, since: int = 1
    ) -> None:
        self.head: tuple[Entry, str] | None = None
        self.wants: Read | None = None
        self.ended = False
        self.detour = 0
        self.proven: list[tuple[PageKey, Page]] = []
        self._latest = since
        self._answered: set[tuple[PageKey, int]] = set()
        self._paging = listing.paging
        self._trusts_totals = listing.enters_at_top
        self._trail = Trail(place, is_sorted=listing.is_sorted)
        self._behind: frozenset[str] = frozenset()
        self._ahead: tuple[Page, Reading] | None = None
        self._hint: PageKey = ""
        self._has_kept = False
        self._new: list[Page] = []
        self._steps = self._run(place)
        self._resume(None)

    @property
    def key(self) -> str | None:
        """The sort key of the last entry examined."""
        return self._trail.key

    def feed(self, reading: Reading) -> None:
        """Answer what the walk wants."""
        self._resume(reading)

    def take(self) -> Entry:
        """Examine the head: the place moves behind it."""
        if self.head is None:
            raise LookupError("no entry is at hand")
        entry, key = self.head
        self._trail.add(self._stand.page, self._index, key)
        self._hint = self._stand.number
        self._index += 1
        if not self._seek():
            self._resume(None)
        return entry

    def close(self) -> None:
        """Read no more; what it is made of refers to itself, and goes now, not later."""
        self._steps.close()

    def place(self) -> Position | None:
        """Return the place behind the last entry examined; None: the list's head."""
        return self._trail.to_place(self._hint)

    def _resume(self, reading: Reading | None) -> None:
        try:
            self.wants = self._steps.send(reading)
        except StopIteration:
            self.wants, self.ended = None, True

    def _run(
        self, place: Position | None
    ) -> Generator[Read | None, Reading | None, None]:
        stand: Stand | None
        stand = yield from (self._begin() if place is None else self._return_to(place))
        while stand is not None:
            self._stand, self._index = stand, stand.start
            if self._seek():
                yield None
            if stand.page.is_last or not stand.page.entries:
                return
            stand = yield from self._step(self._stand)

    def _seek(self) -> bool:
        """Move on to the next entry that the crawl has not seen just before."""
        page = self._stand.page
        while self._index < len(page.entries):
            entry = page.entries[self._index]
            # [a b][c d] becomes [x a][b c]: whoever comes from [a b] finds b here again.
            # More than the trail's anchors may have been pushed down: hence `_behind`.
            is_known = page.anchors[self._index] in self._trail
            if not is_known and entry.id not in self._behind:
                self.head = (entry, self._to_key(page))
                return True
            self._index += 1
        self.head = None
        return False

    def _to_key(self, page: Page) -> str:
        # Of times 9, 5, 7 in this order the last counts as 5: by 7 it would sort before
        # what the merge has already given of another source at 6.
        time = page.times[self._index]
        last = self._trail.key
        if last is not None:
            return last if time is None else min(time, last)
        return time or next(filter(None, page.times[self._index :]), LATEST)

    def _read(
        self, number: PageKey, after: int = 0, here: Page | None = None
    ) -> Generator[Read | None, Reading | None, Reading]:
        """Read a page; one that a call has answered already, as it is after all of them.

        An answer is at hand for a while for whoever wants a page after the same tick:
        a walk that took it again would come to where it was, and go in circles.
        """
        is_again = (number, after) in self._answered
        after = self._latest if is_again else after
        reading = yield Read(number, after, here)
        if reading is None:
            raise LookupError("the walk waits for a page")
        if is_again:  # not soon after the tick that was asked for
            reading = reading._replace(is_close=False)
        if after and reading.is_new:
            self._answered.add((number, after))
        if reading.is_new:
            self._new.append(reading.page)
            self._latest = max(self._latest, reading.page.held)
        return reading

    def _begin(self) -> Search:
        first = self._paging.first if isinstance(self._paging, Numbered) else ""
        self._hint = first
        reading = yield from self._read(first)
        return Stand(first, reading.page, 0)

    def _return_to(self, place: Position) -> Search:
        """Find the place again, from the page where it was last."""
        self._hint = place.page
        reading = yield from self._read(place.page)
        stand = yield from self._search(place.page, reading)
        self._trail.resample(stand.page, stand.start)
        return stand

    def _search(self, number: PageKey, reading: Reading) -> Search:
        """Find the place; again where what was found may be mistaken.

        Kept pages may be too old to have the latest anchor. While a list is searched
        whose times do not tell, a change may move the anchors to a page that was read
        already.
        """
        self._has_kept = not reading.is_new
        stand = yield from self._search_once(number, reading, self._detour)
        for _ in range(_MOST_SEARCHES - 1):
            # After a to e, a kept page [b c] that is older than the reads they came from
            # leads behind c: d and e would be repeated from whatever follows it.
            is_outdated = self._has_kept and not self._trail.ends_in(stand.page)
            if not is_outdated and not self._is_lost(stand):
                break
            if self._is_near(stand):
                number = stand.number
            reading = yield from self._detour_anew(number)
            is_at_rest = reading.page.ids == stand.page.ids and self._trail.is_sorted
            if is_at_rest and not is_outdated:
                break
            self._has_kept = False
            stand = yield from self._search_once(number, reading, self._detour_anew)
        if stand.onward is not None:  # the step on takes it: it was no detour
            self.detour -= 1
        self._hint = stand.number
        return stand

    def _is_near(self, stand: Stand) -> bool:
        """Return whether to search on from there, not from where it began.

        Tokens only lead forwards, and one odd time may have led astray.
        """
        is_numbered = isinstance(stand.number, int)
        return is_numbered and (stand.by_anchor or self._trail.has_good_mark)

    def _is_lost(self, stand: Stand) -> bool:
        """Return whether neither an anchor nor the times tell of the place."""
        if stand.by_anchor:
            return False
        is_unclear = self._trail.locate(stand.page) is Side.UNCLEAR
        return is_unclear or not self._trail.is_sorted

    def _search_once(self, number: PageKey, reading: Reading, read: Reader) -> Search:
        trail, paging = self._trail, self._paging
        if isinstance(number, int) and isinstance(paging, Numbered):
            return (yield from search(trail, paging.first, number, reading, read))
        return (yield from search_by_token(trail, number, reading, read))

    def _detour(
        self, number: PageKey, after: int = 0
    ) -> Generator[Read | None, Reading | None, Reading]:
        self.detour += 1
        self._hint = number
        reading = yield from self._read(number, after)
        self._has_kept = self._has_kept or not reading.is_new
        return reading

    def _detour_anew(
        self, number: PageKey
    ) -> Generator[Read | None, Reading | None, Reading]:
        """Read a page as it is after all that was read anew so far, and no older."""
        return (yield from self._detour(number, self._latest))

    def _step(self, here: Stand) -> _Steps:
        """Step on to the next page, or back into this one where the list has moved."""
        if isinstance(here.number, str):
            return (yield from self._follow(here))
        number = here.number + 1
        onward = here.onward or self._take_ahead(here.page)
        # A kept page may be older than this one: [d e] was read while [b c] stood before it,
        # then a came in, and behind [a b] it lacks c. So it must join to the last entry.
        if onward is None or not (onward.is_new or follows(here.page, onward.page)):
            onward = yield from self._read(number, here.page.held, here.page)
        start = chain(here.page, onward)
        if start is None:
            return (yield from self._prove(here, number, onward))
        if repeats(here.page, onward.page):
            # Either so many entries came in that this page is the next one now, and has
            # others before it, or the upstream gives its last page again for each number
            # beyond the end: then this one is the same still, and the walk has ended.
            again = yield from self._read(here.number, onward.page.held)
            if not again.is_close:
                return (yield from self._search(here.number, again))
            if repeats(again.page, onward.page):
                return None
        return self._arrive(here, number, onward, start)

    def _prove(self, here: Stand, number: int, onward: Reading) -> _Steps:
        """Prove that nothing lies between this page and the next, just read anew."""
        # [a b][c d][e f] becomes [b c][d e][f] while the first page is held: c has moved
        # up across the boundary, and whoever steps from [a b] into [d e] loses it.
        growth = self._growth(here.page, onward.page)
        if growth is not None and self._follows(here.page, onward.page, growth):
            onward = self._with_predecessor(number, onward, here.page.last_id)
            return self._arrive(here, number, onward, 0)
        again = yield from self._read(number - 1, onward.page.held)
        if growth is None and again.is_close:
            # whatever has become of this page since it was read: the two calls came so
            # close to each other that the list had no time to move between them
            onward = self._with_predecessor(number, onward, again.page.last_id)
            self._ahead = again.page, onward
        is_at_rest = again.is_close and (
            self._is_new(here.page) or self._trail.is_before(onward.page)
        )
        # What was deleted may stand on either side of the boundary: that this page ends as
        # before tells nothing where the next one was read before another entry came in.
        has_shrunk = growth is not None and growth < 0
        if again.page.last_id == here.page.last_id and is_at_rest and not has_shrunk:
            return self._arrive(here, number, onward, 0)
        return (yield from self._search(number - 1, again))

    def _growth(self, here: Page, onward: Page) -> int | None:
        """Count by how much the list has grown; None if totals cannot tell."""
        if not self._trusts_totals or here.total is None or onward.total is None:
            return None
        return onward.total - here.total

    def _follows(self, here: Page, onward: Page, growth: int) -> bool:
        """Return whether the next page, without overlap, is proven to follow by totals.

        A list that has moved down by more than a page shows what lies before: times
        tell, or that there was no time for it.
        """
        if growth < 0:
            return False
        # w to z enter before [a b][c d], which makes it [w x][y z][a b][c d]: the next page
        # is [y z], and has no entry of this one. With four others deleted the list is as
        # long as before: hence a page that was kept proves nothing by totals alone.
        has_stayed = growth < len(here.entries) and self._is_new(here)
        is_newer = self._trail.locate(onward) is Side.LATER
        return self._trail.is_before(onward) or (has_stayed and not is_newer)

    def _is_new(self, page: Page) -> bool:
        """Return whether a page was read for this walk: its list had no time to turn."""
        return any(page is read for read in self._new)

    def _with_predecessor(
        self, number: PageKey, onward: Reading, predecessor: str | None
    ) -> Reading:
        page = onward.page.following(predecessor)
        self._new.append(page)
        if predecessor is not None:
            self.proven.append((number, page))
        return onward._replace(page=page)

    def _take_ahead(self, here: Page) -> Reading | None:
        """Return the next page if it was read just before this very read of this one."""
        ahead, self._ahead = self._ahead, None
        return ahead[1] if ahead and ahead[0] is here else None

    def _arrive(
        self, here: Stand, number: PageKey, onward: Reading, start: int
    ) -> Stand:
        if not here.by_anchor:
            found = self._trail.locate(onward.page)
            start = max(start, found) if isinstance(found, int) else start
        # With nothing new on this page, the place itself may lie further on: until then
        # times go on to tell where it is.
        has_new = start < len(onward.page.entries)
        self._behind |= here.page.ids
        return Stand(number, onward.page, start, by_anchor=has_new)

    def _follow(self, here: Stand) -> _Steps:
        """Go by the upstream's own token."""
        token = here.page.next_token
        if token is None:
            return None
        onward = yield from self._read(token)
        return self._arrive(here, token, onward, 0)
