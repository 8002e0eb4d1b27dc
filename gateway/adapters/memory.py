"""A store in the process's own memory, bounded in bytes; and news for one process."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from gateway.ports.caches import ENTRY_BYTES
from gateway.ports.clock import Clock
from gateway.ports.stores import Claim


class _Kept(Struct, frozen=True):
    value: bytes
    size_bytes: int
    expires_at: float


class MemoryStore:
    """Drops what was used longest ago; keeps nothing larger than its whole bound."""

    def __init__(self, *, limit_bytes: int, clock: Clock) -> None:
        self._limit_bytes = limit_bytes
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._size_bytes = 0

    @property
    def size_bytes(self) -> int:
        return self._size_bytes

    async def get(self, key: str) -> bytes | None:
        return self._get(key)

    async def put(self, key: str, value: bytes, *, keep_seconds: float) -> None:
        self._put(key, value, keep_seconds)

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [self._get(key) for key in keys]

    async def put_many(
        self, values: Mapping[str, bytes], *, keep_seconds: float
    ) -> None:
        for key, value in values.items():
            self._put(key, value, keep_seconds)

    async def delete(self, key: str) -> None:
        self._drop(key)

    async def claim(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        if self._get(key) is not None:
            return False
        self._put(key, value, keep_seconds)
        return True

    async def get_or_claim(
        self, key: str, claim: Claim, *, least_seconds: float
    ) -> tuple[bytes | None, bool | None]:
        value = self._get(key)
        until = self._clock.now() + least_seconds
        if value is not None and self._kept[key].expires_at >= until:
            return value, None
        keep = claim.keep_seconds
        return value, await self.claim(claim.key, claim.value, keep_seconds=keep)

    async def put_new(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        return await self.claim(key, value, keep_seconds=keep_seconds)

    async def extend_if_equal(
        self, key: str, value: bytes, *, keep_seconds: float
    ) -> bool:
        if self._get(key) != value:
            return False
        self._put(key, value, keep_seconds)
        return True

    async def delete_if_equal(self, key: str, value: bytes) -> None:
        if self._get(key) == value:
            self._drop(key)

    async def get_or_set(self, key: str, value: bytes, *, keep_seconds: float) -> bytes:
        settled = self._get(key)
        settled = value if settled is None else settled
        self._put(key, settled, keep_seconds)
        return settled

    async def add(self, key: str, amount: int, *, keep_seconds: float) -> int:
        kept = self._get(key)
        count = amount + (int(kept) if kept and kept.isdigit() else 0)
        if kept is not None:
            keep_seconds = self._kept[key].expires_at - self._clock.now()
        self._put(key, str(count).encode(), keep_seconds)
        return count

    async def ping(self) -> None:
        pass

    async def close(self) -> None:
        self._kept.clear()
        self._size_bytes = 0

    def _get(self, key: str) -> bytes | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.expires_at <= self._clock.now():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept.value

    def _put(self, key: str, value: bytes, keep_seconds: float) -> None:
        self._drop(key)
        size_bytes = ENTRY_BYTES + len(key.encode()) + len(value)
        if size_bytes > self._limit_bytes or keep_seconds <= 0:
            return
        while self._size_bytes + size_bytes > self._limit_bytes:
            self._drop(next(iter(self._kept)))
        expires_at = self._clock.now() + keep_seconds
        self._kept[key] = _Kept(value, size_bytes, expires_at)
        self._size_bytes += size_bytes

    def _drop(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._size_bytes -= kept.size_bytes


class LocalNews:
    """News of a process that shares nothing."""

    is_current = True

    def __init__(self) -> None:
        self._listeners: defaultdict[str, list[Callable[[str], None]]] = defaultdict(
            list
        )

    def listen(self, topic: str, hear: Callable[[str], None]) -> None:
        self._listeners[topic].append(hear)

    async def publish(self, topic: str, text: str) -> None:
        for hear in self._listeners[topic]:
            hear(text)
