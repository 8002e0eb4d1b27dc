import pytest

from gateway.accounts.pace import Pace
from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.plugin.errors import UnavailableError
from gateway.ports.stores import Store, Stores
from tests.fakes import FakeClock
from tests.gallery.fakes import BrokenStore


def to_pace(per_second: float, clock: FakeClock, shared: Store | None = None) -> Pace:
    own = MemoryStore(limit_bytes=10_000, clock=clock)
    stores = Stores(own=own, shared=shared, news=LocalNews())
    return Pace("studio", stores, clock, per_second=per_second, most_seconds=0.0)


async def count_passed(pace: Pace, tries: int) -> int:
    passed = 0
    for _ in range(tries):
        try:
            await pace.wait()
        except UnavailableError:
            continue
        passed += 1
    return passed


@pytest.mark.parametrize(("per_second", "passed"), [(3.0, 3), (1.0, 1), (0.5, 1)])
async def test_so_many_pass_at_once(per_second: float, passed: int) -> None:
    pace = to_pace(per_second, FakeClock())

    assert await count_passed(pace, 10) == passed


async def test_a_slow_pace_waits_longer_than_a_second() -> None:
    clock = FakeClock(1_700_000_000.0)
    pace = to_pace(0.25, clock)
    await pace.wait()

    clock.turn(2.0)
    early = await count_passed(pace, 1)
    clock.turn(2.0)

    assert (early, await count_passed(pace, 1)) == (0, 1)


async def test_replicas_share_one_pace() -> None:
    clock = FakeClock()
    shared = MemoryStore(limit_bytes=10_000, clock=clock)
    one, other = to_pace(4.0, clock, shared), to_pace(4.0, clock, shared)

    passed = await count_passed(one, 3) + await count_passed(other, 3)

    assert passed == 4


async def test_who_finds_no_turn_is_told_when_to_come_back() -> None:
    pace = to_pace(1.0, FakeClock(1_700_000_000.25))
    await pace.wait()

    with pytest.raises(UnavailableError) as caught:
        await pace.wait()

    assert caught.value.retry_after_seconds == 0.75
    assert caught.value.status == 429


async def test_a_turn_is_waited_for_as_long_as_it_may_take() -> None:
    clock = FakeClock(1_700_000_000.99)
    own = MemoryStore(limit_bytes=10_000, clock=clock)
    stores = Stores(own=own, shared=BrokenStore(), news=LocalNews())
    pace = Pace("studio", stores, clock, per_second=1.0, most_seconds=2.0)
    await pace.wait()

    with pytest.raises(UnavailableError):
        await pace.wait()
