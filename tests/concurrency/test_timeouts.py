"""A time-out counts what others take, and not what this process was late."""

import asyncio
import time

import pytest

from gateway.concurrency.timeouts import SLICES, within
from tests import virtual_time


async def keep_busy(turns: int, seconds: float) -> None:
    """Let the loop go round so often, each time so late."""
    for _ in range(turns):
        time.sleep(seconds)  # noqa: ASYNC251  # the point
        await asyncio.sleep(0)


@pytest.mark.parametrize("seconds", [0.001, 0.15, 3.0, 10.0, 86_400.0])
def test_what_never_comes_is_waited_for_as_long_as_said(seconds: float) -> None:
    async def wait() -> float:
        with pytest.raises(TimeoutError):
            async with within(seconds):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert virtual_time.run(wait()) == pytest.approx(seconds)


@pytest.mark.parametrize("seconds", [3.0, None])
def test_what_comes_in_time_is_left_alone(seconds: float | None) -> None:
    async def wait() -> str:
        async with within(seconds):
            await asyncio.sleep(2.9)
        await asyncio.sleep(3600)  # nothing of it is left behind
        return "there"

    assert virtual_time.run(wait()) == "there"


async def test_a_loop_that_comes_late_has_time_for_what_is_there() -> None:
    async with within(0.01):
        await keep_busy(SLICES // 2, 0.02)


async def test_a_loop_that_goes_on_coming_late_ends_it_all_the_same() -> None:
    with pytest.raises(TimeoutError):
        async with within(0.01):
            await keep_busy(SLICES * 4, 0.001)


async def test_who_is_cancelled_meanwhile_is_cancelled() -> None:
    async def wait() -> None:
        async with within(60):
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
