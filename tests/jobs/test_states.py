"""How far a job has come, asked at most once in two seconds over replicas."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gateway.adapters.memory import LocalNews
from gateway.jobs.states import JobState, JobStates
from gateway.plugin.errors import UnavailableError
from gateway.ports import sending
from tests.jobs.fakes import FailingStore, stores_of
from tests.virtual_time import LoopClock, run

Check = Callable[["House"], Coroutine[Any, Any, None]]


class Upstream:
    """Takes `seconds` for each answer; remembers when it was asked."""

    def __init__(self, clock: LoopClock) -> None:
        self.clock = clock
        self.asked_at: list[float] = []
        self.seconds = 0.0
        self.error: UnavailableError | None = None
        self.was_once: set[bool] = set()

    async def __call__(self, _known: JobState | None) -> JobState:
        self.asked_at.append(self.clock.now())
        self.was_once.add(sending.is_once())
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return JobState(
            status="processing", polled_at=self.clock.now(), position=len(self.asked_at)
        )

    @property
    def least_seconds(self) -> float:
        pairs = zip(self.asked_at, self.asked_at[1:], strict=False)
        return min(later - earlier for earlier, later in pairs)


class House:
    """Two replicas over one store."""

    def __init__(self) -> None:
        self.clock = LoopClock(asyncio.get_running_loop())
        self.store = FailingStore(self.clock)
        self.each = [
            JobStates(stores_of(self.clock, self.store, LocalNews()), self.clock)
            for _ in range(2)
        ]
        self.upstream = Upstream(self.clock)

    async def learn(self, place: int) -> JobState:
        return await self.each[place].learn("job:1", self.upstream)

    async def follow(self, place: int, seconds: float) -> None:
        """Ask again and again, as one who waits for news."""
        ends_at = self.clock.now() + seconds
        while self.clock.now() < ends_at:
            await self.learn(place)
            await asyncio.sleep(0.25)


def in_house(check: Check) -> Callable[[], None]:
    def test() -> None:
        async def play() -> None:
            await check(House())

        run(play())

    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


@in_house
async def test_fifty_followers_over_two_replicas_ask_once_in_two_seconds(
    house: House,
) -> None:
    house.upstream.seconds = 0.3

    await asyncio.gather(*(house.follow(place % 2, 30) for place in range(50)))

    assert 11 <= len(house.upstream.asked_at) <= 15
    assert house.upstream.least_seconds >= 2.0


@in_house
async def test_a_call_that_takes_long_is_not_made_again_soon(house: House) -> None:
    """It may have come to the upstream late, as after a login."""
    house.upstream.seconds = 3.0

    await asyncio.gather(house.follow(0, 20), house.follow(1, 20))

    assert house.upstream.least_seconds >= 3.0 + 2.0


@in_house
async def test_what_fails_is_asked_again_at_the_next_turn_alone(house: House) -> None:
    await house.learn(0)
    house.upstream.error = UnavailableError("it answered 503")

    await asyncio.gather(house.follow(0, 20), house.follow(1, 20))

    assert house.upstream.least_seconds >= 2.0
    assert house.upstream.was_once == {True}


@in_house
async def test_an_upstream_that_hangs_keeps_nobody_waiting(house: House) -> None:
    known = await house.learn(0)
    house.upstream.seconds = 10.0
    await asyncio.sleep(3)
    begun = house.clock.now()

    for place in (0, 1):
        assert await house.learn(place) == known

    assert house.clock.now() - begun <= 4.1


@in_house
async def test_one_that_hangs_from_the_start_is_not_waited_for_without_end(
    house: House,
) -> None:
    house.upstream.seconds = 100.0
    begun = house.clock.now()

    with pytest.raises(UnavailableError):
        await house.learn(0)

    assert house.clock.now() - begun <= 8.1


@in_house
async def test_a_store_that_is_lost_in_the_middle_is_no_reason_to_ask(
    house: House,
) -> None:
    following = asyncio.gather(house.follow(0, 20), house.follow(0, 20))
    await asyncio.sleep(5.1)

    house.store.mode = "away"
    await asyncio.sleep(5.0)
    house.store.empty()
    house.store.mode = "well"
    await following

    assert house.upstream.least_seconds >= 2.0


@in_house
async def test_what_was_learnt_outlives_the_store(house: House) -> None:
    async def finish(_: JobState | None) -> JobState:
        return JobState(status="failed", polled_at=house.clock.now(), error="why")

    await house.each[0].learn("job:1", finish)

    house.store.empty()

    assert (await house.learn(0)).status == "failed"
    assert house.upstream.asked_at == []


@in_house
async def test_nobody_is_asked_while_nobody_wants_to_know(house: House) -> None:
    await house.follow(0, 3)
    before = len(house.upstream.asked_at)

    await asyncio.sleep(60)

    assert len(house.upstream.asked_at) == before
    assert len(house.each[0]._asking) == 0  # noqa: SLF001  # nothing else tells of it


@in_house
async def test_who_asks_and_dies_keeps_the_others_for_seconds_alone(
    house: House,
) -> None:
    await house.learn(0)
    await asyncio.sleep(3)
    house.upstream.seconds = 1_000.0
    dying = asyncio.create_task(house.learn(0))
    await asyncio.sleep(0.1)
    await house.each[0].aclose()
    await asyncio.gather(dying, return_exceptions=True)
    house.upstream.seconds = 0.0
    begun = house.clock.now()

    await house.follow(1, 6)

    assert house.upstream.asked_at[-1] >= begun
    assert house.upstream.asked_at[2] - begun <= 4.3
