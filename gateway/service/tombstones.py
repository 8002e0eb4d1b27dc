"""Which items of an account were deleted lately, for all replicas, for ten minutes.

An upstream may list an item for a while after it was deleted; and whoever asks for the
same deletion again, for its answer was lost, is told that it is done.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
from msgspec import Struct

from gateway.core.clock import Clock
from gateway.core.errors import StoreError
from gateway.core.packing import unpack
from gateway.core.stores import Store, Stores
from gateway.service.credentials import Account
from gateway.service.leases import Lease

KEEP_SECONDS = 600.0
_STORE_SECONDS = 2 * KEEP_SECONDS
_LEASE_SECONDS = 1.0


class Tombstone(Struct, frozen=True, array_like=True):
    """When an item was deleted, or was tried to be: then the upstream's word is open."""

    at: float
    is_done: bool


Tombs = dict[str, Tombstone]


class Tombstones:
    """Remembers deletions by account and item; away with the store, in this process."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._shared = stores.shared
        self._clock = clock
        self._own: dict[str, Tombs] = {}

    async def find(self, account: Account) -> Tombs:
        """Give an account's tombstones by item id."""
        if self._shared is None:
            return self._fresh(self._own.get(account.key, {}))
        own = self._own.get(account.key, {})
        return self._fresh(await _read(self._shared, account) | own)

    async def put(self, account: Account, item_id: str, *, is_done: bool) -> None:
        stone = Tombstone(self._clock.now(), is_done)
        own = self._fresh(self._own.get(account.key, {}))
        self._own[account.key] = own | {item_id: stone}
        if self._shared is None:
            return
        async with _alone(self._shared, account):
            tombs = self._fresh(await _read(self._shared, account)) | {item_id: stone}
            packed = msgspec.msgpack.encode(tombs)
            with contextlib.suppress(StoreError):
                await self._shared.put(
                    _to_key(account), packed, keep_seconds=_STORE_SECONDS
                )

    def _fresh(self, tombs: Tombs) -> Tombs:
        oldest = self._clock.now() - KEEP_SECONDS
        return {key: stone for key, stone in tombs.items() if stone.at > oldest}


@contextlib.asynccontextmanager
async def _alone(store: Store, account: Account) -> AsyncIterator[None]:
    """Keep other replicas from writing meanwhile, for as long as that is reasonable."""
    lease = Lease(store, _to_key(account))
    try:
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(_LEASE_SECONDS):
                await lease.wait()
        yield
    finally:
        await lease.drop()


async def _read(store: Store, account: Account) -> Tombs:
    try:
        return unpack(await store.get(_to_key(account)), Tombs) or {}
    except StoreError:
        return {}


def _to_key(account: Account) -> str:
    return f"gone:{account.key}"
