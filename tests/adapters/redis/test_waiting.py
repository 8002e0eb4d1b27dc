"""Waiting for several: what a process was too busy to look at has come in time."""

import asyncio
import time

import pytest
from redis.exceptions import TimeoutError as RedisTimeoutError

from gateway.adapters.redis.waiting import hear_most

SECONDS = 0.1


async def answer_after(seconds: float) -> float:
    await asyncio.sleep(seconds)
    for _ in range(5):  # as many rounds of the loop as to read and parse it
        await asyncio.sleep(0)
    return seconds


async def test_what_came_while_this_process_was_busy_is_heard() -> None:
    asyncio.get_running_loop().call_later(0.01, time.sleep, 3 * SECONDS)

    assert await hear_most([answer_after(0.05)], SECONDS) == [0.05]


async def test_more_than_half_are_enough_and_the_late_ones_are_not_waited_for() -> None:
    asked = [answer_after(seconds) for seconds in (0.0, 0.0, 60.0)]

    assert await hear_most(asked, 60.0) == [0.0, 0.0]


async def test_as_many_as_answer_in_time_are_heard() -> None:
    asked = [answer_after(seconds) for seconds in (60.0, 0.0, 60.0)]

    assert await hear_most(asked, SECONDS) == [0.0]


async def test_nobody_in_time_is_an_error() -> None:
    with pytest.raises(RedisTimeoutError):
        await hear_most([answer_after(60.0)], SECONDS)
