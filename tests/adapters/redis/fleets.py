"""A process's way to a Redis of several servers, and what is seen of an outage."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from msgspec import Struct
from structlog.testing import capture_logs

from gateway.adapters.redis.connection import Connection
from gateway.adapters.redis.pubsub import RedisNews
from gateway.adapters.redis.store import RedisStore
from gateway.plugin.errors import StoreError

TIMEOUT_SECONDS = 0.5
SHARING_SECONDS = 10.0
"""By then what is written is shared again after a fail-over."""
TOPIC = "topic"


class Replica(Struct, frozen=True, kw_only=True):
    """One process's part: what it shares, and what it hears."""

    link: Connection
    store: RedisStore
    news: RedisNews
    heard: list[str]

    async def share(self, key: str, value: bytes) -> None:
        """Put a value as soon as that is possible again."""
        async with asyncio.timeout(SHARING_SECONDS):
            while True:
                with contextlib.suppress(StoreError):
                    await self.store.put(key, value, keep_seconds=60)
                    return
                await asyncio.sleep(0.01)

    async def find(self, key: str, value: bytes) -> None:
        """Ask until a value is there that another one has put."""
        async with asyncio.timeout(SHARING_SECONDS):
            while True:
                with contextlib.suppress(StoreError):
                    if await self.store.get(key) == value:
                        return
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def joined(
    url: str, count: int = 1, ca_file: str = ""
) -> AsyncIterator[list[Replica]]:
    """Have so many processes' ways to one Redis open, and hearing news."""
    replicas = [_to_replica(url, ca_file) for _ in range(count)]
    for replica in replicas:
        await replica.link.open()
        await replica.news.open()
    await until(lambda: all(replica.heard for replica in replicas))
    try:
        yield replicas
    finally:
        for replica in replicas:
            await replica.news.close()
            await replica.link.close()


def _to_replica(url: str, ca_file: str) -> Replica:
    link = Connection(
        url, prefix="test:", timeout_seconds=TIMEOUT_SECONDS, ca_file=ca_file
    )
    news, heard = RedisNews(link), list[str]()
    news.listen(TOPIC, heard.append)
    return Replica(link=link, store=RedisStore(link), news=news, heard=heard)


async def assert_refused_once(url: str, reason: str) -> None:
    """Ask until it is known why nothing can be read there, and then some more.

    On a busy machine it is away at first, and a probe learns the reason.
    """
    link = Connection(url, prefix="test:", timeout_seconds=TIMEOUT_SECONDS)
    with capture_logs() as logs:

        def told() -> list[object]:
            return [one["reason"] for one in logs if one["event"] == "redis.refused"]

        async def ask() -> None:
            with pytest.raises(StoreError):
                await link.ask("GET", "test:key")

        await link.open()
        async with asyncio.timeout(SHARING_SECONDS):
            while not told():
                await ask()
                await asyncio.sleep(0.01)
        for _ in range(3):
            await ask()
        await link.close()
    assert told() == [reason]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SHARING_SECONDS):
        while not condition():  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.01)


async def assert_news_go_round(replicas: list[Replica]) -> None:
    """Tell by each; hear it at all, once each subscribes again."""
    for number, teller in enumerate(replicas):
        async with asyncio.timeout(SHARING_SECONDS):
            while not all(f"news {number}" in one.heard for one in replicas):
                with contextlib.suppress(StoreError):
                    await teller.news.publish(TOPIC, f"news {number}")
                await asyncio.sleep(0.05)
