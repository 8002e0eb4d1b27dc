"""Waiting for an answer in slices, each of which counts only as far as one did wait.

At the end of each, this process looks for the answer: that it had other things to do, or
came to look late, is no fault of the server's.
"""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Sequence, Set as AbstractSet
from typing import Any, TypeVar

from redis.exceptions import (
    ConnectionError as RedisConnectionError,
    RedisError,
    TimeoutError as RedisTimeoutError,
)

from gateway.concurrency import budget
from gateway.concurrency.tasks import begin_within

_SLICE_SECONDS = 0.01
_MOST_TIMEOUTS = 10
"""How many time-outs, by the wall clock, a command may take however busy we are."""

_END_SECONDS = 0.5

T = TypeVar("T")


async def wait(answering: Coroutine[Any, Any, T], seconds: float) -> T:
    """Return what comes within so many seconds; they are the request's, if there is one.

    Raises:
        TimeoutError: nothing has come; it is cancelled.
        RedisError, OSError: what went wrong.
    """
    answer = begin_within(answering)
    answer.add_done_callback(take_note)
    loop = asyncio.get_running_loop()
    allowance = budget.current() or budget.Budget(seconds)
    ends_at, waited = loop.time() + _MOST_TIMEOUTS * seconds, 0.0
    allowance.begin()
    try:
        while waited < seconds and loop.time() < ends_at:
            counted = await _wait_a_slice({answer})
            waited += counted
            allowance.spend(counted)
            if answer.done():
                return _to_result(answer)
    finally:
        allowance.end()
        answer.cancel()
    raise TimeoutError


async def hear_most(asked: Sequence[Coroutine[Any, Any, T]], seconds: float) -> list[T]:
    """Return what more than half of those asked tell, or as many as answer in time.

    Raises:
        RedisError, OSError: nobody did; what one of them failed with.
    """
    tasks = {begin_within(one) for one in asked}
    pending, answers = set(tasks), list[T]()
    loop = asyncio.get_running_loop()
    ends_at, waited = loop.time() + _MOST_TIMEOUTS * seconds, 0.0
    try:
        while pending and len(answers) <= len(tasks) // 2:
            if waited >= seconds or loop.time() >= ends_at:
                break
            waited += await _wait_a_slice(pending)
            done = {one for one in pending if one.done()}
            pending -= done
            answers += [one.result() for one in done if one.exception() is None]
    finally:
        await give_up(*tasks)
    if not answers:
        raise _to_error(tasks - pending)
    return answers


def _to_error(failed: Iterable[asyncio.Future[Any]]) -> RedisError | OSError:
    for one in failed:
        error = one.exception()
        if isinstance(error, RedisError | OSError):
            return error
    return RedisTimeoutError("nobody answers")


async def give_up(*tasks: asyncio.Future[Any]) -> None:
    """Cancel what is under way, and wait a moment until it has closed what it opened."""
    for task in tasks:
        task.cancel()
        task.add_done_callback(take_note)
    if tasks:
        await asyncio.wait(tasks, timeout=_END_SECONDS)


async def join(search: asyncio.Task[T]) -> T:
    """Return what a search finds that others wait for, too.

    Raises:
        RedisError, OSError: what it failed with, or that it was given up.
    """
    try:
        return await asyncio.shield(search)
    except asyncio.CancelledError:
        if search.cancelled():
            raise RedisConnectionError("the search was given up") from None
        raise


def to_allowed(timeout_seconds: float) -> float:
    """Return how long a command may be waited for by whoever asks now."""
    allowance = budget.current()
    if allowance is None:
        return timeout_seconds
    return min(allowance.left_seconds, timeout_seconds)


def take_note(answer: asyncio.Future[Any]) -> None:
    """See an error that nobody waits for any more, which asyncio would complain of."""
    if not answer.cancelled():
        answer.exception()


async def _wait_a_slice(answers: AbstractSet[asyncio.Future[Any]]) -> float:
    """Wait for one of the answers, a slice at the most; give the seconds that count as waiting.

    Not those that this thread worked instead, nor as many as it came too late.
    """
    loop = asyncio.get_running_loop()
    begun, worked = loop.time(), time.thread_time()
    await asyncio.wait(
        answers, timeout=_SLICE_SECONDS, return_when=asyncio.FIRST_COMPLETED
    )
    taken, worked = loop.time() - begun, time.thread_time() - worked
    late = taken - _SLICE_SECONDS
    return max(0.0, min(taken, _SLICE_SECONDS) - max(worked, late))


def _to_result(answer: asyncio.Future[T]) -> T:
    try:
        return answer.result()
    except (RedisError, OSError):
        raise
    except Exception as error:
        # whatever comes of a connection that is closed under redis-py
        raise RedisConnectionError(str(error)) from error
