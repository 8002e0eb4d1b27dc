"""One item by its id: from the cache, by the upstream's look-up, or down its list."""

import asyncio
import contextlib

import msgspec
from msgspec import Struct

from gateway.accounts.credentials import Account, Tenant
from gateway.concurrency.aside import ENTRY_BYTES, aside
from gateway.coordination import keys
from gateway.crawl.halving import Halving
from gateway.crawl.page import Page
from gateway.crawl.position import Position
from gateway.crawl.search import Read, Reading
from gateway.crawl.walk import Walk
from gateway.gallery.gallery import ANEW_SECONDS, Gallery, Source
from gateway.pages.pages import Pages
from gateway.pages.requests import ListRequest
from gateway.plugin.errors import (
    NotFoundError,
    StoreError,
    UnavailableError,
    UpstreamError,
)
from gateway.plugin.model import may_be_asked_for, to_native_id
from gateway.plugin.provider import Entry, Listing, LooksUp, Numbered
from gateway.plugin.query import Query
from gateway.ports.packing import unpack
from gateway.ports.stores import Store
from gateway.sealing.digest import to_key
from gateway.sightings.addresses import Sighting
from gateway.sightings.sightings import Sightings, pack_listing, unpack_listing

_MOST_PAGES = 20
_MOST_HALVINGS = 16
_KEEP_SECONDS = 60.0
_RETRY_SECONDS = 1.0


class _Hint(Struct, frozen=True, kw_only=True):
    """What is known of an item that is looked for."""

    item_id: str
    created_at: str | None
    is_anew: bool


