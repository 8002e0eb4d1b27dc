"""Long work runs beside the event loop, and is over before who waited goes on."""

import asyncio
import threading
import time
from weakref import finalize

import pytest

from gateway.concurrency.aside import MEDIUM, SMALL, aside, let_go
from gateway.concurrency.keyed import KeyedSemaphores


def name_of_thread() -> str:
    return threading.current_thread().name


async def test_small_work_is_done_at_once_and_more_in_threads_by_its_size() -> None:
    here = name_of_thread()

    small, medium, large = [
        await aside(weight, name_of_thread) for weight in (SMALL, MEDIUM, MEDIUM + 1)
    ]

    assert small == here
    assert medium.startswith("medium")
    assert large.startswith("large")


async def test_what_fails_fails_for_who_asked() -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await aside(SMALL + 1, fail)


async def test_who_is_cancelled_is_so_once_the_work_is_done() -> None:
    begun, done = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        time.sleep(0.1)
        done.set()

    task = asyncio.create_task(aside(SMALL + 1, work))
    while not begun.is_set():  # noqa: ASYNC110  # a thread sets it
        await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_what_is_let_go_is_freed_beside() -> None:
    things = [object() for _ in range(5_000)]

    let_go(things)

    async with asyncio.timeout(10):
        while things:  # noqa: ASYNC110  # a thread empties it
            await asyncio.sleep(0.01)


async def test_a_bound_by_key_lasts_for_as_long_as_it_is_used() -> None:
    bounds = KeyedSemaphores(1)

    async with bounds.at("a"):
        assert bounds.at("a").locked()
        assert not bounds.at("b").locked()
        assert len(bounds) == 1

    assert len(bounds) == 0


async def test_what_is_made_of_it_is_freed_before_it() -> None:
    things: list[object] = [object() for _ in range(5_000)]
    freed: list[tuple[str, int]] = []

    class Index:
        def __init__(self, name: str) -> None:
            finalize(self, lambda: freed.append((name, len(things))))

    let_go(things, [Index("first"), Index("second")])

    async with asyncio.timeout(10):
        while things:  # noqa: ASYNC110  # a thread empties it
            await asyncio.sleep(0.01)
    assert freed == [("second", 5_000), ("first", 5_000)]
