import asyncio

from hypothesis import given, strategies as st

from gateway.adapters.memory import MemoryStore
from gateway.api.edge.quotas import Quotas
from tests.fakes import FakeClock
from tests.gallery.fakes import BrokenStore

MINUTE = 60.0


@given(limit=st.integers(1, 50), asked=st.integers(0, 100))
async def test_so_many_pass_in_a_minute_and_no_more(limit: int, asked: int) -> None:
    quotas = Quotas(limit, None, FakeClock())

    told = [await quotas.count("key") for _ in range(asked)]

    assert sum(not quota.is_spent for quota in told) == min(limit, asked)
    left = [quota.remaining for quota in told]
    assert left == [max(0, limit - n) for n in range(1, asked + 1)]


@given(second=st.floats(0.0, MINUTE, exclude_max=True))
async def test_the_next_minute_begins_whole(second: float) -> None:
    clock = FakeClock()
    clock.turn(-clock.now() % MINUTE + second)
    quotas = Quotas(1, None, clock)
    await quotas.count("key")
    spent = await quotas.count("key")

    clock.turn(spent.reset_seconds)

    assert spent.is_spent
    assert not (await quotas.count("key")).is_spent


async def test_callers_do_not_use_up_each_others() -> None:
    quotas = Quotas(1, None, FakeClock())
    await quotas.count("one")

    assert not (await quotas.count("other")).is_spent


@given(limit=st.integers(1, 20), turns=st.lists(st.integers(0, 3), max_size=80))
async def test_replicas_let_pass_as_many_as_one_would(
    limit: int, turns: list[int]
) -> None:
    clock = FakeClock()
    shared = MemoryStore(limit_bytes=10_000, clock=clock)
    replicas = [Quotas(limit, shared, clock) for _ in range(4)]

    told = [await replicas[turn].count("key") for turn in turns]

    assert sum(not quota.is_spent for quota in told) == min(limit, len(turns))


async def test_replicas_sum_up_what_they_counted_between() -> None:
    clock = FakeClock()
    shared = MemoryStore(limit_bytes=10_000, clock=clock)
    replicas = [Quotas(1_000, shared, clock) for _ in range(2)]
    key = f"quota:key:{int(clock.now() // MINUTE)}"
    for _ in range(50):
        for quotas in replicas:
            await quotas.count("key")

    async with asyncio.timeout(5):
        while await shared.get(key) != b"100":  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.01)

    told = [(await quotas.count("key")).remaining for quotas in replicas]
    assert all(880 <= remaining <= 910 for remaining in told)


async def test_a_limit_that_two_replicas_use_up_at_once_is_kept() -> None:
    clock = FakeClock()
    shared = MemoryStore(limit_bytes=10_000, clock=clock)
    replicas = [Quotas(200, shared, clock) for _ in range(2)]

    told = await asyncio.gather(*(replicas[n % 2].count("key") for n in range(1_000)))

    assert sum(not quota.is_spent for quota in told) == 200


async def test_each_counts_alone_while_the_store_is_away() -> None:
    quotas = Quotas(3, BrokenStore(), FakeClock())

    told = [(await quotas.count("key")).is_spent for _ in range(4)]
    await asyncio.sleep(0.2)

    assert told == [False, False, False, True]
    assert (await quotas.count("key")).is_spent