class Items:
    """Finds items; a long list is read a stretch at a time, over several requests."""

    def __init__(
        self,
        gallery: Gallery,
        pages: Pages,
        sightings: Sightings,
        store: Store,
        *,
        deadline_seconds: float,
    ) -> None:
        self._deadline_seconds = deadline_seconds
        self._gallery = gallery
        self._pages = pages
        self._sightings = sightings
        self._store = store

    async def find(
        self,
        tenant: Tenant,
        item_id: str,
        *,
        is_anew: bool = False,
        created_at: str | None = None,
    ) -> Entry:
        """Find an item of one of the tenant's accounts.

        Raises:
            NotFoundError: the account has no such item.
            UnavailableError: no verdict yet; a retry goes on from there.
            UpstreamError: the upstream could not be asked.
        """
        parts = to_native_id(item_id)
        source = parts and self._gallery.find_source(tenant, parts[0])
        if parts is None or source is None:
            raise NotFoundError("no such item")
        account = tenant.accounts[source.name]
        entry = None if is_anew else self._pages.find(account, item_id)
        hint = _Hint(item_id=item_id, created_at=created_at, is_anew=is_anew)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                if entry is None and may_be_asked_for(parts[1]):
                    entry = await self._ask(source, account, parts[1], hint)
        except TimeoutError as error:
            raise UnavailableError(
                "it takes too long", retry_after_seconds=1
            ) from error
        if entry is None or entry.item is None:
            raise NotFoundError("no such item")
        return entry

    async def _ask(
        self, source: Source, account: Account, native_id: str, hint: _Hint
    ) -> Entry | None:
        if isinstance(source.provider, LooksUp):
            return await self._sightings.look_up(account, native_id)
        return await self._search(source, account, hint)

    async def _search(
        self, source: Source, account: Account, hint: _Hint
    ) -> Entry | None:
        """Search the list where it was last seen, and the one that is read by default.

        Raises:
            UpstreamError: no verdict, since one of them could not be read to its end.
        """
        place = await self._sightings.find_place(account, hint.item_id)
        failures: list[UpstreamError] = []
        for listing in _to_listings(source, place):
            asked = ListRequest(
                account=account,
                listing=listing,
                since=self._pages.tick(),
                most_seconds=ANEW_SECONDS if hint.is_anew else None,
            )
            is_there = place is not None and place.listing == pack_listing(listing)
            try:
                entry = await self._search_list(
                    asked, hint, place if is_there else None
                )
            except UpstreamError as error:
                failures.append(error)
                continue
            if entry is not None:
                return entry
        if failures:
            raise failures[0]
        return None

    async def _search_list(
        self, asked: ListRequest, hint: _Hint, place: Sighting | None
    ) -> Entry | None:
        entry = await self._halve(asked, hint, place)
        return entry or await self._walk(asked, hint.item_id)

    async def _walk(self, asked: ListRequest, item_id: str) -> Entry | None:
        """Read a stretch of the list, from where the last one ended.

        Raises:
            UnavailableError: the list is longer; a retry goes on from there.
        """
        key = keys.search(
            asked.account.key, to_key(pack_listing(asked.listing)), item_id
        )
        walk = Walk(asked.listing, await self._recall(key), since=asked.since)
        with contextlib.closing(walk):
            try:
                weight = 0
                for _ in range(_MOST_PAGES):
                    entry = await aside(weight, lambda: _examine(walk, item_id))
                    if entry is not None or walk.ended:
                        return entry
                    weight = await self._read(walk, asked)
            except asyncio.CancelledError:  # a retry goes on from there
                await self._remember(key, walk.place())
                raise
        await self._remember(key, walk.place())
        raise UnavailableError(
            "the list is long; it is being searched", retry_after_seconds=_RETRY_SECONDS
        )

    async def _halve(
        self, asked: ListRequest, hint: _Hint, place: Sighting | None
    ) -> Entry | None:
        """Look around where it was last seen, by its time; None is no verdict."""
        halving, created_at = _to_halving(asked, hint, place)
        if created_at is None and place is not None and place.number is not None:
            there = (await self._pages.read(asked, Read(place.number))).page
            return None if there is None else there.by_id.get(hint.item_id)
        for _ in range(_MOST_HALVINGS if created_at else 0):
            number = halving.page
            page = None
            if number is not None:
                page = (await self._pages.read(asked, Read(number))).page
            if number is None or page is None:
                break
            if hint.item_id in page.by_id:
                return page.by_id[hint.item_id]
            is_later = _is_later(page, created_at or "")
            if is_later is None:
                break
            halving.tell(number, is_later=is_later)
        return None

    async def _read(self, walk: Walk, asked: ListRequest) -> int:
        """Read what a walk wants; tell how much work it is to examine it."""
        want = walk.wants
        if want is None:
            return 0
        got = await self._pages.read(asked, want)
        if got.page is not None:
            walk.feed(Reading(got.page, got.is_new, got.is_close))
            return ENTRY_BYTES * len(got.page.entries)
        if got.failure is not None:
            raise got.failure.error
        return 0

    async def _recall(self, key: str) -> Position | None:
        try:
            return unpack(await self._store.get(key), Position)
        except StoreError:
            return None

    async def _remember(self, key: str, place: Position | None) -> None:
        if place is not None:
            packed = msgspec.msgpack.encode(place)
            with contextlib.suppress(StoreError):
                await self._store.put(key, packed, keep_seconds=_KEEP_SECONDS)


def _to_listings(source: Source, place: Sighting | None) -> list[Listing]:
    usual = source.provider.listing(Query(), source.plugin.filters())
    seen = unpack_listing(place.listing if place else None, usual)
    return [usual] if seen is None or seen == usual else [seen, usual]


def _to_halving(
    asked: ListRequest, hint: _Hint, place: Sighting | None
) -> tuple[Halving, str | None]:
    """Return where to begin, and the time to go by; None where that is no help."""
    paging = asked.listing.paging
    if not isinstance(paging, Numbered) or not asked.listing.is_sorted:
        return Halving(first=0, start=0), None
    start, created_at = paging.first, hint.created_at
    if place is not None:
        start = int(place.number or paging.first)
        created_at = place.created_at
    return Halving(first=paging.first, start=start), created_at


def _is_later(page: Page, created_at: str) -> bool | None:
    """Return whether an item must be on a later page; None if it would be on this one."""
    times = [time for time in page.times if time is not None]
    if not page.entries or (times and created_at > max(times)):
        return False
    if times and created_at < min(times):
        return True
    return None


def _examine(walk: Walk, item_id: str) -> Entry | None:
    while walk.head is not None:
        entry = walk.take()
        if entry.id == item_id:
            return entry
    return None
