"""The stores that all else stands on, and what opens and closes them."""

from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.adapters.redis.connection import Connection
from gateway.adapters.redis.pubsub import RedisNews
from gateway.adapters.redis.store import RedisStore
from gateway.plugin.errors import StoreError
from gateway.ports.caches import Caches
from gateway.ports.clock import Clock
from gateway.ports.metrics import Watch
from gateway.ports.stores import Store, Stores, StoreState
from gateway.settings import Settings

_POLICY = "volatile-lru"


class ProcessStores:
    """A process's own store, and Redis where it is configured."""

    def __init__(self, settings: Settings, clock: Clock, watch: Watch) -> None:
        caches = Caches(settings.cache.memory_bytes)
        own = MemoryStore(limit_bytes=caches.share("store"), clock=clock)
        caches.add("store", lambda: own.size_bytes)
        watch.caches_made(caches.sizes)
        self._connection: Connection | None = None
        self._redis_news: RedisNews | None = None
        self._redis_store: RedisStore | None = None
        if (redis := settings.redis) is None:
            self.stores = Stores(own=own, shared=None, news=LocalNews(), caches=caches)
            return
        seconds = redis.timeout_seconds
        connection = self._connection = Connection(
            redis.url,
            prefix=redis.prefix,
            timeout_seconds=seconds,
            ca_file=redis.ca_file,
            watch=watch,
        )
        self._redis_news = RedisNews(connection)
        self._redis_store = RedisStore(connection)
        self.stores = Stores(
            own=own,
            shared=self._redis_store,
            news=self._redis_news,
            caches=caches,
        )

    @property
    def store(self) -> Store:
        """The widest store there is."""
        return self.stores.shared or self.stores.own

    async def probe(self) -> StoreState:
        if self._redis_store is None:
            return "memory"
        try:
            await self._redis_store.ping()
        except StoreError:
            return "refused" if self._redis_store.refusals else "away"
        return "refused" if self._redis_store.refusals else "ok"

    async def describe(self) -> str:
        """Tell of Redis what its operator should know.

        Raises:
            StoreError: it cannot be asked.
        """
        if self._redis_store is None or self._redis_news is None:
            return "none: this process keeps its own cache"
        try:
            await self._redis_store.try_out()
            await self.stores.news.publish("check", "")
            await self._redis_news.try_out()
        except StoreError as error:
            refusals = self._redis_store.refusals
            raise StoreError(
                f"redis: {refusals}" if refusals else str(error)
            ) from error
        policy = await self._redis_store.eviction_policy()
        if policy is None:
            return f"reachable; it does not tell its eviction policy ({_POLICY} is advised)"
        advice = "" if policy == _POLICY else f" ({_POLICY} is advised)"
        return f"reachable, maxmemory-policy {policy}{advice}"

    async def open(self) -> None:
        if self._redis_news is not None and self._connection is not None:
            await self._connection.open()
            await self._redis_news.open()

    async def close(self) -> None:
        if self._redis_news is not None:
            await self._redis_news.close()
        await self.store.close()
