import asyncio

from hypothesis import given, strategies as st

from gateway.adapters.memory import MemoryStore
from gateway.service.quotas import Quotas
from tests.fakes import FakeClock
from tests.service.fakes import BrokenStore

MINUTE = 60.0


@given(limit=st.integers(1, 50), asked=st.integers(0, 100))
def test_so_many_pass_in_a_minute_and_no_more(limit: int, asked: int) -> None:
    quotas = Quotas(limit, None, FakeClock())

    told = [quotas.count("key") for _ in range(asked)]

    assert sum(not quota.is_spent for quota in told) == min(limit, asked)
    left = [quota.remaining for quota in told]
    assert left == [max(0, limit - n) for n in range(1, asked + 1)]


def test_the_next_minute_begins_whole() -> None:
    clock = FakeClock()
    quotas = Quotas(1, None, clock)
    quotas.count("key")
    spent = quotas.count("key")

    clock.turn(spent.reset_seconds)

    assert spent.is_spent
    assert not quotas.count("key").is_spent


def test_callers_do_not_use_up_each_others() -> None:
    quotas = Quotas(1, None, FakeClock())
    quotas.count("one")

    assert not quotas.count("other").is_spent


async def test_replicas_sum_up_what_they_counted() -> None:
    clock = FakeClock()
    shared = MemoryStore(limit_bytes=10_000, clock=clock)
    one, other = Quotas(10, shared, clock), Quotas(10, shared, clock)
    for _ in range(6):
        one.count("key")
    for _ in range(3):
        other.count("key")

    async with asyncio.timeout(5):
        for quotas in (one, other):
            while not quotas.count("key").is_spent:  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(0.01)

    kept = await shared.get(f"quota:key:{int(clock.now() // MINUTE)}")
    assert kept is not None
    assert 10 <= int(kept) <= 20


async def test_each_counts_alone_while_the_store_is_away() -> None:
    quotas = Quotas(3, BrokenStore(), FakeClock())

    told = [quotas.count("key").is_spent for _ in range(4)]
    await asyncio.sleep(0.2)

    assert told == [False, False, False, True]
    assert quotas.count("key").is_spent
