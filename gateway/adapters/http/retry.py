"""Calls that are safe to repeat, tried again a moment later where that may help."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from gateway.plugin.errors import CircuitOpenError, UnavailableError

ATTEMPTS = 3
_FIRST_WAIT_SECONDS = 0.05
_MOST_WAIT_SECONDS = 0.15
_JITTER_SECONDS = 0.05

T = TypeVar("T")


async def repeat(call: Callable[[], Awaitable[T]], *, most_seconds: float) -> T:
    """Call up to three times, within so many seconds in all.

    What the upstream asks to wait for (`Retry-After`) is waited, if it is not longer.

    Raises:
        UpstreamError: the last try's.
    """
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + most_seconds

    def may_help(error: Exception) -> bool | float:
        if not isinstance(error, UnavailableError) or isinstance(
            error, CircuitOpenError
        ):
            return False
        left = ends_at - loop.time()
        if error.retry_after_seconds is None:
            return left > _MOST_WAIT_SECONDS
        wait = max(error.retry_after_seconds, _FIRST_WAIT_SECONDS)
        return wait if wait < left else False

    async for attempt in stamina.retry_context(
        on=may_help,
        attempts=ATTEMPTS,
        timeout=None,
        wait_initial=_FIRST_WAIT_SECONDS,
        wait_max=_MOST_WAIT_SECONDS,
        wait_jitter=_JITTER_SECONDS,
    ):
        with attempt:
            return await call()
    raise AssertionError("no attempt was made")
