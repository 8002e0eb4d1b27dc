import asyncio
import contextlib

import pytest
from structlog.testing import capture_logs

from gateway.accounts.breakers import BreakerLimits, Breakers
from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.plugin.errors import (
    CircuitOpenError,
    MisbehavedError,
    NotFoundError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from gateway.ports.stores import Store, Stores
from tests.fakes import FakeClock
from tests.gallery.fakes import BrokenStore

DOWN = UnavailableError("it answered 503")


class SlowStore(MemoryStore):
    """Lets claims wait while the gate is shut."""

    def __init__(self, *, limit_bytes: int, clock: FakeClock) -> None:
        super().__init__(limit_bytes=limit_bytes, clock=clock)
        self.gate = asyncio.Event()
        self.gate.set()

    async def claim(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        await self.gate.wait()
        return await super().claim(key, value, keep_seconds=keep_seconds)


class Shop:
    """Replicas' breakers over one store and one news."""

    def __init__(self, shared: Store | None = None) -> None:
        self.clock = FakeClock()
        self.shared = shared or MemoryStore(limit_bytes=10_000, clock=self.clock)
        self.news = LocalNews()

    def breakers(self) -> Breakers:
        own = MemoryStore(limit_bytes=10_000, clock=self.clock)
        stores = Stores(own=own, shared=self.shared, news=self.news)
        limits = {"studio": BreakerLimits(failures=3, seconds=5.0)}
        return Breakers(limits, stores, self.clock)


async def fail(breakers: Breakers, times: int, error: UpstreamError = DOWN) -> None:
    for _ in range(times):
        with contextlib.suppress(type(error)):
            async with breakers.admitted("studio"):
                raise error


async def succeed(breakers: Breakers) -> None:
    async with breakers.admitted("studio"):
        pass


async def test_so_many_failures_in_a_row_open_it() -> None:
    breakers = Shop().breakers()
    await fail(breakers, 2)
    before = breakers.is_open("studio")

    await fail(breakers, 1)

    assert (before, breakers.is_open("studio")) == (False, True)
    with pytest.raises(CircuitOpenError) as caught:
        await succeed(breakers)
    assert caught.value.retry_after_seconds == 5.0


async def test_a_success_between_begins_the_count_anew() -> None:
    breakers = Shop().breakers()

    await fail(breakers, 2)
    await succeed(breakers)
    await fail(breakers, 2)

    assert not breakers.is_open("studio")


@pytest.mark.parametrize(
    "error",
    [
        UnauthorizedError("the credential is refused (401)"),
        RejectedError("it answered 403", status=403),
        UnavailableError("it answered 429", status=429),
        *(
            RejectedError(f"it answered {status}", status=status)
            for status in (400, 404, 409, 422)
        ),
    ],
)
async def test_a_tenants_own_failures_never_open_it(error: UpstreamError) -> None:
    breakers = Shop().breakers()

    await fail(breakers, 10, error)

    assert not breakers.is_open("studio")


@pytest.mark.parametrize(
    "error", [MisbehavedError("nonsense"), RejectedError("it answered 405", status=405)]
)
async def test_nonsense_opens_it_too(error: UpstreamError) -> None:
    breakers = Shop().breakers()

    await fail(breakers, 3, error)

    assert breakers.is_open("studio")


async def test_after_its_time_one_call_tries_and_closes_it() -> None:
    shop = Shop()
    breakers = shop.breakers()
    await fail(breakers, 3)
    shop.clock.turn(5.0)

    async with breakers.admitted("studio"):
        with pytest.raises(CircuitOpenError):
            await succeed(breakers)

    await succeed(breakers)
    assert not breakers.is_open("studio")


async def test_a_trial_that_fails_opens_it_again() -> None:
    shop = Shop()
    breakers = shop.breakers()
    await fail(breakers, 3)
    shop.clock.turn(5.0)

    await fail(breakers, 1)

    with pytest.raises(CircuitOpenError):
        await succeed(breakers)
    shop.clock.turn(5.0)
    await succeed(breakers)


async def test_a_call_that_began_before_it_opened_keeps_it_open_no_longer() -> None:
    shop = Shop()
    breakers = shop.breakers()
    with contextlib.suppress(UnavailableError):
        async with breakers.admitted("studio"):
            await fail(breakers, 3)
            shop.clock.turn(4.0)
            raise DOWN

    shop.clock.turn(1.0)

    await succeed(breakers)


async def test_a_trial_without_a_verdict_lets_another_try() -> None:
    shop = Shop()
    breakers = shop.breakers()
    await fail(breakers, 3)
    shop.clock.turn(5.0)
    with pytest.raises(asyncio.CancelledError):
        async with breakers.admitted("studio"):
            raise asyncio.CancelledError

    assert breakers.is_open("studio")
    await succeed(breakers)


async def test_it_opens_and_closes_in_all_replicas() -> None:
    shop = Shop()
    one, other = shop.breakers(), shop.breakers()

    await fail(one, 3)
    opened = other.is_open("studio")
    shop.clock.turn(5.0)
    async with other.admitted("studio"):
        with pytest.raises(CircuitOpenError):
            await succeed(one)

    assert opened
    assert not one.is_open("studio")


async def test_a_replica_that_comes_later_learns_of_it() -> None:
    shop = Shop()
    await fail(shop.breakers(), 3)

    late = shop.breakers()

    with pytest.raises(CircuitOpenError):
        await succeed(late)


async def test_each_replica_keeps_its_own_while_the_store_is_away() -> None:
    shop = Shop(BrokenStore())
    breakers = shop.breakers()
    await fail(breakers, 3)
    with pytest.raises(CircuitOpenError):
        await succeed(breakers)
    shop.clock.turn(5.0)

    await succeed(breakers)

    assert not breakers.is_open("studio")


async def test_opening_and_closing_are_told_once_each() -> None:
    shop = Shop()
    breakers = shop.breakers()

    with capture_logs() as logs:
        await fail(breakers, 3)
        shop.clock.turn(5.0)
        await fail(breakers, 1)
        shop.clock.turn(5.0)
        await succeed(breakers)

    assert [entry["event"] for entry in logs] == ["breaker.opened", "breaker.closed"]


async def test_a_trial_that_another_replicas_call_made_needless_is_over() -> None:
    """Its claim must not outlive it: nobody could try the next time."""
    shop = Shop()
    one, other = shop.breakers(), shop.breakers()
    async with one.admitted("studio"):  # is still going when it opens
        await fail(other, 3)
        shop.clock.turn(5.0)
        trial = other.admitted("studio")
        await trial.__aenter__()
    await trial.__aexit__(None, None, None)
    await fail(other, 3)
    shop.clock.turn(5.0)

    await succeed(one)

    assert not other.is_open("studio")


async def test_who_gives_up_while_it_claims_the_trial_leaves_it_to_others() -> None:
    shop = Shop()
    slow = SlowStore(limit_bytes=10_000, clock=shop.clock)
    shop.shared = slow
    breakers = shop.breakers()
    await fail(breakers, 3)
    shop.clock.turn(5.0)
    slow.gate.clear()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await succeed(breakers)
    slow.gate.set()

    await succeed(breakers)
    assert not breakers.is_open("studio")


async def test_an_error_that_is_no_upstreams_ends_the_trial_too() -> None:
    shop = Shop()
    breakers = shop.breakers()
    await fail(breakers, 3)
    shop.clock.turn(5.0)

    with pytest.raises(NotFoundError):
        async with breakers.admitted("studio"):
            raise NotFoundError("no such item")

    await succeed(breakers)
