"""A model of upstreams whose lists move while they are read, and of their cache."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from msgspec import Struct

from gateway.crawl.chain import follows
from gateway.crawl.lane import Lane
from gateway.crawl.page import Page, inherit_predecessor, to_page
from gateway.crawl.search import Read, Reading
from gateway.plugin.model import GalleryItem
from gateway.plugin.provider import (
    Entry,
    Listing,
    Numbered,
    PageKey,
    Tokened,
    UpstreamPage,
)
from gateway.plugin.times import from_epoch_ms

START_MS = 1_700_000_000_000
LATER = 4_000_000_000.0


class Request(Struct, frozen=True):
    """The model's own part of a listing."""

    upstream: str


@dataclass
class Row:
    entry: Entry
    serial: int
    born: int


@dataclass
class Upstream:
    """One list; `serial` numbers stand for the upstream's own order, newest highest."""

    name: str
    listing: Listing
    page_size: int
    rows: list[Row] = field(default_factory=list)
    moves: int = 0
    moves_at: dict[float, int] = field(default_factory=dict)
    _serial: int = 0

    def insert(self, tick: int, time: str | None, *, malformed: bool = False) -> None:
        self._serial += 1
        self.moves += 1
        item_id = f"{self.name}:{self._serial}"
        item = GalleryItem(
            id=item_id,
            provider=self.name,
            kind="image" if self._serial % 3 else "video",
            status="ready",
            created_at=time,
        )
        entry = Entry(item_id, None if malformed else item)
        self.rows.insert(0, Row(entry, self._serial, tick))

    def delete(self, start: int, count: int) -> None:
        self.moves += len(self.rows[start : start + count])
        del self.rows[start : start + count]

    def read(self, key: PageKey, tick: int) -> Page:
        self.moves_at[tick] = self.moves
        paging = self.listing.paging
        match paging:
            case Tokened():
                upstream = self._after(str(key))
            case Numbered(size=None, totals=True):
                upstream = UpstreamPage(
                    entries=[row.entry for row in self.rows],
                    is_last=True,
                    total=len(self.rows),
                )
            case Numbered(first=first):
                upstream = self._numbered(int(key) - first, totals=paging.totals)
        return to_page(
            upstream, size=paging.size, asked_at=tick, received_at=LATER, held=tick + 1
        )

    def _numbered(self, index: int, *, totals: bool) -> UpstreamPage:
        end = (index + 1) * self.page_size
        return UpstreamPage(
            entries=[row.entry for row in self.rows[end - self.page_size : end]],
            is_last=end >= len(self.rows) if totals else None,
            total=len(self.rows) if totals else None,
        )

    def _after(self, token: str) -> UpstreamPage:
        serial = int(token) if token else math.inf
        rows = [row for row in self.rows if row.serial < serial]
        page = rows[: self.page_size]
        return UpstreamPage(
            entries=[row.entry for row in page],
            next_token=str(page[-1].serial) if len(rows) > self.page_size else None,
        )


NAMES = ("plain", "ranked", "tokened", "totals", "whole")


def to_listing(name: str, page_size: int) -> Listing:
    match name:
        case "totals":
            paging: Numbered | Tokened = Numbered(first=1, size=page_size, totals=True)
        case "tokened":
            paging = Tokened(size=page_size)
        case _:
            paging = Numbered(totals=name == "whole")
    is_ranked = name == "ranked"
    return Listing(
        request=Request(name),
        paging=paging,
        is_sorted=not is_ranked,
        enters_at_top=not is_ranked,
    )


class Shelf:
    """The pages that some replica has read, of all ages, with the links they won.

    `shared` are calls by the tick that they were to begin after: who wants a page
    after the same tick may take the call's answer, too.
    """

    def __init__(self) -> None:
        self.shared: dict[tuple[str, PageKey, int], Page] = {}
        self._pages: defaultdict[tuple[str, PageKey], list[Page]] = defaultdict(list)

    def choose(self, name: str, key: PageKey, pick: int) -> Page | None:
        """Return one of the last three reads, or none."""
        pages = self._pages[name, key][-3:]
        return pages[pick] if pick < len(pages) else None

    def keep(self, listing: Listing, name: str, key: PageKey, page: Page) -> Page:
        kept = self._pages[name, key]
        if kept and listing.enters_at_top:
            page = inherit_predecessor(kept[-1], page)
        kept.append(page)
        return page

    def relink(self, name: str, key: PageKey, linked: Page) -> None:
        kept = self._pages[name, key]
        kept[:] = [linked if p.asked_at == linked.asked_at else p for p in kept]

    def clear(self) -> None:
        self._pages.clear()
        self.shared.clear()


