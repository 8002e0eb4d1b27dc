"""News over Redis' pub/sub, with a heartbeat: a frozen subscription looks idle."""

import asyncio
from collections import defaultdict
from collections.abc import Callable

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from gateway.adapters.redis.connection import Connection
from gateway.concurrency.tasks import begin_behind
from gateway.concurrency.timeouts import within
from gateway.coordination import keys
from gateway.plugin.errors import StoreError

_BEAT_SECONDS = 0.25
_MOST_MISSED = 3
"""Beats without an answer after which a subscription counts as lost."""
_LONGEST_SECONDS = 5.0
_PAUSE_SECONDS = 0.25
_NAME = "SUBSCRIBE"

log = structlog.get_logger()


class RedisNews:
    """Hears every replica's news; what may have been missed is told by empty texts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_subscribed = False
        self._listeners: defaultdict[str, list[Callable[[str], None]]] = defaultdict(
            list
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def is_current(self) -> bool:
        return self._is_subscribed or not self._connection.is_up

    def listen(self, topic: str, hear: Callable[[str], None]) -> None:
        self._listeners[topic].append(hear)

    async def publish(self, topic: str, text: str) -> None:
        await self._connection.ask("PUBLISH", self._channel, f"{topic} {text}")

    async def try_out(self) -> None:
        """Subscribe once, so that a right that is missing shows.

        Raises:
            StoreError: it cannot be done.
        """
        try:
            client = await self._to_client()
            async with client.pubsub() as channel:
                await self._subscribe(channel)
        except (RedisError, OSError) as error:
            reason = isinstance(error, RedisError) and self._connection.refuse(
                _NAME, error
            )
            raise StoreError(f"redis: {reason or type(error).__name__}") from error
        finally:
            self._is_subscribed = False

    async def open(self) -> None:
        """Begin to listen; needs a running event loop."""
        self._connection.on_back(self._doubt)
        self._task = begin_behind(self._run())

    async def close(self) -> None:
        if self._task is not None:
            # redis-py sends by `asyncio.wait_for`: until Python 3.12, one that is done
            # in that moment swallows a cancellation
            while not self._task.done():
                self._task.cancel()
                await asyncio.wait({self._task}, timeout=_PAUSE_SECONDS)

    @property
    def _channel(self) -> str:
        return f"{self._connection.prefix}{keys.NEWS}"

    async def _run(self) -> None:
        while True:
            await self._hear_until_lost()
            self._is_subscribed = False
            await self._connection.probe()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _hear_until_lost(self) -> None:
        servers = self._connection.servers
        try:
            client = await self._to_client()
            async with client.pubsub() as channel:
                await self._subscribe(channel)
                await self._hear(channel)
        except RedisError as error:
            self._connection.refuse(_NAME, error)
        except OSError:
            return
        except Exception:  # a connection that is closed under redis-py
            if (
                servers is self._connection.servers
            ):  # else it was left, which has been told
                log.warning("redis.news_lost", exc_info=True)

    async def _to_client(self) -> Redis:
        """Return a client of the server to listen at, once that is found."""
        async with within(_LONGEST_SECONDS):
            return await self._connection.servers.listener()

    async def _subscribe(self, channel: PubSub) -> None:
        async with within(_LONGEST_SECONDS):
            await channel.subscribe(self._channel)
        for _ in range(_MOST_MISSED):
            if (await _next(channel)).get("type") == "subscribe":
                break
        else:
            raise TimeoutError
        self._is_subscribed = True
        self._connection.refusals.forget(_NAME)
        self._doubt()

    async def _hear(self, channel: PubSub) -> None:
        loop = asyncio.get_running_loop()
        missed, is_asked, beat_at = 0, False, loop.time()
        while missed < _MOST_MISSED:
            if not is_asked and loop.time() >= beat_at:
                async with within(_LONGEST_SECONDS):
                    await channel.ping()
                is_asked = True
            message = await _next(channel)
            if message:
                missed, is_asked, beat_at = 0, False, loop.time() + _BEAT_SECONDS
            elif is_asked:
                missed += 1
            if message.get("type") == "message":
                self._tell(message["data"])

    def _tell(self, content: bytes | str) -> None:
        news = (
            content if isinstance(content, str) else content.decode("utf-8", "replace")
        )
        topic, _, text = news.partition(" ")
        for hear in self._listeners.get(topic, ()):
            hear(text)

    def _doubt(self) -> None:
        for listeners in self._listeners.values():
            for hear in listeners:
                hear("")


async def _next(channel: PubSub) -> dict[str, bytes | str]:
    """Return the next message, or nothing after a beat."""
    message = await channel.get_message(timeout=_BEAT_SECONDS)
    return message or {}
