"""The way to one Redis: never waited for long, left alone while it is away.

The first command that fails for want of the server closes the way for all: they fail
at once, until a probe behind, twice a second, has written again. So one fault costs
its request the time-out, and the others nothing. The probe comes with connections of
its own: whatever was under way on the old ones is lost with them.

Time is counted in slices at whose end this process looked for an answer: that it had
other things to do, or came to look late, is no fault of the server's.
"""

import asyncio
import contextlib
import functools
import time
from collections.abc import Callable
from typing import Any

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError as RedisTimeoutError,
)
from redis.maint_notifications import MaintNotificationsConfig

from gateway.adapters.redis.refusals import CLUSTER, Refusals, to_reason
from gateway.plugin.errors import StoreError
from gateway.ports import budget
from gateway.ports.metrics import Unwatched, Watch

PROBE_SECONDS = 0.5
_CONNECTIONS = 16
_SLICE_SECONDS = 0.01
_MOST_TIMEOUTS = 10
"""How many time-outs, by the wall clock, a command may take however busy we are."""
_LONGEST_SECONDS = 5.0
"""What redis-py itself may wait, by the wall clock: only to leave nothing behind."""
_END_SECONDS = 0.5
_SLOTS_TRIED = 8
_AWAY = (
    RedisConnectionError,
    RedisTimeoutError,
    ReadOnlyError,
    OutOfMemoryError,
    OSError,
)
"""What makes it no use to ask again at once; a frozen or full server, a replica too."""

log = structlog.get_logger()


def connect(url: str, ca_file: str = "") -> Redis:
    """Make a client; it connects with its first command, and never tries again.

    In TLS the certificates of `ca_file` are trusted, or else the system's.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=_LONGEST_SECONDS,
        socket_timeout=_LONGEST_SECONDS,
        socket_connect_timeout=_LONGEST_SECONDS,
        retry=Retry(NoBackoff(), 0),
        # what a new connection would tell and ask first, each at the cost of a way
        # there and back: a slow server's first answer would come too late
        protocol=2,
        driver_info=None,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
        **({"ssl_ca_certs": ca_file} if ca_file else {}),
    )
    return Redis.from_pool(pool)


class Connection:
    """Asks a Redis; each command takes `timeout_seconds`, a request's all together."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str,
        timeout_seconds: float,
        ca_file: str = "",
        watch: Watch | None = None,
    ) -> None:
        self._connect = functools.partial(connect, url, ca_file)
        self.client = self._connect()
        self.prefix = prefix
        self.timeout_seconds = timeout_seconds
        self._watch = watch or Unwatched()
        self._is_up = True
        self._answered_at = 0.0
        self._probing: asyncio.Task[None] | None = None
        self.refusals = Refusals()
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
        client, asked_at = self.client, asyncio.get_running_loop().time()
        name = str(command[0])
        try:
            answer = await self._send(client, command, allowed)
        except TimeoutError as error:
            is_silent = self._answered_at < asked_at
            if is_silent and allowed == self.timeout_seconds:
                self._close(client, "no answer in time")
            raise StoreError("redis: no answer in time") from error
        except _AWAY as error:
            self._close(client, type(error).__name__)
            raise StoreError(f"redis: {type(error).__name__}") from error
        except RedisError as error:
            reason = self._note_refusal(client, name, error)
            raise StoreError(f"redis: {reason}") from error
        if self.refusals:
            self.refusals.forget(name)
        return answer

    async def probe(self) -> bool:
        """Try to write, whatever was seen before; tell whether it went well."""
        client, key = self.client, f"{self.prefix}probe"
        try:
            command = ("SET", key, "", "PX", 1000)
            await self._send(client, command, self.timeout_seconds)
            if self.refusals.is_cluster:  # it may have that key, and no other
                keys = (f"{key}:{number}" for number in range(_SLOTS_TRIED))
                await self._send(client, ("MGET", *keys), self.timeout_seconds)
                self.refusals.forget_all()
        except (RedisError, OSError) as error:
            self._close(client, type(error).__name__)
            return False
        return True

    def refuse(self, command: str, error: RedisError) -> str | None:
        """Take note of a command that the server refuses; give the reason, if it does."""
        reason = to_reason(error, command)
        if reason is not None:
            self.refusals.note(command, reason)
        return reason

    async def close(self) -> None:
        if self._probing is not None:
            self._probing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._probing
        await _end(self.client)

    async def _send(
        self, client: Redis, command: tuple[Any, ...], seconds: float
    ) -> Any:
        answer = asyncio.ensure_future(client.execute_command(*command))  # type: ignore[no-untyped-call]  # redis-py's own gap
        answer.add_done_callback(_take_note)
        loop = asyncio.get_running_loop()
        allowance = budget.current() or budget.Budget(seconds)
        sent_at = loop.time()
        ends_at, waited = sent_at + _MOST_TIMEOUTS * seconds, 0.0
        allowance.begin()
        try:
            while waited < seconds and loop.time() < ends_at:
                counted = await _wait_a_slice(answer)
                waited += counted
                allowance.spend(counted)
                if answer.done():
                    result = _to_result(answer)
                    self._answered_at = loop.time()
                    self._watch.redis_answered(self._answered_at - sent_at)
                    return result
        finally:
            allowance.end()
            answer.cancel()
        raise TimeoutError

    def _note_refusal(self, client: Redis, command: str, error: RedisError) -> str:
        """Return why a command failed; what is no Redis for us is left alone."""
        reason = self.refuse(command, error)
        if reason == CLUSTER:
            self._close(client, reason)
        return reason or f"{type(error).__name__} for {command}"

    def _close(self, client: Redis, reason: str) -> None:
        """Close the way, unless that is of a client which is not asked any more."""
        if self._is_up and client is self.client:
            self._is_up = False
            log.warning("redis.away", reason=reason)
            self._watch.redis_turned(is_up=False)
            with budget.lifted():
                self._probing = asyncio.create_task(self._probe_until_back())

    async def _probe_until_back(self) -> None:
        while True:
            lost, self.client = self.client, self._connect()
            await _end(lost)
            await asyncio.sleep(PROBE_SECONDS)
            if await self.probe():
                break
        self._is_up = True
        log.info("redis.back")
        self._watch.redis_turned(is_up=True)
        for call in self._on_back:
            call()


async def _wait_a_slice(answer: asyncio.Future[Any]) -> float:
    """Wait for an answer, a slice at the most; give the seconds that count as waiting.

    Not those that this thread worked instead, nor as many as it came too late.
    """
    loop = asyncio.get_running_loop()
    begun, worked = loop.time(), time.thread_time()
    await asyncio.wait({answer}, timeout=_SLICE_SECONDS)
    taken, worked = loop.time() - begun, time.thread_time() - worked
    late = taken - _SLICE_SECONDS
    return max(0.0, min(taken, _SLICE_SECONDS) - max(worked, late))


def _to_result(answer: asyncio.Future[Any]) -> Any:
    try:
        return answer.result()
    except (RedisError, OSError):
        raise
    except Exception as error:
        # whatever comes of a connection that is closed under redis-py
        raise RedisConnectionError(str(error)) from error


async def _end(client: Redis) -> None:
    """Close a client's connections, in whatever state they are, within a moment."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_END_SECONDS):
            await client.aclose()


def _take_note(answer: asyncio.Future[Any]) -> None:
    """See an error that nobody waits for any more, which asyncio would complain of."""
    if not answer.cancelled():
        answer.exception()


def _allowed(timeout_seconds: float) -> float:
    allowance = budget.current()
    if allowance is None:
        return timeout_seconds
    return min(allowance.left_seconds, timeout_seconds)
