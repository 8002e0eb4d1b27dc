"""The way to one Redis: never waited for long, left alone while it is away.

The first command that fails for want of a server closes the way for all: they fail at
once, until a probe behind, twice a second, has written again, at each master where there
are several. So one fault costs its request the time-out, and the others nothing. The
probe comes with connections of its own, to the servers that are found then: whatever was
under way on the old ones is lost with them.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError as RedisTimeoutError,
)

from gateway.adapters.redis.refusals import CLUSTER, Refusals, to_reason
from gateway.adapters.redis.servers.about import ask_about
from gateway.adapters.redis.servers.cluster import Cluster
from gateway.adapters.redis.servers.node import Command, raise_first
from gateway.adapters.redis.servers.sentinel import Sentinels
from gateway.adapters.redis.servers.servers import Servers, Single
from gateway.adapters.redis.waiting import to_allowed, wait
from gateway.concurrency.tasks import begin_behind
from gateway.concurrency.timeouts import within
from gateway.coordination import keys
from gateway.plugin.errors import StoreError
from gateway.ports.metrics import (
    RedisAnswered,
    RedisDescribed,
    RedisTurned,
    Watch,
    unwatched,
)
from gateway.ports.stores import SharedRedis
from gateway.settings.redis_address import RedisAddress, to_redis_address

PROBE_SECONDS = 0.5
_FIND_SECONDS = 1.0
_DESCRIBE_SECONDS = 60.0
_SLOTS_TRIED = 8
_SEARCH = "search"
"""Under which word it is noted that servers refuse to tell of each other."""
_AWAY = (
    RedisConnectionError,
    RedisTimeoutError,
    ReadOnlyError,
    OutOfMemoryError,
    OSError,
)
"""What makes it no use to ask again at once; a frozen or full server, a replica too."""

log = structlog.get_logger()


def to_servers(address: RedisAddress, ca_file: str = "") -> Servers:
    """Return what an address stands for; connected to with the first command."""
    match address.kind:
        case "sentinel":
            return Sentinels(address, ca_file)
        case "cluster":
            return Cluster(address, ca_file)
    return Single(address, ca_file)


class Connection:
    """Asks a Redis; each command takes `timeout_seconds`, a request's all together."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str,
        timeout_seconds: float,
        ca_file: str = "",
        watch: Watch = unwatched,
    ) -> None:
        self.address = to_redis_address(url)
        self.servers = to_servers(self.address, ca_file)
        self.prefix = prefix
        self.timeout_seconds = timeout_seconds
        self._watch = watch
        self.described: SharedRedis | None = None
        self._is_up = True
        self._probing: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._lost: list[Servers] = []
        self.refusals = Refusals()
        self._on_back: list[Callable[[], None]] = []

    @property
    def is_up(self) -> bool:
        return self._is_up

    def on_back(self, call: Callable[[], None]) -> None:
        """Have something called when the server is back."""
        self._on_back.append(call)

    async def open(self) -> None:
        """Find the servers, and watch from now on whether they are still the right ones."""
        self._watching = begin_behind(self._watch_over(self.servers))
        await self.find()

    async def find(self) -> None:
        """Wait a moment until the servers are found; what fails then shows in use."""
        with contextlib.suppress(RedisError, OSError):
            async with within(_FIND_SECONDS):
                await self.servers.find()

    async def ask(self, *command: str | bytes | float) -> Any:
        """Send a command and give its answer.

        Raises:
            StoreError: it is away, or the request's time for it is spent.
        """
        (answer,) = await self.ask_many([command])
        return answer

    async def ask_many(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands side by side, and give each one's answer.

        Raises:
            StoreError: it is away, it refuses one, or the request's time is spent.
        """
        allowed = to_allowed(self.timeout_seconds)
        if not self._is_up or allowed <= 0:
            raise StoreError("redis is away")
        servers, asked_at = self.servers, asyncio.get_running_loop().time()
        name = str(commands[0][0])
        try:
            answers = await self._send(servers, commands, allowed)
        except TimeoutError as error:
            is_silent = servers.is_silent(commands, asked_at)
            if is_silent and allowed == self.timeout_seconds:
                self._close(servers, "no answer in time")
            raise StoreError("redis: no answer in time") from error
        except _AWAY as error:
            self._close(servers, type(error).__name__)
            raise StoreError(f"redis: {type(error).__name__}") from error
        except RedisError as error:
            reason = self._note_refusal(servers, name, error)
            raise StoreError(f"redis: {reason}") from error
        if self.refusals:
            self.refusals.forget(name)
        return answers

    async def probe(self) -> bool:
        """Try to write, whatever was seen before; tell whether it went well."""
        servers, key = self.servers, f"{self.prefix}{keys.PROBE}"
        try:
            async with within(_FIND_SECONDS):
                await servers.find()
            await wait(servers.try_out(key), self.timeout_seconds)
            if self.refusals.is_cluster:  # it may have that key, and no other
                spelt = (f"{key}:{number}" for number in range(_SLOTS_TRIED))
                await self._send(servers, [("MGET", *spelt)], self.timeout_seconds)
                self.refusals.forget_all()
            self.refusals.forget(_SEARCH)
        except (RedisError, OSError) as error:
            if not servers.is_found:
                self.refuse(_SEARCH, error)
            self._close(servers, type(error).__name__)
            return False
        return True

    def refuse(self, command: str, error: Exception) -> str | None:
        """Take note of a command that the server refuses; give the reason, if it does."""
        reason = to_reason(error, command) if isinstance(error, RedisError) else None
        if reason is not None:
            self.refusals.note(command, reason)
        return reason

    async def describe(self, servers: Servers | None = None) -> SharedRedis:
        """Ask what it is, and remember that.

        Raises:
            StoreError: its servers cannot be found.
        """
        try:
            found = await ask_about(servers or self.servers, self.address.kind)
        except (RedisError, OSError) as error:
            raise StoreError(f"redis: {type(error).__name__}") from error
        self.described = found
        self._watch(RedisDescribed(found))
        return found

    async def close(self) -> None:
        self._is_up = False  # what fails from now on is no reason to probe
        await _stop(self._probing)
        self._is_up = False  # a probe may just have gone well
        await _stop(self._watching)
        for servers in (*self._lost, self.servers):
            await servers.aclose()

    async def _send(
        self, servers: Servers, commands: Sequence[Command], seconds: float
    ) -> list[Any]:
        loop = asyncio.get_running_loop()
        sent_at = loop.time()
        answers = await wait(servers.execute(commands), seconds)
        self._watch(RedisAnswered(loop.time() - sent_at))
        raise_first(answers)
        return answers

    def _note_refusal(self, servers: Servers, command: str, error: RedisError) -> str:
        """Return why a command failed; what is no Redis for us is left alone."""
        reason = self.refuse(command if servers.is_found else _SEARCH, error)
        if reason == CLUSTER or (reason and not servers.is_found):
            self._close(servers, reason)
        return reason or f"{type(error).__name__} for {command}"

    def _close(self, servers: Servers, reason: str) -> None:
        """Close the way, unless those are servers that are not asked any more."""
        if self._is_up and servers is self.servers:
            self._is_up = False
            log.warning("redis.away", reason=reason)
            self._watch(RedisTurned(is_up=False))
            self._probing = begin_behind(self._probe_until_back())

    async def _probe_until_back(self) -> None:
        await _stop(self._watching)
        while True:
            self._lost.append(self.servers)
            self.servers = self.servers.again()
            await self._lost[-1].aclose()
            self._lost.clear()
            await asyncio.sleep(PROBE_SECONDS)
            if await self.probe():
                break
        self._is_up = True
        log.info("redis.back")
        self._watch(RedisTurned(is_up=True))
        if self._watching is not None:
            self._watching = begin_behind(self._watch_over(self.servers))
        for call in self._on_back:
            call()

    async def _watch_over(self, servers: Servers) -> None:
        """Close the way once these servers are not the right ones, or cannot be found."""
        telling = begin_behind(self._tell_of(servers))
        try:
            reason = await servers.watch()
        except (RedisError, OSError) as error:
            reason = self.refuse(_SEARCH, error) or type(error).__name__
        finally:
            await _stop(telling)
        self._close(servers, reason)

    async def _tell_of(self, servers: Servers) -> None:
        """Ask now and then what the servers are."""
        while True:
            with contextlib.suppress(StoreError):
                await self.describe(servers)
            await asyncio.sleep(_DESCRIBE_SECONDS)


async def _stop(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.wait({task})
