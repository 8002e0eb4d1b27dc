"""Where items' bytes are upstream, kept for a day after they were listed.

What an item is listed with anew (upstreams sign addresses anew in every listing) is
written behind the answer, the latest one only.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from itertools import islice
from sys import getsizeof

import msgspec
from msgspec import Struct

from gateway.accounts.credentials import Account
from gateway.concurrency.aside import ENTRY_BYTES, aside
from gateway.concurrency.behind import Behind
from gateway.coordination import keys
from gateway.plugin.errors import StoreError
from gateway.plugin.provider import Entry, Media, PageKey
from gateway.ports.caches import Cache
from gateway.ports.clock import Clock
from gateway.ports.packing import unpack
from gateway.ports.stores import Store, Stores
from gateway.sealing.digest import to_key

GOOD_SECONDS = 86_400.0
"""How long an address is used after it was listed."""
KEEP_SECONDS = 30 * 86_400.0
"""How long the place of an item is remembered after it was listed."""
_ANSWER_SECONDS = 0.05
_STEP = 64


class Sighting(Struct, frozen=True, array_like=True):
    """On which page of which list an entry stood, and when that was (epoch seconds).

    `listing` is that list, packed (`pack_listing`).
    """

    media: tuple[Media, ...]
    created_at: str | None
    listed_at: float
    listing: bytes | None = None
    number: PageKey | None = None


class Addresses:
    """Keeps entries by account and item; those whose paths need no keeping are left out."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._clock = clock
        self._store: Store | None = stores.shared
        self._at_hand: Cache[str, Sighting] = stores.caches.make("addresses", _to_bytes)
        self._unsaved: dict[str, Sighting] = {}
        self._saving = Behind()

    async def note(
        self,
        account: Account,
        entries: Sequence[Entry],
        listing: bytes | None = None,
        number: PageKey | None = None,
    ) -> None:
        """Take over what was listed just now, on a page of that list."""
        now = self._clock.now()

        def collect() -> dict[str, Sighting]:
            return {
                _to_key(account, entry.id): Sighting(
                    entry.media, entry.item.created_at, now, listing, number
                )
                for entry in entries
                if entry.item and not (entry.media and _is_lasting(entry))
            }

        self._unsaved |= await aside(ENTRY_BYTES * len(entries), collect)
        if self._unsaved:
            self._saving.begin(self._save)

    async def find(self, account: Account, item_id: str) -> Entry | None:
        """Return the media of an entry that was listed within a day, without its item."""
        place = await self.find_place(account, item_id)
        if place is None or self._clock.now() - place.listed_at >= GOOD_SECONDS:
            return None
        return Entry(item_id, None, place.media)

    async def find_place(self, account: Account, item_id: str) -> Sighting | None:
        """Return where an item was last seen, up to thirty days ago."""
        key = _to_key(account, item_id)
        place = self._unsaved.get(key) or self._at_hand.get(key)
        if place is not None:
            return place
        if self._store is None:
            return None
        try:
            packed = await self._store.get(key)
        except StoreError:
            return None
        return unpack(packed, Sighting)

    async def aclose(self) -> None:
        await self._saving.aclose()

    async def _save(self) -> None:
        await asyncio.sleep(_ANSWER_SECONDS)
        while self._unsaved:
            some = dict(islice(self._unsaved.items(), _STEP))
            if self._store is not None:
                packed = {key: msgspec.msgpack.encode(some[key]) for key in some}
                with contextlib.suppress(StoreError):
                    await self._store.put_many(packed, keep_seconds=KEEP_SECONDS)
            for key, place in some.items():
                if self._unsaved.get(key) is place:
                    del self._unsaved[key]
                self._at_hand.put(key, place)
            await asyncio.sleep(0)


def _to_bytes(key: str, place: Sighting) -> int:
    media = sum(media.size_bytes for media in place.media)
    return 400 + getsizeof(key) + len(place.listing or b"") + media


def _is_lasting(entry: Entry) -> bool:
    """Return whether its paths are good for as long as the item is there."""
    return all((media.full or "/").startswith("/") for media in entry.media)


def _to_key(account: Account, item_id: str) -> str:
    item = to_key(item_id.encode("utf-8", "surrogatepass"))
    return keys.address(account.key, item)
