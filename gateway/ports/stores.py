"""Where processes keep things, each its own and all together, and how they hear of news."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec
from msgspec import Struct

from gateway.ports.caches import Caches
from gateway.settings.redis_address import RedisKind

StoreState: TypeAlias = Literal["memory", "ok", "away", "refused"]
"""Whether there is a shared store, and whether it does what is asked of it."""


class SharedRedis(Struct, frozen=True, kw_only=True):
    """What a Redis tells of itself, as far as its user may know.

    `masters` are those that are written to, as host:port; `nodes` counts their replicas,
    too, where somebody tells of them.
    """

    kind: RedisKind
    masters: tuple[str, ...]
    nodes: int
    version: str | None
    eviction_policy: str | None


class Claim(Struct, frozen=True):
    """What is put under which key to claim it, and for how long."""

    key: str
    value: bytes
    keep_seconds: float


class Store(Protocol):
    """A cache of bytes, which may lose anything at any time.

    Raises (each method):
        StoreError: it could not be asked in time.
    """

    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, value: bytes, *, keep_seconds: float) -> None: ...

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values of keys, in their order."""
        ...

    async def put_many(
        self, values: Mapping[str, bytes], *, keep_seconds: float
    ) -> None: ...

    async def delete(self, key: str) -> None: ...

    async def claim(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        """Put a value unless the key has one; tell whether it was put.

        Claims of one key last equally long: a value that lasts for longer may be taken
        for none of ours, and be replaced.
        """
        ...

    async def get_or_claim(
        self, key: str, claim: Claim, *, least_seconds: float
    ) -> tuple[bytes | None, bool | None]:
        """Return a key's value; unless it is kept for so much longer, claim another key.

        Also return whether that was claimed, or None if it was not tried. Both are one
        step: no value is put by another between them.
        """
        ...

    async def put_new(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        """Put a value unless the key has one, however long it lasts; tell whether it was."""
        ...

    async def extend_if_equal(
        self, key: str, value: bytes, *, keep_seconds: float
    ) -> bool:
        """Keep a value for so long from now; tell whether it was still there."""
        ...

    async def delete_if_equal(self, key: str, value: bytes) -> None:
        """Delete a value, unless the key has another one by now."""
        ...

    async def get_or_set(self, key: str, value: bytes, *, keep_seconds: float) -> bytes:
        """Return the key's value, after having put this one if it had none."""
        ...

    async def add(self, key: str, amount: int, *, keep_seconds: float) -> int:
        """Count up, from 0; give the sum. A count is kept since its first amount."""
        ...

    async def ping(self) -> None: ...

    async def close(self) -> None: ...


class News(Protocol):
    """What one replica tells all others, itself included.

    Raises (`publish`):
        StoreError: nobody could be told.
    """

    @property
    def is_current(self) -> bool:
        """Return whether nothing can have been told unheard, or nobody can be asked."""
        ...

    def listen(self, topic: str, hear: Callable[[str], None]) -> None:
        """Hear what is told on a topic; an empty text: something may be missed."""
        ...

    async def publish(self, topic: str, text: str) -> None: ...


class Stores(Struct, frozen=True, kw_only=True):
    """Where a process keeps things: its own memory, and what all replicas share, if any.

    `caches` makes what it keeps at hand besides, in the same memory's bound.
    """

    own: Store
    shared: Store | None
    news: News
    caches: Caches = msgspec.field(default_factory=Caches)
