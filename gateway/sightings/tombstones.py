"""Which items of an account were deleted lately, for all replicas, for ten minutes.

An upstream may list an item for a while after it was deleted; and whoever asks for the
same deletion again, for its answer was lost, is told that it is done.
"""

import contextlib

import msgspec
from msgspec import Struct

from gateway.accounts.credentials import Account
from gateway.concurrency.behind import Behind
from gateway.coordination import keys
from gateway.coordination.leases import alone
from gateway.plugin.errors import StoreError
from gateway.ports.clock import Clock
from gateway.ports.metrics import Watch, unwatched
from gateway.ports.packing import unpack
from gateway.ports.stores import Store, Stores

KEEP_SECONDS = 600.0
_TOPIC = "gone"
_STORE_SECONDS = 2 * KEEP_SECONDS
_LEASE_SECONDS = 1.0


class Tombstone(Struct, frozen=True, array_like=True):
    """When an item was deleted, or was tried to be: then the upstream's word is open."""

    at: float
    is_done: bool


Tombs = dict[str, Tombstone]


class Tombstones:
    """Remembers deletions by account and item; away with the store, in this process.

    What could not be shared is shared once the store is back, and what was: that may be
    lost, if another server has taken the store's place.
    """

    def __init__(self, stores: Stores, clock: Clock, watch: Watch = unwatched) -> None:
        self._watch = watch
        self._shared = stores.shared
        self._clock = clock
        self._own: dict[str, Tombs] = {}
        self._sharing = Behind()
        stores.news.listen(_TOPIC, self._hear)

    async def find(self, account: Account) -> Tombs:
        """Return an account's tombstones by item id."""
        own = self._fresh(self._own.get(account.key, {}))
        if self._shared is None:
            return own
        return _join(self._fresh(await _read(self._shared, account.key)), own)

    async def put(self, account: Account, item_id: str, *, is_done: bool) -> None:
        stone = Tombstone(self._clock.now(), is_done)
        own = self._fresh(self._own.get(account.key, {}))
        self._forget_old()
        self._own[account.key] = own | {item_id: stone}
        if self._shared is not None:
            await self._share(self._shared, account.key)

    async def aclose(self) -> None:
        await self._sharing.aclose()

    def _hear(self, text: str) -> None:
        """Share one's own, now that the store may be back, or another."""
        if text or self._shared is None:
            return
        self._forget_old()
        if self._own:
            self._sharing.begin(self._share_again)

    async def _share_again(self) -> None:
        for account_key in tuple(self._own):
            if self._shared is not None:
                await self._share(self._shared, account_key)

    async def _share(self, shared: Store, account_key: str) -> None:
        """Add what this process knows of an account to what all know, if one can."""
        name = keys.tombstones(account_key)
        async with alone(shared, name, self._watch, most_seconds=_LEASE_SECONDS):
            own = self._fresh(self._own.get(account_key, {}))
            tombs = _join(self._fresh(await _read(shared, account_key)), own)
            packed = msgspec.msgpack.encode(tombs)
            with contextlib.suppress(StoreError):
                await shared.put(name, packed, keep_seconds=_STORE_SECONDS)

    def _forget_old(self) -> None:
        """Forget accounts of which nothing was deleted lately."""
        for key in [key for key, tombs in self._own.items() if not self._fresh(tombs)]:
            del self._own[key]

    def _fresh(self, tombs: Tombs) -> Tombs:
        oldest = self._clock.now() - KEEP_SECONDS
        return {key: stone for key, stone in tombs.items() if stone.at > oldest}


def _join(theirs: Tombs, own: Tombs) -> Tombs:
    """Take the own one, unless another replica knows that the item is gone."""
    return own | {
        item_id: stone
        for item_id, stone in theirs.items()
        if stone.is_done or item_id not in own
    }


async def _read(store: Store, account_key: str) -> Tombs:
    try:
        return unpack(await store.get(keys.tombstones(account_key)), Tombs) or {}
    except StoreError:
        return {}
