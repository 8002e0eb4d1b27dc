"""A store in the process's own memory, bounded in bytes."""

from collections import OrderedDict

from msgspec import Struct

from gateway.core.ports import Clock

ENTRY_BYTES = 256
"""What an entry takes besides its key and value, in round numbers."""


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
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.expires_at <= self._clock.now():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept.value

    async def put(self, key: str, value: bytes, *, keep_seconds: float) -> None:
        self._drop(key)
        size_bytes = ENTRY_BYTES + len(key.encode()) + len(value)
        if size_bytes > self._limit_bytes or keep_seconds <= 0:
            return
        while self._size_bytes + size_bytes > self._limit_bytes:
            self._drop(next(iter(self._kept)))
        expires_at = self._clock.now() + keep_seconds
        self._kept[key] = _Kept(value, size_bytes, expires_at)
        self._size_bytes += size_bytes

    async def delete(self, key: str) -> None:
        self._drop(key)

    async def ping(self) -> None:
        pass

    async def close(self) -> None:
        self._kept.clear()
        self._size_bytes = 0

    def _drop(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._size_bytes -= kept.size_bytes
