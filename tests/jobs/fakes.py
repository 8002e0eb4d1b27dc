"""A store that fails in the ways that a real one does, and what is done over it."""

from collections.abc import Mapping, Sequence
from typing import Literal

from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.plugin.errors import StoreError
from gateway.ports.caches import Caches
from gateway.ports.clock import Clock
from gateway.ports.stores import News, Stores

Mode = Literal["well", "away", "mute"]


class FailingStore:
    """Does what is asked; away, it does nothing, and mute, it does it without an answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.mode: Mode = "well"
        self.empty()

    def empty(self) -> None:
        self.kept = MemoryStore(limit_bytes=10_000_000, clock=self._clock)

    def _begin(self) -> None:
        if self.mode == "away":
            raise StoreError("away")

    def _end(self) -> None:
        if self.mode == "mute":
            raise StoreError("no answer in time")

    async def get(self, key: str) -> bytes | None:
        self._begin()
        found = await self.kept.get(key)
        self._end()
        return found

    async def put(self, key: str, value: bytes, *, keep_seconds: float) -> None:
        self._begin()
        await self.kept.put(key, value, keep_seconds=keep_seconds)
        self._end()

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [await self.get(key) for key in keys]

    async def put_many(
        self, values: Mapping[str, bytes], *, keep_seconds: float
    ) -> None:
        for key, value in values.items():
            await self.put(key, value, keep_seconds=keep_seconds)

    async def delete(self, key: str) -> None:
        self._begin()
        await self.kept.delete(key)
        self._end()

    async def claim(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        self._begin()
        is_ours = await self.kept.claim(key, value, keep_seconds=keep_seconds)
        self._end()
        return is_ours

    async def put_new(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        return await self.claim(key, value, keep_seconds=keep_seconds)

    async def extend_if_equal(
        self, key: str, value: bytes, *, keep_seconds: float
    ) -> bool:
        self._begin()
        is_there = await self.kept.extend_if_equal(
            key, value, keep_seconds=keep_seconds
        )
        self._end()
        return is_there

    async def delete_if_equal(self, key: str, value: bytes) -> None:
        self._begin()
        await self.kept.delete_if_equal(key, value)
        self._end()

    async def get_or_set(self, key: str, value: bytes, *, keep_seconds: float) -> bytes:
        self._begin()
        found = await self.kept.get_or_set(key, value, keep_seconds=keep_seconds)
        self._end()
        return found

    async def add(self, key: str, amount: int, *, keep_seconds: float) -> int:
        self._begin()
        count = await self.kept.add(key, amount, keep_seconds=keep_seconds)
        self._end()
        return count

    async def ping(self) -> None:
        self._begin()

    async def close(self) -> None:
        pass


def stores_of(
    clock: Clock, shared: FailingStore | None, news: News | None = None
) -> Stores:
    """Return one replica's stores."""
    own = MemoryStore(limit_bytes=1_000_000, clock=clock)
    return Stores(own=own, shared=shared, news=news or LocalNews(), caches=Caches())
