"""The way to one Redis: never waited for long, left alone while it is away.

The first command that fails for want of the server closes the way for all: they fail
at once, until a probe behind, twice a second, has written again. So one fault costs
its request the time-out, and the others nothing.

Time is counted in slices at whose end this process looked for an answer: that it came
to look late, or was too busy to, is no fault of the server's.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError as RedisTimeoutError,
)

from gateway.core import budget
from gateway.core.errors import StoreError
from gateway.core.watching import Unwatched, Watch

PROBE_SECONDS = 0.5
_CONNECTIONS = 16
_SLICE_SECONDS = 0.01
_BUSY_SECONDS = 0.03
"""A slice that took so long says that this process had other things to do."""
_LONGEST_SECONDS = 5.0
"""What redis-py itself may wait, by the wall clock: only to leave nothing behind."""
_AWAY = (
    RedisConnectionError,
    RedisTimeoutError,
    ReadOnlyError,
    OutOfMemoryError,
    OSError,
)
"""What makes it no use to ask again at once; a frozen or full server, a replica too."""

log = structlog.get_logger()


def connect(url: str) -> Redis:
    """Make a client; it connects with its first command, and never tries again."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=_LONGEST_SECONDS,
        socket_timeout=_LONGEST_SECONDS,
        socket_connect_timeout=_LONGEST_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return Redis.from_pool(pool)


class Link:
    """Asks a Redis; each command takes `timeout_seconds`, a request's all together."""

    def __init__(
        self,
        client: Redis,
        *,
        prefix: str,
        timeout_seconds: float,
        watch: Watch | None = None,
    ) -> None:
        self.client = client
        self.prefix = prefix
        self.timeout_seconds = timeout_seconds
        self._watch = watch or Unwatched()
        self._is_up = True
        self._probing: asyncio.Task[None] | None = None
        self._refused: set[str] = set()
        self._on_back: list[Callable[[], None]] = []

    @property
    def is_up(self) -> bool:
        return self._is_up

    def on_back(self, call: Callable[[], None]) -> None:
        """Have something called when the server is back."""
        self._on_back.append(call)

    async def ask(self, *command: str | bytes | float) -> Any:
        """Send a command and give its answer.

        Raises:
            StoreError: it is away, or the request's time for it is spent.
        """
        allowed = _allowed(self.timeout_seconds)
        if not self._is_up or allowed <= 0:
            raise StoreError("redis is away")
        try:
            return await self._send(command, allowed)
        except TimeoutError as error:
            if allowed == self.timeout_seconds:
                self._close("no answer in time")
            raise StoreError("redis: no answer in time") from error
        except _AWAY as error:
            self._close(type(error).__name__)
            raise StoreError(f"redis: {type(error).__name__}") from error
        except RedisError as error:
            self._tell_refused(str(command[0]), error)
            reason = f"redis: {type(error).__name__} for {command[0]!s}"
            raise StoreError(reason) from error

    async def probe(self) -> bool:
        """Try to write, whatever was seen before; tell whether it went well."""
        try:
            key = f"{self.prefix}probe"
            await self._send(("SET", key, "", "PX", 1000), self.timeout_seconds)
        except (RedisError, OSError) as error:
            self._close(type(error).__name__)
            return False
        return True

    async def close(self) -> None:
        if self._probing is not None:
            self._probing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._probing
        await self.client.aclose()

    async def _send(self, command: tuple[Any, ...], seconds: float) -> Any:
        answer = asyncio.ensure_future(self.client.execute_command(*command))  # type: ignore[no-untyped-call]  # redis-py's own gap
        loop = asyncio.get_running_loop()
        sent_at = loop.time()
        ends_at, waited = sent_at + _LONGEST_SECONDS, 0.0
        try:
            while waited < seconds and loop.time() < ends_at:
                begun = loop.time()
                await asyncio.wait({answer}, timeout=_SLICE_SECONDS)
                taken = loop.time() - begun
                if taken < _BUSY_SECONDS:
                    counted = min(taken, _SLICE_SECONDS)
                    waited += counted
                    _spend(counted)
                if answer.done():
                    result = answer.result()
                    self._watch.redis_answered(loop.time() - sent_at)
                    return result
        finally:
            answer.cancel()
        raise TimeoutError

    def _tell_refused(self, command: str, error: RedisError) -> None:
        """Say once that a right is missing: the server is there, but of little use."""
        if isinstance(error, NoPermissionError) and command not in self._refused:
            self._refused.add(command)
            log.error("redis.refused", command=command)

    def _close(self, reason: str) -> None:
        if self._is_up:
            self._is_up = False
            log.warning("redis.away", reason=reason)
            self._watch.redis_turned(is_up=False)
            with budget.lifted():
                self._probing = asyncio.create_task(self._probe_until_back())

    async def _probe_until_back(self) -> None:
        await self.client.connection_pool.disconnect()
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            if await self.probe():
                break
        self._is_up = True
        log.info("redis.back")
        self._watch.redis_turned(is_up=True)
        for call in self._on_back:
            call()


def _allowed(timeout_seconds: float) -> float:
    allowance = budget.current()
    if allowance is None:
        return timeout_seconds
    return min(allowance.left_seconds, timeout_seconds)


def _spend(seconds: float) -> None:
    allowance = budget.current()
    if allowance is not None:
        allowance.spend(seconds)
