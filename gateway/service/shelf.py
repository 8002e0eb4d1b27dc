"""Pages in two tiers: at hand in this process, and packed in the shared store.

What was decoded lately is not decoded again; what is put is packed behind the answer.
"""

import asyncio
import contextlib
import itertools
import zlib
from collections.abc import Callable, Iterator

import msgspec
from cachetools import LRUCache
from msgspec import structs

from gateway.core import budget
from gateway.core.errors import StoreError
from gateway.core.packing import unpack
from gateway.core.page import Page
from gateway.core.stores import Stores

_DECODED_ENTRIES = 2_500
_ANSWER_SECONDS = 0.02
"""How long packing waits, so that the answer goes out first."""


def _tell_nobody() -> None:
    pass


class Shelf:
    """Keeps pages; each process's own store is bounded in bytes.

    Ticks count on with each page that comes to be held.
    """

    def __init__(self, stores: Stores, *, keep_seconds: float) -> None:
        self._own = stores.own
        self._shared = stores.shared
        self._keep_seconds = keep_seconds
        self._ticks = itertools.count(1)
        self._decoded: LRUCache[str, Page] = LRUCache(
            _DECODED_ENTRIES, getsizeof=lambda page: 1 + len(page.entries)
        )
        self._unsaved: dict[str, Page] = {}
        self._saving: set[asyncio.Task[None]] = set()

    def tick(self) -> int:
        return next(self._ticks)

    async def at_hand(self, key: str) -> Page | None:
        """Give a page from this process."""
        page = self._unsaved.get(key) or self._decoded.get(key)
        if page is not None:
            return page
        packed = await self._own.get(key)
        page = None if packed is None else _unpack(packed)
        return None if page is None else self._hold(key, page)

    async def fetch(self, key: str) -> Page | None:
        """Give a page that any replica has shared, and keep it at hand."""
        if self._shared is None:
            return None
        try:
            packed = await self._shared.get(key)
        except StoreError:
            return None
        at_hand = await self.at_hand(key)
        if packed is None or (page := _unpack(packed)) is None:
            return at_hand
        if at_hand is not None and _is_as_good(at_hand, page):
            return at_hand
        await self._own.put(key, packed, keep_seconds=self._keep_seconds)
        return self._hold(key, page)

    def put(
        self, key: str, page: Page, saved: Callable[[], None] = _tell_nobody
    ) -> None:
        """Keep a page; `saved` is called once others can read it, or never will."""
        self._unsaved[key] = page
        with budget.lifted():
            task = asyncio.create_task(self._save(key, page))
        self._saving.add(task)
        task.add_done_callback(self._saving.discard)
        task.add_done_callback(lambda _: saved())

    def pages(self, prefix: str) -> Iterator[Page]:
        """Give the pages at hand whose keys begin so."""
        at_hand = dict(self._decoded) | self._unsaved
        for key, page in at_hand.items():
            if key.startswith(prefix):
                yield page

    async def aclose(self) -> None:
        """Let what is being stored come to its end."""
        await asyncio.gather(*self._saving)

    async def _save(self, key: str, page: Page) -> None:
        await asyncio.sleep(_ANSWER_SECONDS)
        if self._unsaved.get(key) is not page:  # read again, or linked, meanwhile
            return
        packed = await asyncio.to_thread(_pack, page)
        await self._own.put(key, packed, keep_seconds=self._keep_seconds)
        if self._shared is not None:
            with contextlib.suppress(StoreError):
                await self._shared.put(key, packed, keep_seconds=self._keep_seconds)
        if self._unsaved.get(key) is page:
            del self._unsaved[key]
            self._remember(key, page)

    def _hold(self, key: str, page: Page) -> Page:
        page = structs.replace(page, held=self.tick())
        self._remember(key, page)
        return page

    def _remember(self, key: str, page: Page) -> None:
        if len(page.entries) < _DECODED_ENTRIES:
            self._decoded[key] = page


def _is_as_good(at_hand: Page, shared: Page) -> bool:
    """Tell whether a page is no older than another, and knows its link if that does."""
    if at_hand.received_at != shared.received_at:
        return at_hand.received_at > shared.received_at
    return at_hand.link is not None or shared.link is None


def _pack(page: Page) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(page), level=6)


def _unpack(packed: bytes) -> Page | None:
    """Read a kept page; garbage under our key counts as nothing kept."""
    try:
        return unpack(zlib.decompress(packed), Page)
    except zlib.error:
        return None
