"""What is asked for by many at the same time is done once."""

import asyncio
import gc

import pytest

from gateway.concurrency.single_flight import SingleFlight


class Work:
    """Return how often it was begun, once it may end; raise what it is told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.begun += 1
        ordinal = self.begun
        await self.may_end.wait()
        if self.error is not None:
            raise self.error
        return ordinal


async def test_who_asks_for_the_same_meanwhile_gets_the_same() -> None:
    flights, work = SingleFlight[int](), Work()

    tasks = [flights.join("key", work) for _ in range(3)]
    other = flights.join("other", work)
    work.may_end.set()

    assert await asyncio.gather(*tasks) == [1, 1, 1]
    assert await other == 2
    assert len(flights) == 0
    assert await flights.join("key", work) == 3


async def test_what_has_come_to_its_end_is_joined_no_longer() -> None:
    flights, work = SingleFlight[int](), Work()
    work.may_end.set()
    ended = flights.join("key", work)
    await asyncio.sleep(0)  # its turn comes first
    assert ended.done()

    assert len(flights) == 1  # it is not forgotten yet
    assert flights.find("key") is None
    assert await flights.join("key", work) == 2


async def test_who_is_cancelled_cancels_it_for_nobody_else() -> None:
    flights, work = SingleFlight[int](), Work()

    async def ask() -> int:
        return await asyncio.shield(flights.join("key", work))

    leaving, staying = asyncio.create_task(ask()), asyncio.create_task(ask())
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    work.may_end.set()

    assert await staying == 1
    assert leaving.cancelled()


async def test_what_it_raises_is_raised_for_all_and_forgotten() -> None:
    flights, work = SingleFlight[int](), Work()
    work.error = ValueError("no")
    work.may_end.set()

    tasks = [flights.join("key", work) for _ in range(2)]
    for task in tasks:
        with pytest.raises(ValueError, match="no"):
            await task

    work.error = None
    assert await flights.join("key", work) == 2


async def test_what_is_begun_anew_is_joined_from_then_on() -> None:
    flights, work = SingleFlight[int](), Work()
    first = flights.join("key", work)
    second = flights.begin("key", work)

    assert flights.find("key") is second
    work.may_end.set()
    assert await asyncio.gather(first, second) == [1, 2]
    assert len(flights) == 0


async def test_the_end_of_one_that_was_replaced_leaves_the_other() -> None:
    flights, old, new = SingleFlight[int](), Work(), Work()
    first = flights.join("key", old)
    second = flights.begin("key", new)
    old.may_end.set()
    await first

    assert flights.find("key") is second
    new.may_end.set()
    assert await second == 1


async def test_a_failure_that_nobody_waits_for_is_no_complaint() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: complaints.append(context)
    )
    flights, work = SingleFlight[int](), Work()
    work.error = ValueError("unseen")
    work.may_end.set()

    await asyncio.wait([flights.join("key", work)])
    gc.collect()

    assert complaints == []


async def test_at_its_close_it_ends_what_is_going() -> None:
    flights, work = SingleFlight[int](), Work()
    tasks = [flights.join(key, work) for key in range(3)]
    await asyncio.sleep(0)

    await flights.aclose()

    assert all(task.cancelled() for task in tasks)
    assert len(flights) == 0
