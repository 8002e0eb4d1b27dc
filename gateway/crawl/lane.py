"""One source's part in a merge: its walk, seen through the query's filters."""

import math
from enum import IntEnum
from typing import NamedTuple

from msgspec import Struct

from gateway.crawl.page import Page
from gateway.crawl.position import Position
from gateway.crawl.search import Read, Reading
from gateway.crawl.walk import Walk
from gateway.plugin.model import GalleryItem
from gateway.plugin.provider import Listing, Numbered, PageKey
from gateway.plugin.query import Query
from gateway.plugin.times import LATEST


class LaneOutcome(IntEnum):
    """How a source stands in its crawl."""

    OPEN = 0
    ENDED = 1
    REFUSED = 2


class Standing(Struct, frozen=True, array_like=True):
    """What a cursor keeps of one source; no place: it has not begun."""

    provider: str
    outcome: LaneOutcome = LaneOutcome.OPEN
    place: Position | None = None


class Allowance(NamedTuple):
    """What one page may take: items, and upstream pages where the query filters.

    `since` is the tick at which its reading begins.
    """

    limit: int
    scan_pages: int
    since: int = 1


class Lane:
    """Gives the matching items of one source in its own order.

    `head` is the next matching item and its sort key, None until more is read; `given`
    counts those before it.
    `rank` is the provider's place in the configuration. `is_out` is set when the
    source failed: the page goes on without it, and its place is kept.
    """

    def __init__(
        self,
        rank: int,
        listing: Listing,
        query: Query,
        standing: Standing,
        allowance: Allowance,
    ) -> None:
        self.rank = rank
        self.provider = standing.provider
        self.outcome = standing.outcome
        self.is_out = False
        self.is_late = False
        self.head: tuple[GalleryItem, str] | None = None
        self.given = 0
        self.calls = 0
        self._scanned: set[PageKey] = set()
        self.readings: list[Reading] = []
        self._listing = listing
        self._query = query
        self._allowance = allowance
        self._pages = allowance.scan_pages if query.is_filtering else None
        self._limit = allowance.limit
        self._examined = 0
        self._walk = Walk(listing, standing.place, since=allowance.since)

    @property
    def is_open(self) -> bool:
        """Return whether more may come of it on this page."""
        return self.outcome is LaneOutcome.OPEN and not self.is_out

    @property
    def through(self) -> str | None:
        """The time down to which the source has been read, clamped; None: not yet."""
        key = self._walk.key
        return None if key == LATEST else key

    @property
    def is_filtering(self) -> bool:
        return self._query.is_filtering

    @property
    def wants(self) -> Read | None:
        """The page to read before the merge can go on; None once it has had enough."""
        if self.head is not None or not self.is_open or self.is_paused:
            return None
        return self._walk.wants

    @property
    def is_paused(self) -> bool:
        """Return whether it has read as much as one page may cost, and moved on by it."""
        # Who has examined nothing goes on whatever it costs: the cursor would say the same
        # as before, and a crawl whose detours cost each page's budget would never move.
        is_spent = self.calls >= self._budget or self._has_scanned
        return self.head is None and is_spent and self._examined > 0

    @property
    def _has_scanned(self) -> bool:
        """Return whether it has read as many pages as one answer may scan."""
        pages = self._pages
        return pages is not None and len(self._scanned) >= pages + self.detour

    @property
    def is_overrun(self) -> bool:
        """Return whether it has read far more than that and got nowhere."""
        return self._examined == 0 and self.calls > 4 * self._budget

    @property
    def detour(self) -> int:
        """How many reads went into finding the place again after the list moved."""
        return self._walk.detour

    @property
    def bound(self) -> tuple[str, int]:
        """What still comes sorts no higher: newest key first, then lowest rank."""
        key = self.head[1] if self.head else self._walk.key
        return (key or LATEST, -self.rank)

    @property
    def _budget(self) -> int:
        """How many reads this page may cost (the contract's fifth promise)."""
        pages = self._pages or math.ceil(self._limit / self._page_size)
        paging = self._listing.paging
        has_totals = isinstance(paging, Numbered) and paging.totals
        is_cheap = has_totals and self._listing.enters_at_top
        return (pages + 2 if is_cheap else 2 * pages + 3) + self.detour

    @property
    def _page_size(self) -> int:
        seen = max((len(reading.page.entries) for reading in self.readings), default=1)
        return max(1, self._listing.paging.size or seen)

    def feed(self, reading: Reading) -> None:
        """Hand over the page that it wants."""
        self.readings.append(reading)
        if self._walk.wants is not None:
            self._scanned.add(self._walk.wants.page)
        if reading.is_new or self._pages:
            self.calls += 1
        self._walk.feed(reading)
        self._settle()

    def take(self) -> GalleryItem:
        """Move on past the head."""
        if self.head is None:
            raise LookupError("no item is at hand")
        item, _ = self.head
        self._walk.take()
        self.given += 1
        self._examined += 1
        self._settle()
        return item

    def take_proven(self) -> list[tuple[PageKey, Page]]:
        """Return the pages whose predecessor was proven since the last time."""
        proven, self._walk.proven = self._walk.proven, []
        return proven

    def close(self) -> None:
        """Read no more; where it stands can still be told."""
        self._walk.close()

    def begin_again(self, standing: Standing) -> "Lane":
        """Return a lane of the same source that begins at a standing of this one."""
        rank, listing, query = self.rank, self._listing, self._query
        return Lane(rank, listing, query, standing, self._allowance)

    def standing(self) -> Standing:
        """Return what the cursor is to keep; a list that is left needs no anchors."""
        place = self._walk.place()
        if place is not None and self.outcome is not LaneOutcome.OPEN:
            # the key stays: it tells how far down the source was read
            place = Position(place.page, b"", place.key, None)
        return Standing(self.provider, self.outcome, place)

    def _settle(self) -> None:
        """Examine entries up to the next that matches."""
        self.head = None
        while (head := self._walk.head) is not None:
            entry, key = head
            item = entry.item
            # All that follows is older still: a crawl of the last week would read years of
            # it, page by page, to find that none matches.
            if item is not None and self._is_past(item):
                self.outcome = LaneOutcome.ENDED
                return
            if item is not None and self._query.matches(item):
                self.head = (item, key)
                return
            self._walk.take()
            self._examined += 1
        if self._walk.ended:
            self.outcome = LaneOutcome.ENDED

    def _is_past(self, item: GalleryItem) -> bool:
        after, time = self._query.created_after, item.created_at
        return (
            self._listing.is_sorted
            and after is not None
            and time is not None
            and time < after
        )
