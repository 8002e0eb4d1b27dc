"""Where items were last seen, and which are gone: by a listing, a look-up, a deletion."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.accounts.calls import Calls
from gateway.accounts.credentials import Account
from gateway.crawl.page import mend
from gateway.plugin.provider import Entry, Listing, PageKey
from gateway.plugin.times import tomorrow
from gateway.ports.clock import Clock
from gateway.ports.metrics import Watch, unwatched
from gateway.ports.packing import unpack
from gateway.ports.stores import Stores
from gateway.sightings.addresses import Addresses, Sighting
from gateway.sightings.tombstones import Tombstones


class Sightings:
    """Remembers entries by account and item; what was deleted lately is not seen."""

    def __init__(
        self,
        calls: Calls,
        stores: Stores,
        clock: Clock,
        watch: Watch = unwatched,
    ) -> None:
        self._calls = calls
        self._clock = clock
        self._addresses = Addresses(stores, clock)
        self.tombstones = Tombstones(stores, clock, watch)

    async def note(
        self,
        account: Account,
        entries: Sequence[Entry],
        listing: Listing,
        number: PageKey,
    ) -> None:
        """Take over what was listed just now, on a page of a list."""
        await self._addresses.note(account, entries, pack_listing(listing), number)

    async def find_media(self, account: Account, item_id: str) -> Entry | None:
        """Find where an item's bytes were when it was last listed, up to a day ago."""
        if item_id in await self.find_gone(account):
            return None
        return await self._addresses.find(account, item_id)

    async def find_place(self, account: Account, item_id: str) -> Sighting | None:
        """Return where an item was last seen, up to thirty days ago."""
        return await self._addresses.find_place(account, item_id)

    async def find_gone(self, account: Account) -> frozenset[str]:
        """Return the ids of the items that were deleted lately."""
        tombs = await self.tombstones.find(account)
        return frozenset(item_id for item_id, stone in tombs.items() if stone.is_done)

    async def look_up(self, account: Account, native_id: str) -> Entry | None:
        """Ask the upstream for one item, where it has a look-up.

        Raises:
            UpstreamError: it could not be asked.
        """
        entry = await self._calls.look_up(account, native_id)
        if entry is None or entry.item is None:
            return None
        if entry.id in await self.find_gone(account):
            return None
        entry = mend(entry, tomorrow(self._clock.now()))
        await self._addresses.note(account, (entry,))
        return entry

    async def aclose(self) -> None:
        await self._addresses.aclose()
        await self.tombstones.aclose()


def pack_listing(listing: Listing) -> bytes:
    return msgspec.msgpack.encode(listing)


def unpack_listing(packed: bytes | None, like: Listing) -> Listing | None:
    """Read a list whose request is of the same kind; None where there is none."""
    generic: Any = Listing
    return unpack(packed, generic[type(like.request)])
