"""A store in Redis, which is never waited for beyond its time-out."""

import asyncio
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.core.errors import StoreError


def connect(url: str, *, timeout_seconds: float) -> Redis:
    """Make a client that fails fast; it connects with its first command.

    redis-py's own retries would turn a time-out of 0.1 s into 4.5 s.
    """
    return Redis.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
    )


class RedisStore:
    """Keeps values under `prefix`; each call takes at most `timeout_seconds`."""

    def __init__(self, client: Redis, *, prefix: str, timeout_seconds: float) -> None:
        self._client = client
        self._prefix = prefix
        self._timeout_seconds = timeout_seconds

    async def get(self, key: str) -> bytes | None:
        # redis-py types it for clients that decode, too
        return cast("bytes | None", await self._ask("GET", self._prefix + key))

    async def put(self, key: str, value: bytes, *, keep_seconds: float) -> None:
        keep_milliseconds = int(keep_seconds * 1000)
        if keep_milliseconds <= 0:
            await self.delete(key)
            return
        await self._ask("SET", self._prefix + key, value, "PX", keep_milliseconds)

    async def delete(self, key: str) -> None:
        await self._ask("DEL", self._prefix + key)

    async def ping(self) -> None:
        await self._ask("PING")

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, *command: str | bytes | int) -> Any:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._client.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py's own gap
        except (RedisError, OSError) as error:
            raise StoreError(f"redis: {type(error).__name__}") from error
