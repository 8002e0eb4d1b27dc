"""The stores that all else stands on, and what opens and closes them."""

from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.adapters.redis.connection import Connection
from gateway.adapters.redis.pubsub import RedisNews
from gateway.adapters.redis.store import RedisStore
from gateway.plugin.errors import StoreError
from gateway.ports.caches import Caches
from gateway.ports.clock import Clock
from gateway.ports.metrics import CachesMade, Watch
from gateway.ports.stores import SharedRedis, Store, Stores, StoreState
from gateway.settings import Settings

_POLICY = "volatile-lru"
_UNTOLD = "it does not tell its eviction policy"


class ProcessStores:
    """A process's own store, and Redis where it is configured."""

    def __init__(self, settings: Settings, clock: Clock, watch: Watch) -> None:
        caches = Caches(settings.cache.memory_bytes)
        own = MemoryStore(limit_bytes=caches.share("store"), clock=clock)
        caches.add("store", lambda: own.size_bytes)
        watch(CachesMade(caches.sizes))
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
        if self._connection is None or self._redis_store is None:
            return "none: this process keeps its own cache"
        try:
            await self._try_out()
            return to_words(await self._connection.describe())
        except StoreError as error:
            refusals = self._redis_store.refusals
            raise StoreError(
                f"redis: {refusals}" if refusals else str(error)
            ) from error

    def described(self) -> SharedRedis | None:
        """Return what Redis last told of itself."""
        return None if self._connection is None else self._connection.described

    async def _try_out(self) -> None:
        """Use whatever is used of Redis; what takes time to find is waited for."""
        if self._connection is None or self._redis_store is None:
            return
        await self._connection.find()
        await self._redis_store.try_out()
        if self._redis_news is not None:
            await self._redis_news.publish("check", "")
            await self._redis_news.try_out()

    async def open(self) -> None:
        if self._redis_news is not None and self._connection is not None:
            await self._connection.open()
            await self._redis_news.open()

    async def close(self) -> None:
        if self._redis_news is not None:
            await self._redis_news.close()
        await self.store.close()


def to_words(redis: SharedRedis) -> str:
    """Say what a Redis is, and what is advised."""
    policy = redis.eviction_policy
    advice = "" if policy == _POLICY else f" ({_POLICY} is advised)"
    known = f"maxmemory-policy {policy}" if policy else _UNTOLD
    servers = {"single": "one server", "cluster": "a cluster"}.get(redis.kind)
    masters = f"master{'s' * (len(redis.masters) > 1)} {', '.join(redis.masters)}"
    words = (
        servers or "a master under sentinels",
        masters,
        f"nodes: {redis.nodes}",
        redis.version or "it does not tell its version",
        f"{known}{advice}",
    )
    return f"reachable: {', '.join(words)}"
