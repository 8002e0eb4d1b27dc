"""One replica at a time calls for a page; the others get what it got."""

import asyncio

from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.coordination.leases import Lease
from gateway.crawl.search import Read
from gateway.pages.freshness import Freshness, Keeping
from gateway.pages.leased import Leased
from gateway.pages.requests import PageRequest, PageResult
from gateway.pages.tiers import Tiers
from gateway.pages.turns import Turn, Turns
from gateway.ports.caches import Caches
from gateway.ports.metrics import Event, FlightSaved, PageFound
from gateway.ports.stores import Stores
from tests.fakes import FakeClock
from tests.pages.readers import KEY, Below, to_entries, to_page, to_request


class Replica:
    def __init__(self, shared: MemoryStore | None, clock: FakeClock) -> None:
        self.events: list[Event] = []
        own = MemoryStore(limit_bytes=1_000_000, clock=clock)
        stores = Stores(own=own, shared=shared, news=LocalNews(), caches=Caches())
        self.tiers = Tiers(stores, keep_seconds=60.0)
        self.turns = Turns(shared, self.events.append)
        self.page = to_page(entries=to_entries(3, 2, 1), at=clock.now())
        self.below = Below(PageResult(page=self.page))
        freshness = Freshness(Keeping(fresh_seconds=30.0), clock)
        self.read = Leased(self.below, self.tiers, freshness, self.events.append)

    def want(self) -> tuple[PageRequest, Turn]:
        turn = self.turns.at(KEY, Read(0)).hold()
        return to_request(Read(0), turn), turn

    async def ask(self) -> PageResult:
        want, turn = self.want()
        with turn:
            turn.release()
            return await self.read(want)

    async def share(self) -> None:
        self.tiers.put(KEY, self.page)
        await self.tiers.aclose()


async def test_without_a_shared_store_everybody_calls() -> None:
    replica = Replica(None, FakeClock())
    replica.below.gate.set()

    result = await replica.ask()

    assert (result.page, result.is_kept) == (replica.page, False)
    assert replica.events == [PageFound("none")]


async def test_a_page_that_another_replica_has_shared_is_taken() -> None:
    clock = FakeClock()
    shared = MemoryStore(limit_bytes=1_000_000, clock=clock)
    one, other = (Replica(shared, clock) for _ in range(2))
    await one.share()

    result = await other.ask()

    assert result.is_kept
    assert result.page is not None
    assert [entry.id for entry in result.page.entries] == [
        entry.id for entry in one.page.entries
    ]
    assert (other.below.asked, other.events) == ([], [PageFound("redis")])


async def test_one_that_is_too_old_is_called_for() -> None:
    clock = FakeClock()
    shared = MemoryStore(limit_bytes=1_000_000, clock=clock)
    one, other = (Replica(shared, clock) for _ in range(2))
    await one.share()
    other.below.gate.set()

    clock.turn(31.0)
    result = await other.ask()

    assert not result.is_kept
    assert len(other.below.asked) == 1


async def test_what_another_replica_is_about_to_have_is_waited_for() -> None:
    clock = FakeClock()
    shared = MemoryStore(limit_bytes=1_000_000, clock=clock)
    one, other = (Replica(shared, clock) for _ in range(2))
    lease = Lease(shared, KEY)
    await lease.take()
    waiting = asyncio.create_task(other.ask())
    await asyncio.sleep(0.01)

    await one.share()
    result = await waiting
    await lease.drop()

    assert result.is_kept
    assert other.below.asked == []
    assert FlightSaved("replica") in other.events
