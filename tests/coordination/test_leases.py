import asyncio

import pytest

from gateway.adapters.memory import MemoryStore
from gateway.concurrency import budget
from gateway.coordination.leases import LEASE_SECONDS, Lease, alone
from gateway.plugin.errors import StoreError
from tests.fakes import FakeClock
from tests.gallery.fakes import BrokenStore


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(clock: FakeClock) -> MemoryStore:
    return MemoryStore(limit_bytes=10_000, clock=clock)


async def test_only_one_takes_it_until_it_is_dropped(store: MemoryStore) -> None:
    one, other = Lease(store, "thing"), Lease(store, "thing")

    first = await one.take()
    second = await other.take()
    await one.drop()

    assert (first, second) == (True, False)
    assert await other.take()
    await other.drop()


async def test_who_waits_takes_it_once_it_is_dropped(store: MemoryStore) -> None:
    one, other = Lease(store, "thing"), Lease(store, "thing")
    await one.take()
    waiting = asyncio.create_task(other.wait())
    await asyncio.sleep(0)

    await one.drop()

    async with asyncio.timeout(5):
        assert await waiting is None
    assert not await one.take()
    await other.drop()


async def test_who_waits_goes_on_with_what_is_found_meanwhile(
    store: MemoryStore,
) -> None:
    one, other = Lease(store, "thing"), Lease(store, "thing")
    await one.take()
    found = iter([None, "it"])

    async def look() -> str | None:
        return next(found)

    async with asyncio.timeout(5):
        assert await other.wait(look) == "it"
    await other.drop()
    assert not await other.take()
    await one.drop()


async def test_a_dead_holders_lease_is_free_after_its_time(
    store: MemoryStore, clock: FakeClock
) -> None:
    dead = Lease(store, "thing")
    await dead.take()
    dead.leave()

    clock.turn(LEASE_SECONDS)

    other = Lease(store, "thing")
    assert await other.take()
    await other.drop()


async def test_a_lease_in_use_is_renewed(store: MemoryStore, clock: FakeClock) -> None:
    lease, other = Lease(store, "thing"), Lease(store, "thing")
    await lease.take()
    clock.turn(LEASE_SECONDS * 0.9)

    await asyncio.sleep(0.6)
    clock.turn(LEASE_SECONDS * 0.9)

    assert not await other.take()
    await lease.drop()


async def test_who_lost_it_does_not_drop_anothers(
    store: MemoryStore, clock: FakeClock
) -> None:
    lost, other, third = (Lease(store, "thing") for _ in range(3))
    await lost.take()
    clock.turn(LEASE_SECONDS)
    await other.take()

    await lost.drop()

    assert not await third.take()
    await other.drop()


async def test_nobody_can_be_asked_while_the_store_is_away() -> None:
    lease = Lease(BrokenStore(), "thing")

    with pytest.raises(StoreError):
        await lease.take()
    await lease.drop()


class _SlowStore(MemoryStore):
    """Answers a claim when the lease has run out, and another has taken it."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(limit_bytes=10_000, clock=clock)
        self._clock = clock

    async def claim(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        is_taken = await super().claim(key, value, keep_seconds=keep_seconds)
        self._clock.turn(keep_seconds)
        await super().claim(key, b"other", keep_seconds=keep_seconds)
        await asyncio.sleep(0.6)
        return is_taken


async def test_a_claim_that_is_answered_after_its_time_is_none(
    clock: FakeClock,
) -> None:
    lease = Lease(_SlowStore(clock), "thing")

    assert not await lease.take()
    await lease.drop()


class _LateStore(MemoryStore):
    """Hears a claim, and answers too late."""

    async def claim(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        await super().claim(key, value, keep_seconds=keep_seconds)
        raise StoreError("no answer in time")


async def test_a_claim_that_was_heard_but_not_answered_keeps_nobody_waiting(
    clock: FakeClock,
) -> None:
    store = _LateStore(limit_bytes=10_000, clock=clock)
    lease = Lease(store, "thing")
    with pytest.raises(StoreError):
        await lease.take()

    await lease.drop()

    assert await MemoryStore.claim(store, "lease:thing", b"other", keep_seconds=1)


class _WatchedStore(MemoryStore):
    """Notes what time a request has left when it is asked to release a key."""

    left: list[budget.Budget | None]

    async def delete_if_equal(self, key: str, value: bytes) -> None:
        self.left.append(budget.current())
        await super().delete_if_equal(key, value)


async def test_dropping_it_takes_none_of_a_requests_time(clock: FakeClock) -> None:
    store = _WatchedStore(limit_bytes=10_000, clock=clock)
    store.left = []
    lease, other = Lease(store, "thing"), Lease(store, "thing")
    await lease.take()

    with budget.allowing(0.0):
        await lease.drop()

    assert store.left == [None]
    assert await other.take()
    await other.drop()


async def test_who_wants_to_be_alone_waits_for_the_other(store: MemoryStore) -> None:
    order: list[str] = []

    async def work(name: str) -> None:
        async with alone(store, "thing"):
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    async with asyncio.timeout(5):
        await asyncio.gather(work("one"), work("other"))

    begun, ended, *later = order
    assert begun.removesuffix(" begins") == ended.removesuffix(" ends")
    assert len(later) == 2


async def test_who_wants_to_be_alone_goes_on_without_the_store() -> None:
    async with asyncio.timeout(5), alone(BrokenStore(), "thing"):
        pass


async def test_who_wants_to_be_alone_waits_no_longer_than_told(
    store: MemoryStore,
) -> None:
    other = Lease(store, "thing")
    await other.take()

    async with asyncio.timeout(5), alone(store, "thing", most_seconds=0.05):
        is_still_taken = other.is_kept

    assert is_still_taken
    await other.drop()
