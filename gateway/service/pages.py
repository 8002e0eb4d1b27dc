"""Upstream pages through the cache: read, translated, kept with their links."""

import asyncio
import contextlib
import zlib
from collections.abc import Iterator

import msgspec
from cachetools import LRUCache
from msgspec import Struct

from gateway.core.digest import to_key
from gateway.core.errors import StoreError
from gateway.core.model import GalleryItem
from gateway.core.page import Page, inherit_link, mend_times, to_page
from gateway.core.ports import Clock, Listing, PageKey, Store
from gateway.core.times import tomorrow
from gateway.service.calls import Calls
from gateway.service.credentials import Account

_DECODED_ENTRIES = 10_000
_ANSWER_SECONDS = 0.02
"""How long packing waits, so that the answer goes out first."""


class Keeping(Struct, frozen=True, kw_only=True):
    """For how long a page is fresh, and for how long it is kept at all, in seconds."""

    fresh_seconds: float
    keep_seconds: float


class Pages:
    """Reads pages for accounts; what is fresh in the store costs no upstream call."""

    def __init__(
        self, calls: Calls, store: Store, clock: Clock, keeping: Keeping
    ) -> None:
        self._calls = calls
        self._clock = clock
        self._keeping = keeping
        self._shelf = _Shelf(store)

    async def kept(
        self,
        account: Account,
        listing: Listing,
        number: PageKey,
        *,
        most_seconds: float | None = None,
    ) -> Page | None:
        """Give a page from the store if it is fresh, or younger than `most_seconds`."""
        most = self._keeping.fresh_seconds if most_seconds is None else most_seconds
        page = await self._shelf.get(_to_store_key(account, listing, number))
        if page is None or self._clock.now() - page.received_at >= most:
            return None
        return page

    def fresh_until(self, page: Page) -> float:
        """Tell when a page stops being fresh, in epoch seconds."""
        return page.received_at + self._keeping.fresh_seconds

    async def fetch(self, account: Account, listing: Listing, number: PageKey) -> Page:
        """Read a page from its upstream, and keep it.

        Raises:
            UpstreamError: it could not be read.
        """
        key = _to_store_key(account, listing, number)
        page = await self._read(account, listing, number)
        if listing.enters_at_top and (before := await self._shelf.get(key)):
            page = inherit_link(before, page)
        self._shelf.put(key, page, keep_seconds=self._keeping.keep_seconds)
        return page

    async def keep_link(
        self, account: Account, listing: Listing, number: PageKey, page: Page
    ) -> None:
        """Keep a page with the link that was proven, unless it was read again since."""
        key = _to_store_key(account, listing, number)
        kept = await self._shelf.get(key)
        if kept is None or kept.received_at == page.received_at:
            age = self._clock.now() - page.received_at
            keep_seconds = self._keeping.keep_seconds - age
            self._shelf.put(key, page, keep_seconds=keep_seconds)

    async def aclose(self) -> None:
        """Let what is being kept come to its end."""
        await self._shelf.aclose()

    def find(self, account: Account, item_id: str) -> GalleryItem | None:
        """Find an item on the account's pages at hand that are fresh."""
        oldest = self._clock.now() - self._keeping.fresh_seconds
        for page in self._shelf.pages(f"page:{account.key}:"):
            if page.received_at > oldest and item_id in page.items:
                return page.items[item_id]
        return None

    async def look_up(self, account: Account, native_id: str) -> GalleryItem | None:
        """Ask the upstream for one item, where it has a look-up.

        Raises:
            UpstreamError: it could not be asked.
        """
        item = await self._calls.look_up(account, native_id)
        return item and mend_times(item, tomorrow(self._clock.now()))

    async def _read(self, account: Account, listing: Listing, number: PageKey) -> Page:
        asked_at = self._clock.now()
        upstream = await self._calls.read(account, listing, number)
        return to_page(
            upstream,
            size=listing.paging.size,
            asked_at=asked_at,
            received_at=self._clock.now(),
        )


class _Shelf:
    """Pages in a store of bytes; what was decoded lately is not decoded again.

    Packing and storing goes on behind: the page is at hand meanwhile.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._decoded: LRUCache[str, tuple[bytes, Page]] = LRUCache(
            _DECODED_ENTRIES, getsizeof=lambda kept: 1 + len(kept[1].entries)
        )
        self._unsaved: dict[str, Page] = {}
        self._saving: set[asyncio.Task[None]] = set()

    async def get(self, key: str) -> Page | None:
        unsaved = self._unsaved.get(key)
        if unsaved is not None:
            return unsaved
        try:
            packed = await self._store.get(key)
        except StoreError:
            return None
        if packed is None:
            return None
        known = self._decoded.get(key)
        if known is not None and known[0] == packed:
            return known[1]
        page = _unpack(packed)
        if page is not None:
            self._remember(key, packed, page)
        return page

    def put(self, key: str, page: Page, *, keep_seconds: float) -> None:
        self._unsaved[key] = page
        task = asyncio.create_task(self._save(key, page, keep_seconds))
        self._saving.add(task)
        task.add_done_callback(self._saving.discard)

    def pages(self, prefix: str) -> Iterator[Page]:
        """Give the pages at hand whose keys begin so."""
        at_hand = {key: page for key, (_, page) in self._decoded.items()}
        for key, page in (at_hand | self._unsaved).items():
            if key.startswith(prefix):
                yield page

    async def aclose(self) -> None:
        """Let what is being stored come to its end."""
        await asyncio.gather(*self._saving)

    async def _save(self, key: str, page: Page, keep_seconds: float) -> None:
        await asyncio.sleep(_ANSWER_SECONDS)
        packed = await asyncio.to_thread(_pack, page)
        if self._unsaved.get(key) is not page:  # read again, or linked, meanwhile
            return
        with contextlib.suppress(StoreError):
            await self._store.put(key, packed, keep_seconds=keep_seconds)
        if self._unsaved.get(key) is page:
            del self._unsaved[key]
            self._remember(key, packed, page)

    def _remember(self, key: str, packed: bytes, page: Page) -> None:
        if len(page.entries) < _DECODED_ENTRIES:
            self._decoded[key] = packed, page


def _pack(page: Page) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(page), level=1)


def _unpack(packed: bytes) -> Page | None:
    """Read a kept page; garbage under our key counts as nothing kept."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(packed), type=Page)
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _to_store_key(account: Account, listing: Listing, page: PageKey) -> str:
    shape = msgspec.msgpack.encode((listing, page))
    return f"page:{account.key}:{to_key(shape)}"
