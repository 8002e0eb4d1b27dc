"""Pages in two tiers: at hand in this process, and packed in the shared store.

What was decoded lately is not decoded again; what is put is packed behind the answer.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterator
from weakref import WeakValueDictionary, finalize

from gateway.concurrency.aside import ENTRY_BYTES, SMALL, aside, let_go
from gateway.concurrency.tasks import Tasks
from gateway.coordination.leases import Lease
from gateway.crawl.page import Page
from gateway.plugin.errors import StoreError
from gateway.ports.caches import Cache
from gateway.ports.packing import pack_page, unpack_page
from gateway.ports.stores import Stores

_PACKED_WEIGHT = 4
"""A packed byte is so many that have to be worked on, or more."""
_LONG = 2_000
_ANSWER_SECONDS = 0.02
"""How long packing waits, so that the answer goes out first."""


def _tell_nobody() -> None:
    pass


class Tiers:
    """Keeps pages; each process's own store is bounded in bytes.

    Ticks count on with each page that comes to be held.
    """

    def __init__(self, stores: Stores, *, keep_seconds: float) -> None:
        self._own = stores.own
        self._shared = stores.shared
        self._keep_seconds = keep_seconds
        self._ticks = itertools.count(1)
        self._decoded: Cache[str, Page] = stores.caches.make("pages", _to_bytes)
        self._in_use: WeakValueDictionary[str, Page] = WeakValueDictionary()
        self._unsaved: dict[str, Page] = {}
        self._saving = Tasks()

    def tick(self) -> int:
        return next(self._ticks)

    async def at_hand(self, key: str) -> Page | None:
        """Return a page from this process."""
        page = self._find(key)
        if page is not None:
            return page
        packed = await self._own.get(key)
        return None if packed is None else await self._hold(key, packed)

    async def fetch(self, key: str) -> Page | None:
        """Return a page that any replica has shared, and keep it at hand."""
        if self._shared is None:
            return None
        try:
            packed = await self._shared.get(key)
        except StoreError:
            return None
        return await self._take_over(key, packed)

    async def fetch_or_claim(
        self, key: str, lease: Lease, *, good_seconds: float
    ) -> tuple[Page | None, bool | None]:
        """Return a shared page; unless it is younger than that, take a lease in that step.

        Also return whether that was taken, or None if it was not tried.

        Raises:
            StoreError: nobody can be asked.
        """
        packed, is_taken = await lease.find_or_take(
            key, least_seconds=self._keep_seconds - good_seconds
        )
        return await self._take_over(key, packed), is_taken

    async def _take_over(self, key: str, packed: bytes | None) -> Page | None:
        at_hand = await self.at_hand(key)
        page = None if packed is None else await _unpack(packed)
        if packed is None or page is None:
            return at_hand
        if at_hand is not None and _is_as_good(at_hand, page):
            return at_hand
        await self._own.put(key, packed, keep_seconds=self._keep_seconds)
        return self._keep(key, page.held_at(self.tick()))

    def put(
        self, key: str, page: Page, saved: Callable[[], None] = _tell_nobody
    ) -> None:
        """Keep a page; `saved` is called once others can read it, or never will."""
        self._unsaved[key] = page
        _free_gently(page)
        self._saving.begin(self._save(key, page)).add_done_callback(lambda _: saved())

    def pages(self, prefix: str) -> Iterator[Page]:
        """Yield the pages at hand whose keys begin so."""
        at_hand = dict(self._decoded.items()) | self._unsaved
        for key, page in at_hand.items():
            if key.startswith(prefix):
                yield page

    async def aclose(self) -> None:
        """Let what is being stored come to its end."""
        await self._saving.settle()

    async def _save(self, key: str, page: Page) -> None:
        await asyncio.sleep(_ANSWER_SECONDS)
        if self._unsaved.get(key) is not page:  # read again, or linked, meanwhile
            return
        weight = max(SMALL + 1, len(page.entries) * ENTRY_BYTES)
        packed = await aside(weight, lambda: pack_page(page))
        await self._own.put(key, packed, keep_seconds=self._keep_seconds)
        if self._shared is not None:
            with contextlib.suppress(StoreError):
                await self._shared.put(key, packed, keep_seconds=self._keep_seconds)
        if self._unsaved.get(key) is page:
            del self._unsaved[key]
            self._keep(key, page)

    def _find(self, key: str) -> Page | None:
        return self._unsaved.get(key) or self._decoded.get(key) or self._in_use.get(key)

    async def _hold(self, key: str, packed: bytes) -> Page | None:
        page = await _unpack(packed)
        if page is None:
            return None
        # another may have come while a long one was unpacked
        return self._find(key) or self._keep(key, page.held_at(self.tick()))

    def _keep(self, key: str, page: Page) -> Page:
        """Have a page at hand: for a while, or, if it is too large, while it is used."""
        self._decoded.put(key, page)
        _free_gently(page)
        self._in_use[key] = page
        return page


def _is_as_good(at_hand: Page, shared: Page) -> bool:
    """Return whether a page is no older than another, and as far proven."""
    if at_hand.received_at != shared.received_at:
        return at_hand.received_at > shared.received_at
    return at_hand.predecessor is not None or shared.predecessor is None


async def _unpack(packed: bytes) -> Page | None:
    def work() -> Page | None:
        page = unpack_page(packed)
        return page.ready() if page is not None and is_long(page) else page

    page = await aside(_PACKED_WEIGHT * len(packed), work)
    if page is not None:
        _free_gently(page)  # whether it is kept or not
    return page


def is_long(page: Page) -> bool:
    """Return whether what is derived from a page takes long to work out."""
    return len(page.entries) > _LONG


def _free_gently(page: Page) -> None:
    """Have what a long page holds outlive it, to be freed beside other work."""
    if is_long(page) and "is_freed_gently" not in page.__dict__:
        derived = list(page.derived)
        page.__dict__["is_freed_gently"] = True
        finalize(page, let_go, list(page.entries), derived).atexit = False


def _to_bytes(key: str, page: Page) -> int:
    return len(key) + page.size_bytes
