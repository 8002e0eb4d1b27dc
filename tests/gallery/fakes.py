"""A provider, and a store, that do what a test tells them; and what is built on them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.accounts.breakers import BreakerLimits
from gateway.accounts.credentials import Account, Tenant, to_account
from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.gallery.gallery import Answer, Source
from gateway.gallery.run import Ask, Bounds
from gateway.pages.freshness import Keeping
from gateway.plugin.errors import StoreError, UnauthorizedError
from gateway.plugin.model import GalleryItem, Kind
from gateway.plugin.provider import (
    Entry,
    Listing,
    Numbered,
    PageKey,
    Plugin,
    UpstreamPage,
)
from gateway.plugin.query import Query
from gateway.plugin.times import from_epoch_ms
from gateway.ports.clock import Clock
from gateway.ports.metrics import Watch, unwatched
from gateway.ports.stores import Claim, Store, Stores
from gateway.rooms import Ground, build_accounts, build_gallery, build_pages
from tests.fakes import FakeClock, NoFilters, NoSettings, TokenCredential

PAGE_SIZE = 5
SIGNING_KEY = b"a signing key of at least 32 bytes"
START_MS = 1_600_000_000_000


class Request(Struct, frozen=True, kw_only=True):
    is_ranked: bool = False


def to_item(provider: str, serial: int, kind: Kind = "image") -> GalleryItem:
    return GalleryItem(
        id=f"{provider}:{serial}",
        provider=provider,
        kind=kind,
        status="ready",
        title=f"number {serial}",
        created_at=from_epoch_ms(START_MS + serial * 1000),
    )


class FakeProvider:
    """A list in numbered pages; `failure` and `gate` befall every read, `login_gate` every login.

    A token is good while it is in `good`; each login gives the next of `tokens`, the
    last one again and again.
    """

    def __init__(self, name: str, serials: Sequence[int] = ()) -> None:
        self.name = name
        self.items = [to_item(name, serial) for serial in serials]
        self.totals = True
        self.kinds: tuple[Kind, ...] | None = None
        self.tokens = ["first", "second", "third"]
        self.good = {"first", "second", "third"}
        self.logins: list[Any] = []
        self.most_logins_at_once = 0
        self.reads: list[PageKey] = []
        self.failure: Exception | None = None
        self.login_failure: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.login_gate: asyncio.Event | None = None
        self._logging_in = 0

    async def login(self, credential: Any) -> str:
        self.logins.append(credential)
        self._logging_in += 1
        self.most_logins_at_once = max(self.most_logins_at_once, self._logging_in)
        await asyncio.sleep(0)
        if self.login_gate is not None:
            await self.login_gate.wait()
        self._logging_in -= 1
        if self.login_failure is not None:
            raise self.login_failure
        return self.tokens[min(len(self.logins), len(self.tokens)) - 1]

    def listing(self, query: Query, filters: Any) -> Listing:
        paging = Numbered(size=PAGE_SIZE, totals=self.totals)
        return Listing(request=Request(), paging=paging)

    async def read(self, token: str, listing: Listing, page: PageKey) -> UpstreamPage:
        self.reads.append(page)
        await self._befall(token)
        start = int(page) * PAGE_SIZE
        items = self.items[start : start + PAGE_SIZE]
        return UpstreamPage(
            entries=[Entry(item.id, item) for item in items],
            total=len(self.items) if self.totals else None,
        )

    async def _befall(self, token: str) -> None:
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        if token not in self.good:
            raise UnauthorizedError("the credential is refused (401)")


class TwoListsProvider(FakeProvider):
    """One with another list, by rank, for who asks for what has failed.

    `ranked_failure` befalls each reading of that.
    """

    def __init__(self, name: str, serials: Sequence[int] = ()) -> None:
        super().__init__(name, serials)
        self.ranked: list[GalleryItem] = []
        self.ranked_failure: Exception | None = None

    def listing(self, query: Query, filters: Any) -> Listing:
        listing = super().listing(query, filters)
        if not query.statuses:
            return listing
        request = Request(is_ranked=True)
        return replace(listing, request=request, is_sorted=False, enters_at_top=False)

    async def read(self, token: str, listing: Listing, page: PageKey) -> UpstreamPage:
        if not listing.request.is_ranked:
            return await super().read(token, listing, page)
        if self.ranked_failure is not None:
            raise self.ranked_failure
        usual, self.items = self.items, self.ranked
        try:
            return await super().read(token, listing, page)
        finally:
            self.items = usual


class LookUpProvider(FakeProvider):
    """One that finds an item without reading its list."""

    def __init__(self, name: str, serials: Sequence[int] = ()) -> None:
        super().__init__(name, serials)
        self.looked_up: list[str] = []

    async def look_up(self, token: str, native_id: str) -> Entry | None:
        self.looked_up.append(native_id)
        await self._befall(token)
        wanted = f"{self.name}:{native_id}"
        found = next((item for item in self.items if item.id == wanted), None)
        return found and Entry(found.id, found)


class BrokenStore:
    """A store that is away."""

    async def get(self, key: str) -> bytes | None:
        raise StoreError("away")

    async def put(self, key: str, value: bytes, *, keep_seconds: float) -> None:
        raise StoreError("away")

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        raise StoreError("away")

    async def put_many(
        self, values: Mapping[str, bytes], *, keep_seconds: float
    ) -> None:
        raise StoreError("away")

    async def delete(self, key: str) -> None:
        raise StoreError("away")

    async def claim(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        raise StoreError("away")

    async def get_or_claim(
        self, key: str, claim: Claim, *, least_seconds: float
    ) -> tuple[bytes | None, bool | None]:
        raise StoreError("away")

    async def extend_if_equal(
        self, key: str, value: bytes, *, keep_seconds: float
    ) -> bool:
        raise StoreError("away")

    async def delete_if_equal(self, key: str, value: bytes) -> None:
        raise StoreError("away")

    async def get_or_set(self, key: str, value: bytes, *, keep_seconds: float) -> bytes:
        raise StoreError("away")

    async def add(self, key: str, amount: int, *, keep_seconds: float) -> int:
        raise StoreError("away")

    async def ping(self) -> None:
        raise StoreError("away")

    async def close(self) -> None:
        pass


class GarblingStore(MemoryStore):
    """A store whose every value can be overwritten with garbage."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(limit_bytes=2**24, clock=clock)
        self.keys: set[str] = set()

    async def put(self, key: str, value: bytes, *, keep_seconds: float) -> None:
        self.keys.add(key)
        await super().put(key, value, keep_seconds=keep_seconds)

    async def delete_leases(self) -> None:
        """Leave no lease, as if its time were over."""
        for key in [key for key in self.keys if key.startswith("lease:")]:
            await super().delete(key)

    async def garble(self, garbage: bytes) -> None:
        for key in self.keys:
            await super().put(key, garbage, keep_seconds=1000.0)