class Change(NamedTuple):
    """Something that happens to a list, in terms that hypothesis can draw."""

    upstream: int
    verb: str
    where: int
    count: int


class World:
    """All upstreams and their clock; changes come to it one at a time."""

    def __init__(self, names: Sequence[str], page_size: int) -> None:
        self.tick = 0
        self.page_size = page_size
        self.upstreams = {
            name: Upstream(name, to_listing(name, page_size), page_size)
            for name in names
        }
        self.shelf = Shelf()
        self._minutes = 0

    def turn(self) -> int:
        """Return a tick that is no other's."""
        self.tick += 1
        return self.tick

    def apply(self, change: Change) -> None:
        self.turn()
        names = sorted(self.upstreams)
        upstream = self.upstreams[names[change.upstream % len(names)]]
        match change.verb:
            case "delete":
                where = change.where % (len(upstream.rows) or 1)
                upstream.delete(where, change.count)
            case "tie":
                self._insert(upstream, change.count, spread(self._minutes))
            case "timeless":
                self._insert(upstream, change.count, None)
            case "stray":
                self._insert(upstream, 1, spread(change.where - 100_000))
            case "malformed":
                upstream.insert(self.tick, None, malformed=True)
            case _:
                for _ in range(change.count):
                    self._minutes += 1
                    self._insert(upstream, 1, spread(self._minutes))

    def _insert(self, upstream: Upstream, count: int, time: str | None) -> None:
        for _ in range(count):
            upstream.insert(self.tick, time)


class Reader:
    """Answers one request's reads, moving the lists between them.

    No change lands between the two calls that check one boundary of a list without
    totals: the one case that the contract excepts.
    """

    def __init__(
        self, world: World, picks: Iterator[int], changes: Iterator[Change]
    ) -> None:
        self._world = world
        self._picks = picks
        self._changes = changes
        self._last: dict[str, PageKey] = {}
        self._held: dict[str, int] = {}
        self.calls: Counter[str] = Counter()
        self.oldest: dict[str, float] = {}
        self.moves: dict[str, int] = {}
        self.has_kept = False
        self._answered: set[tuple[str, PageKey, int]] = set()

    def answer(self, lane: Lane, want: Read) -> Reading:
        """Answer a read, which is none that a call has answered for this request.

        A call's answer is at hand for a while for whoever wants a page after the same
        tick. A walk that asked for that again would go in circles all the while.
        """
        name = lane.provider
        asked = (name, want.page, want.after)
        assert asked not in self._answered, "asked twice"
        kept = None
        if not want.after or want.here is not None:
            kept = self._world.shelf.choose(name, want.page, next(self._picks, 9))
        if kept and want.here is not None and not follows(want.here, kept):
            kept = None
        self.has_kept |= kept is not None
        shared = None
        if kept is None and want.after and next(self._picks, 9) < 3:
            shared = self._world.shelf.shared.get((name, want.page, want.after))
            self.has_kept |= shared is not None
        if kept is None and want.after:
            self._answered.add(asked)
        page = kept or shared or self._call(self._world.upstreams[name], want)
        is_close = shared is not None or self._held.get(name) == want.after
        self._held[name] = page.held if kept is shared is None else 0
        moves = self._world.upstreams[name].moves_at[page.asked_at]
        self.moves[name] = min(self.moves.get(name, moves), moves)
        oldest = self.oldest.get(name, page.asked_at)
        self.oldest[name] = min(oldest, page.asked_at)
        return Reading(page, kept is None, is_close)

    def _call(self, upstream: Upstream, want: Read) -> Page:
        name, listing = upstream.name, upstream.listing
        onward = want.page + 1 if isinstance(want.page, int) else None
        is_check = want.after and self._last.get(name) == onward
        has_totals = isinstance(listing.paging, Numbered) and listing.paging.totals
        if has_totals or not is_check:
            for change in islice(self._changes, 1):
                self._world.apply(change)
        self.calls[name] += 1
        self._last[name] = want.page
        self._world.tick += 2
        shelf = self._world.shelf
        page = upstream.read(want.page, self._world.tick)
        page = shelf.keep(listing, name, want.page, page)
        if want.after:
            shelf.shared[name, want.page, want.after] = page
        return page


EARLIEST = str(from_epoch_ms(START_MS))
"""Only strays, which are out of order, have a time before this."""


def spread(minutes: int) -> str | None:
    """Return a time so many minutes after the model's beginning."""
    return from_epoch_ms(START_MS + minutes * 60_000)
