"""Turns at pages over replicas: no lease outlives what it is for, and none is waited for."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import msgspec
from hypothesis import given, settings, strategies as st
from msgspec import Struct

from gateway.adapters.memory import MemoryStore
from gateway.crawl.search import Read
from gateway.pages.requests import ListRequest
from gateway.plugin.errors import UnavailableError
from gateway.plugin.provider import Listing, PageKey, UpstreamPage
from gateway.plugin.query import Query
from gateway.ports.metrics import Event, LeaseWaited
from gateway.ports.stores import Claim
from gateway.sealing.digest import to_key
from tests.gallery.fakes import FakeProvider, NoFilters, Stand, to_item
from tests.histories import HISTORIES
from tests.virtual_time import LoopClock, run

IDLE_SECONDS = 0.12
"""What may lie between two calls for a page, or after the last one: to share it."""
STEP_SECONDS = 0.005
LONGEST_CALL_SECONDS = 0.5
ITEMS = 23


class Waits:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, LeaseWaited) and event.kind == "page":
            self.seconds.append(event.seconds)


class Noting(MemoryStore):
    """One process's way to a store that all share: which leases it has taken."""

    def __init__(self, shared: MemoryStore) -> None:
        self._all = shared
        self.taken: set[str] = set()

    def __getattribute__(self, name: str) -> Any:
        noted = {"_all", "taken", "claim", "get_or_claim", "delete_if_equal"}
        if name in noted or name.startswith("__"):
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "_all"), name)

    async def claim(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        is_taken = await self._all.claim(key, value, keep_seconds=keep_seconds)
        if is_taken:
            self.taken.add(key)
        return is_taken

    async def get_or_claim(
        self, key: str, claim: Claim, *, least_seconds: float
    ) -> tuple[bytes | None, bool | None]:
        value, is_taken = await self._all.get_or_claim(
            key, claim, least_seconds=least_seconds
        )
        if is_taken:
            self.taken.add(claim.key)
        return value, is_taken

    async def delete_if_equal(self, key: str, value: bytes) -> None:
        await self._all.delete_if_equal(key, value)
        self.taken.discard(key)


class Upstream:
    """The list that all processes read."""

    def __init__(self, durations: list[float]) -> None:
        self.items = [to_item("studio", serial) for serial in range(ITEMS, 0, -1)]
        self.durations: Iterator[float] = cycle(durations)
        self._newest = ITEMS

    def insert(self) -> None:
        self._newest += 1
        self.items.insert(0, to_item("studio", self._newest))

    def delete(self, index: int) -> None:
        if self.items:
            del self.items[index % len(self.items)]


class Calling(FakeProvider):
    """One process's way to it: which pages it is calling for."""

    def __init__(self, upstream: Upstream, *, totals: bool) -> None:
        super().__init__("studio")
        self.upstream = upstream
        self.totals = totals
        self.under_way: Counter[PageKey] = Counter()

    async def read(self, token: str, listing: Listing, page: PageKey) -> UpstreamPage:
        seconds = next(self.upstream.durations)
        self.under_way[page] += 1
        try:
            await asyncio.sleep(abs(seconds) / 2)
            self.items = self.upstream.items
            answer = await super().read(token, listing, page)
            await asyncio.sleep(abs(seconds) / 2)
            if seconds < 0:
                raise UnavailableError("it answered 503")
        finally:
            self.under_way[page] -= 1
        return answer


class Process:
    def __init__(
        self, upstream: Upstream, shared: MemoryStore, clock: LoopClock, *, totals: bool
    ) -> None:
        self.provider = Calling(upstream, totals=totals)
        self.store, self.waits = Noting(shared), Waits()
        self.stand = Stand(
            self.provider,
            shared=self.store,
            clock=clock,
            watch=self.waits,
            fresh_seconds=1.0,
        )
        listing = self.provider.listing(Query(), NoFilters())
        self._numbers = {
            to_key(msgspec.msgpack.encode((listing, number))): number
            for number in range(ITEMS)
        }
        self._idle_since: dict[str, float] = {}

    def check(self, now: float) -> None:
        """Hold each lease to a call that is under way for it, or was just now."""
        leases = {key for key in self.store.taken if key.startswith("lease:page:")}
        for key in leases:
            number = self._numbers[key.split(":")[4].strip("{}")]
            is_in_use = any(self.provider.under_way[n] for n in (number - 1, number))
            if is_in_use:
                self._idle_since.pop(key, None)
            idle_since = self._idle_since.setdefault(key, now)
            assert now - idle_since <= IDLE_SECONDS, f"{key} is kept for nothing"
        for key in self._idle_since.keys() - leases:
            del self._idle_since[key]


class Crawler(Struct, frozen=True, kw_only=True):
    process: int
    begins_at: float
    limit: int
    pause: float
    gives_up_after: float | None


class Move(Struct, frozen=True, kw_only=True):
    at: float
    deletes: int | None


class History(Struct, frozen=True, kw_only=True):
    """Crawlers beside each other over a list that moves; calls below 0 s fail."""

    processes: int
    totals: bool
    durations: list[float]
    crawlers: list[Crawler]
    moves: list[Move]


_moments = st.floats(0.0, 4.0)
_seconds = st.floats(0.0, LONGEST_CALL_SECONDS)


@st.composite
def histories(draw: st.DrawFn, processes: int) -> History:
    crawler = st.builds(
        Crawler,
        process=st.integers(0, processes - 1),
        begins_at=_moments,
        limit=st.sampled_from([3, 5, 7, 12]),
        pause=_seconds,
        gives_up_after=st.none() | _seconds,
    )
    move = st.builds(Move, at=_moments, deletes=st.none() | st.integers(0, ITEMS))
    call = _seconds | st.floats(-LONGEST_CALL_SECONDS, -0.01)
    return History(
        processes=processes,
        totals=draw(st.booleans()),
        durations=draw(st.lists(call, min_size=1, max_size=6)),
        crawlers=draw(st.lists(crawler, min_size=1, max_size=6)),
        moves=draw(st.lists(move, max_size=10)),
    )


async def play(history: History) -> list[Process]:
    """Let a history pass, and hold every process to its leases all the while."""
    loop = asyncio.get_running_loop()
    clock, upstream = LoopClock(loop), Upstream(history.durations)
    shared = MemoryStore(limit_bytes=2**24, clock=clock)
    processes = [
        Process(upstream, shared, clock, totals=history.totals)
        for _ in range(history.processes)
    ]
    tasks = [
        asyncio.create_task(_crawl(processes[crawler.process], crawler))
        for crawler in history.crawlers
    ]
    tasks += [asyncio.create_task(_move(upstream, move)) for move in history.moves]
    while not all(task.done() for task in tasks):
        for process in processes:
            process.check(loop.time())
        await asyncio.sleep(STEP_SECONDS)
    for task in tasks:
        task.result()
    for process in processes:
        await process.stand.pages.aclose()
        assert not process.store.taken
    return processes


async def _crawl(process: Process, crawler: Crawler) -> None:
    await asyncio.sleep(crawler.begins_at)
    cursor = None
    for _ in range(8):
        try:
            async with asyncio.timeout(crawler.gives_up_after):
                answer = await process.stand.page(cursor, limit=crawler.limit)
        except TimeoutError:
            await asyncio.sleep(crawler.pause)
            continue
        except Exception as error:  # noqa: BLE001  # the upstream may fail all the time
            assert type(error).__name__ == "NothingAnsweredError"  # noqa: PT017  # one of several outcomes
            return
        cursor = answer.page.next_cursor
        if cursor is None:
            return
        await asyncio.sleep(crawler.pause)


async def _move(upstream: Upstream, move: Move) -> None:
    await asyncio.sleep(move.at)
    if move.deletes is None:
        upstream.insert()
    else:
        upstream.delete(move.deletes)


async def _meet_a_page_that_joins_without_its_link() -> float:
    """Return the seconds of a second crawl's page, whose calls take none.

    Page 1 was read behind item 8, which was deleted meanwhile. It overlaps with page 0
    since four items were inserted, so its predecessor is never asked for: the lease on "page 1
    behind 8" had no end but its time. Page 1's refresh then took the place in which the
    process looked for its own leases; and the next who held page 0 waited.
    """
    loop = asyncio.get_running_loop()
    clock, upstream = LoopClock(loop), Upstream([0.0])
    del upstream.items[: ITEMS - 12]
    shared = MemoryStore(limit_bytes=2**24, clock=clock)
    process = Process(upstream, shared, clock, totals=False)
    await process.stand.page(limit=5)
    upstream.delete(4)
    for _ in range(4):
        upstream.insert()
    await process.stand.page(limit=10)
    await asyncio.sleep(2.1)
    await process.stand.pages.read(_to_asked(process), Read(1))
    await asyncio.sleep(0.1)
    begun_at = loop.time()

    await process.stand.page(limit=10)

    seconds = loop.time() - begun_at
    await process.stand.pages.aclose()
    return seconds


def _to_asked(process: Process) -> ListRequest:
    stand = process.stand
    listing = process.provider.listing(Query(), NoFilters())
    account = stand.tenant.accounts["studio"]
    return ListRequest(account=account, listing=listing, since=stand.pages.tick())


def test_a_page_that_joins_without_its_link_is_waited_for_by_nobody() -> None:
    assert run(_meet_a_page_that_joins_without_its_link()) < STEP_SECONDS


@settings(max_examples=max(HISTORIES // 5, 40))
@given(histories(processes=1))
def test_a_process_never_waits_for_itself(history: History) -> None:
    (process,) = run(play(history))

    assert not process.waits.seconds


def test_no_turn_is_kept_while_the_place_is_looked_for_elsewhere() -> None:
    """Page 1, read again to prove page 2, has moved on by more than a page."""
    moves = [Move(at=1.0, deletes=None)] * 5 + [Move(at=0.5, deletes=None)]
    crawler = Crawler(process=0, begins_at=0.0, limit=3, pause=0.0, gives_up_after=None)

    processes = run(
        play(
            History(
                processes=1,
                totals=False,
                durations=[0.5],
                crawlers=[crawler],
                moves=moves,
            )
        )
    )

    assert len(processes) == 1


def test_no_turn_is_kept_while_the_place_is_looked_for_further_down() -> None:
    """Page 1, read behind an item of the page before it, has moved on by a page and more.

    Another process has read page 0 so; this one goes on with page 2, which tells nothing
    of page 1's predecessor.
    """
    crawlers = [
        Crawler(process=n, begins_at=0.0, limit=3, pause=0.0, gives_up_after=None)
        for n in (0, 0, 0, 0, 0, 1)
    ]
    moves = [Move(at=1.0, deletes=None)] * 6

    processes = run(
        play(
            History(
                processes=3,
                totals=False,
                durations=[0.5],
                crawlers=crawlers,
                moves=moves,
            )
        )
    )

    assert len(processes) == 3


@settings(max_examples=max(HISTORIES // 5, 40))
@given(histories(processes=3))
def test_every_lease_of_a_process_is_dropped_or_has_a_call_under_way(
    history: History,
) -> None:
    processes = run(play(history))

    assert len(processes) == 3
