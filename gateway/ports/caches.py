"""A process's caches: each bounded in bytes, keys and all, and added up in one place."""

from collections.abc import Callable, Iterator, Mapping
from sys import getsizeof
from typing import Generic, NamedTuple, TypeVar, overload
from weakref import WeakValueDictionary

from cachetools import Cache as BaseCache, LRUCache, TTLCache

from gateway.ports.clock import Clock

ENTRY_BYTES = 400
"""What an entry takes besides its key and value, in round numbers."""

SHARES: Mapping[str, float] = {
    "store": 0.39,
    "pages": 0.22,
    "answers": 0.04,
    "ahead": 0.02,
    "rendered": 0.08,
    "facts": 0.05,
    "formats": 0.02,
    "addresses": 0.05,
    "checked": 0.02,
    "links": 0.02,
    "idempotency": 0.02,
    "tokens": 0.01,
    "accounts": 0.02,
    "logins": 0.02,
    "generations": 0.01,
}
"""Which part of the memory's bound each may take."""
_LEAST_BYTES: Mapping[str, int] = {"logins": 2**19, "generations": 2**18}
"""What may be taken however small the bound is: without it nothing would go on."""

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


class _Sized(NamedTuple, Generic[V]):
    value: V
    size_bytes: int


def to_key_bytes(key: str, value: object) -> int:  # noqa: ARG001  # small, or shared
    """Count a text's bytes alone."""
    return getsizeof(key)


class Cache(Generic[K, V]):
    """Drops what was used longest ago, and with `seconds` what is older than that.

    `to_bytes` tells what a key and value take, besides what any entry does. What takes
    more than the whole bound is not kept.
    """

    def __init__(
        self,
        limit_bytes: int,
        to_bytes: Callable[[K, V], int],
        seconds: float | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._to_bytes = to_bytes
        self._kept: LRUCache[K, _Sized[V]] | TTLCache[K, _Sized[V]]
        if seconds is None or clock is None:
            self._kept = LRUCache(limit_bytes, getsizeof=lambda sized: sized.size_bytes)
        else:
            self._kept = TTLCache(
                limit_bytes,
                seconds,
                timer=clock.now,
                getsizeof=lambda sized: sized.size_bytes,
            )

    @property
    def size_bytes(self) -> int:
        return int(self._kept.currsize)

    @overload
    def get(self, key: K) -> V | None: ...
    @overload
    def get(self, key: K, default: T) -> V | T: ...
    def get(self, key: K, default: T | None = None) -> V | T | None:
        sized = self._kept.get(key)
        return default if sized is None else sized.value

    def put(self, key: K, value: V) -> None:
        size_bytes = ENTRY_BYTES + self._to_bytes(key, value)
        if size_bytes > self._kept.maxsize:
            self.drop(key)
        else:
            self._kept[key] = _Sized(value, size_bytes)

    def drop(self, key: K) -> None:
        self._kept.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._kept

    def items(self) -> Iterator[tuple[K, V]]:
        """Yield all that is kept; to look at something so is not to use it."""
        for key in tuple(self._kept):
            sized: _Sized[V] = BaseCache.__getitem__(self._kept, key)
            yield key, sized.value


class States(Generic[V]):
    """States by key, made when they are first asked for.

    Those used longest ago are dropped, but for those that somebody still holds.
    """

    def __init__(self, kept: Cache[str, V], make: Callable[[], V]) -> None:
        self._kept = kept
        self._make = make
        self._held: WeakValueDictionary[str, V] = WeakValueDictionary()

    def find(self, key: str) -> V | None:
        state = self._kept.get(key)
        return self._held.get(key) if state is None else state

    def at(self, key: str) -> V:
        """Return a key's state, a new one where there is none."""
        state = self._kept.get(key)
        if state is None:
            state = self._held.get(key) or self._make()
            self._held[key] = state
            self._kept.put(key, state)
        return state

    def weigh(self, key: str, state: V) -> None:
        """Take note that a state has another size by now."""
        self._kept.put(key, state)

    def __iter__(self) -> Iterator[V]:
        """Yield all that there are."""
        return iter(list(self._held.values()))


class Caches:
    """Makes a process's caches, each with its share, and tells what they take."""

    def __init__(self, memory_bytes: int = 2**27) -> None:
        self._memory_bytes = memory_bytes
        self._sizes: dict[str, Callable[[], int]] = {}

    def share(self, name: str) -> int:
        """Return how many bytes a cache may take."""
        share = int(self._memory_bytes * SHARES[name])
        return max(share, _LEAST_BYTES.get(name, 0))

    def add(self, name: str, to_size: Callable[[], int]) -> None:
        """Count a cache by what it tells of itself."""
        self._sizes[name] = to_size

    def make(
        self,
        name: str,
        to_bytes: Callable[[K, V], int],
        seconds: float | None = None,
        clock: Clock | None = None,
    ) -> Cache[K, V]:
        """Make a cache with the share of its name."""
        cache = Cache(self.share(name), to_bytes, seconds, clock)
        self.add(name, lambda: cache.size_bytes)
        return cache

    def sizes(self) -> dict[str, int]:
        """Return what each takes, in bytes."""
        return {name: to_size() for name, to_size in self._sizes.items()}
