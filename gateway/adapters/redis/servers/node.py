"""A server of Redis: how it is asked, and when it last answered."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, TypeAlias

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
    RedisError,
    ResponseError,
)
from redis.maint_notifications import MaintNotificationsConfig

Command: TypeAlias = Sequence[str | bytes | float]

_CONNECTIONS = 16
_LONGEST_SECONDS = 5.0
"""What redis-py itself may wait, by the wall clock: only to leave nothing behind."""
_END_SECONDS = 0.5


class LeftError(RedisConnectionError):
    """Others are asked by now, on other connections."""


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


class Node:
    """A server: how it is asked, and when it last answered.

    Once it is closed it stays so: redis-py's client would connect again.
    """

    def __init__(self, url: str, ca_file: str) -> None:
        self.client = connect(url, ca_file)
        self._answered_at = 0.0
        self._is_closed = False

    async def execute(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands together; what it refuses is an answer, too."""
        if self._is_closed:
            raise LeftError
        try:
            answers = await _execute(self.client, commands)
        finally:
            await self._close_again()
        self._answered_at = asyncio.get_running_loop().time()
        return answers

    def is_silent(self, since: float) -> bool:
        """Return whether it has answered nobody."""
        return self._answered_at < since

    async def aclose(self) -> None:
        self._is_closed = True
        await self.client.aclose()

    async def _close_again(self) -> None:
        """Close what was connected while the rest was closed."""
        if self._is_closed:
            await self.client.aclose()


async def _execute(client: Redis, commands: Sequence[Command]) -> list[Any]:
    if len(commands) == 1:
        try:
            return [await client.execute_command(*commands[0])]  # type: ignore[no-untyped-call]  # redis-py's own gap
        except ResponseError as error:
            return [error]
    pipeline = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    return await pipeline.execute(raise_on_error=False)


def raise_first(answers: Sequence[Any]) -> None:
    """Raise the first answer that is an error."""
    for answer in answers:
        if isinstance(answer, RedisError):
            raise answer


async def end(*nodes: Node) -> None:
    """Close servers' connections, in whatever state they are, within a moment."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_END_SECONDS):
            closing = (node.aclose() for node in nodes)
            await asyncio.gather(*closing, return_exceptions=True)