def to_plugin(provider: FakeProvider, *, kinds: tuple[Kind, ...]) -> Plugin:
    return Plugin(
        name=provider.name,
        title=provider.name.title(),
        settings=NoSettings,
        credential=TokenCredential,
        filters=NoFilters,
        kinds=kinds,
        create=lambda name, settings, http: provider,
    )


class Stand:
    """The services over fake providers, as one replica has them; `replica` is another."""

    def __init__(  # noqa: PLR0913  # a test names what it turns
        self,
        *providers: FakeProvider,
        shared: Store | None = None,
        replica: "Stand | None" = None,
        kinds: tuple[Kind, ...] = ("image",),
        deadline_seconds: float = 5.0,
        patience_seconds: float = 5.0,
        fresh_seconds: float = 30.0,
        keeping: Keeping | None = None,
        clock: Clock | None = None,
        watch: Watch = unwatched,
    ) -> None:
        self.clock: Any = replica.clock if replica else clock or FakeClock()
        shared = replica.stores.shared if replica else shared
        news = replica.stores.news if replica else LocalNews()
        own = MemoryStore(limit_bytes=2**24, clock=self.clock)
        self.stores = Stores(own=own, shared=shared, news=news)
        ground = Ground(
            stores=self.stores, clock=self.clock, keys=[SIGNING_KEY], watch=watch
        )
        sources = [
            Source(
                name=provider.name,
                plugin=to_plugin(provider, kinds=provider.kinds or kinds),
                provider=provider,
            )
            for provider in providers
        ]
        names = [provider.name for provider in providers]
        limits = {name: BreakerLimits(failures=5, seconds=5.0) for name in names}
        accounts = build_accounts(ground, sources, limits)
        self.calls, self.health = accounts.calls, accounts.health
        keeping = keeping or Keeping(
            fresh_seconds=fresh_seconds,
            stale_while_revalidate_seconds=60.0,
            stale_if_error_seconds=3600.0,
        )
        read = build_pages(ground, self.calls, keeping)
        self.sightings, self.pages = read.sightings, read.pages
        bounds = Bounds(
            deadline_seconds=deadline_seconds,
            patience_seconds=patience_seconds,
            scan_pages=5,
        )
        shown = build_gallery(ground, sources, read, self.calls, bounds)
        self.gallery, self.items, self.onward = shown.gallery, shown.items, shown.onward
        self.tenant = Tenant(
            name="acme", accounts={name: account_of(name) for name in names}
        )

    async def page(self, cursor: str | None = None, **asked: Any) -> Answer:
        defaults = {"query": Query(), "limit": 5, "cursor": cursor}
        return await self.gallery.page(Ask(tenant=self.tenant, **defaults | asked))


def account_of(provider: str, token: str = "t") -> Account:  # noqa: S107  # a fake's
    return to_account(provider, TokenCredential(token=token), [b"k" * 32])


def states_of(answer: Answer) -> dict[str, str]:
    return {source.provider: source.state for source in answer.page.sources}


def ids_of(answer: Answer) -> list[str]:
    return [item.id for item in answer.page.items]
