"""The composition root: the only file that knows every concrete class."""

import gc
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from msgspec import Struct

from gateway.adapters import telemetry
from gateway.adapters.clock import SystemClock
from gateway.adapters.fetch import Fetch, Fetching
from gateway.adapters.images import Pictures
from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.adapters.plugins import find_plugins
from gateway.adapters.redis import RedisStore
from gateway.adapters.redis_link import Link, connect
from gateway.adapters.redis_news import RedisNews
from gateway.adapters.upstream import Limits, Upstream
from gateway.api.access import ASGIApp
from gateway.api.app import Services, create_app
from gateway.api.auth import Keyring, KnownKey
from gateway.api.links import Links
from gateway.api.rendered import RenderedPages
from gateway.api.surface import Surface
from gateway.core.cursor import CursorSealer
from gateway.core.errors import StoreError
from gateway.core.links import LinkSealer
from gateway.core.ports import Clock, Store, Stores
from gateway.service.breakers import BreakerLimits, Breakers
from gateway.service.calls import Calls
from gateway.service.credentials import Logins, Tenant, to_account
from gateway.service.deletion import Deletion
from gateway.service.facts import Facts
from gateway.service.finder import Finder
from gateway.service.gallery import Gallery, Source
from gateway.service.health import Health
from gateway.service.items import Items
from gateway.service.media import Media
from gateway.service.pace import Pace
from gateway.service.pages import Keeping, Pages
from gateway.service.quotas import Quotas
from gateway.service.renditions import Renditions
from gateway.service.run import Bounds
from gateway.service.tokens import SharedTokens
from gateway.settings import (
    Key,
    ProviderSettings,
    Settings,
    Tenant as TenantSettings,
    load,
)

_POLICY = "volatile-lru"
_RENDERED_SHARE = 8
"""Which part of the memory's bound rendered pages may take: one in so many."""


class Gateway(Struct, frozen=True, kw_only=True):
    """The wired gateway: what it serves, and its parts for who checks or closes it."""

    app: ASGIApp
    sources: tuple[Source, ...]
    tenants: tuple[Tenant, ...]
    calls: Calls
    describe_store: Callable[[], Awaitable[str]]
    services: Services


def load_app(path: Path, server: Mapping[str, object] | None = None) -> ASGIApp:
    """Build what a server's worker serves, from a configuration file.

    Raises:
        SettingsError: with every fault in it.
    """
    telemetry.configure()
    app = build(load(path, find_plugins(), server=server)).app
    _spare_collections()
    return app


def build(settings: Settings, clock: Clock | None = None) -> Gateway:
    """Wire everything; nothing is connected to before it is needed."""
    clock = clock or SystemClock()
    house = _House(settings, clock)
    upstreams = [
        _to_upstream(provider, settings, house.stores, clock)
        for provider in settings.providers
    ]
    sources = tuple(
        Source(
            name=provider.name,
            plugin=provider.plugin,
            provider=provider.plugin.create(provider.name, provider.own, upstream),
        )
        for provider, upstream in zip(settings.providers, upstreams, strict=True)
    )
    keys = [key.encode() for key in settings.secrets.signing_keys]
    breakers = Breakers(_to_breaker_limits(settings), house.stores, clock)
    health = Health(clock, breakers)
    calls = Calls(
        {source.name: source.provider for source in sources},
        _to_logins(sources, house.stores.shared, keys),
        health,
        breakers,
    )
    pages = Pages(calls, house.stores, clock, _to_keeping(settings))
    bounds = Bounds(
        deadline_seconds=settings.gallery.deadline_seconds,
        patience_seconds=settings.gallery.patience_seconds,
        scan_pages=settings.gallery.scan_pages,
    )
    gallery = Gallery(sources, pages, CursorSealer(keys), clock, bounds)
    tenants = tuple(_to_tenant(tenant, sources) for tenant in settings.tenants)

    fetches = {provider.name: _to_fetch(provider) for provider in settings.providers}

    items = Items(gallery, pages, house.store, deadline_seconds=bounds.deadline_seconds)
    sealer, facts = LinkSealer(keys), Facts(house.stores, clock)
    finder = Finder(tenants, items, pages)
    media = Media(finder, fetches, calls, facts)
    pictures = Pictures()
    renditions = Renditions(finder, media.read, pictures, house.stores, facts)

    async def close() -> None:
        await renditions.aclose()
        await facts.aclose()
        pictures.close()
        await pages.aclose()
        for upstream in upstreams:
            await upstream.aclose()
        for fetch in fetches.values():
            await fetch.aclose()
        await house.close()

    services = Services(
        gallery=gallery,
        items=items,
        deletion=Deletion(gallery, items, pages, calls, pages.tombstones),
        links=Links(
            sealer, facts, public_url=settings.server.public_url, drawn=pictures.kinds
        ),
        sealer=sealer,
        media=media,
        renditions=renditions,
        health=health,
        rendered=RenderedPages(
            limit_bytes=settings.cache.memory_bytes // _RENDERED_SHARE,
            clock=clock,
            news=house.stores.news,
        ),
        keyring=_to_keyring(settings, tenants, clock),
        quotas=Quotas(settings.limits.requests_per_minute, house.stores.shared, clock),
        clock=clock,
        probe_store=house.probe,
        open=house.open,
        close=close,
    )
    surface = Surface(
        version=version("gallery-gateway"),
        cors_origins=settings.server.cors_origins,
        trusted_proxies=settings.server.trusted_proxies,
        body_limit_bytes=settings.limits.body_bytes,
        store_seconds=settings.redis.timeout_seconds if settings.redis else 1.0,
    )
    return Gateway(
        app=create_app(services, sources, surface),
        sources=sources,
        tenants=tenants,
        calls=calls,
        describe_store=house.describe,
        services=services,
    )


class _House:
    """The stores that all else stands on, and what opens and closes them."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        rendered_bytes = settings.cache.memory_bytes // _RENDERED_SHARE
        limit_bytes = settings.cache.memory_bytes - rendered_bytes
        own = MemoryStore(limit_bytes=limit_bytes, clock=clock)
        self._redis_news: RedisNews | None = None
        self._redis_store: RedisStore | None = None
        if (redis := settings.redis) is None:
            self.stores = Stores(own=own, shared=None, news=LocalNews())
            return
        seconds = redis.timeout_seconds
        client = connect(redis.url)
        link = Link(client, prefix=redis.prefix, timeout_seconds=seconds)
        self._redis_news = RedisNews(link)
        self._redis_store = RedisStore(link)
        self.stores = Stores(own=own, shared=self._redis_store, news=self._redis_news)

    @property
    def store(self) -> Store:
        """The widest store there is."""
        return self.stores.shared or self.stores.own

    async def probe(self) -> Literal["memory", "ok", "away"]:
        if self.stores.shared is None:
            return "memory"
        try:
            await self.stores.shared.ping()
        except StoreError:
            return "away"
        return "ok"

    async def describe(self) -> str:
        """Tell of Redis what its operator should know.

        Raises:
            StoreError: it cannot be asked.
        """
        if self._redis_store is None:
            return "none: this process keeps its own cache"
        policy = await self._redis_store.eviction_policy()
        advice = "" if policy == _POLICY else f" ({_POLICY} is advised)"
        return f"reachable, maxmemory-policy {policy}{advice}"

    async def open(self) -> None:
        if self._redis_news is not None:
            await self._redis_news.open()

    async def close(self) -> None:
        if self._redis_news is not None:
            await self._redis_news.close()
        await self.store.close()


def _spare_collections() -> None:
    """Let the garbage collector come seldom, and not look at what was made so far.

    A page is thousands of objects without cycles, most of which live on in the cache:
    the default thresholds cost a fifth of a cold page's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _to_upstream(
    provider: ProviderSettings, settings: Settings, stores: Stores, clock: Clock
) -> Upstream:
    given, patience = provider.upstream, settings.gallery.patience_seconds
    limits = Limits(
        timeout_seconds=given.timeout_seconds,
        max_concurrency=given.max_concurrency,
        retry_seconds=patience,
    )
    pace = None
    if given.requests_per_second:
        pace = Pace(
            provider.name,
            stores,
            clock,
            per_second=given.requests_per_second,
            most_seconds=patience,
        ).wait
    return Upstream(given.base_url, limits, clock, pace)


def _to_fetch(provider: ProviderSettings) -> Fetch:
    given = provider.upstream
    return Fetch(
        Fetching(
            base_url=given.base_url,
            media_hosts=given.media_hosts,
            allow_private_addresses=given.allow_private_addresses,
            timeout_seconds=given.timeout_seconds,
        )
    )


def _to_breaker_limits(settings: Settings) -> dict[str, BreakerLimits]:
    return {
        provider.name: BreakerLimits(
            failures=provider.upstream.breaker_failures,
            seconds=provider.upstream.breaker_seconds,
        )
        for provider in settings.providers
    }


def _to_logins(
    sources: Sequence[Source], shared: Store | None, keys: Sequence[bytes]
) -> Logins:
    providers = {source.name: source.provider for source in sources}
    if shared is None:
        return Logins(providers)
    return Logins(providers, SharedTokens(shared, keys), shared)


def _to_keeping(settings: Settings) -> Keeping:
    cache = settings.cache
    return Keeping(
        fresh_seconds=cache.fresh_seconds,
        stale_while_revalidate_seconds=cache.stale_while_revalidate_seconds,
        stale_if_error_seconds=cache.stale_if_error_seconds,
    )


def _to_tenant(tenant: TenantSettings, sources: Sequence[Source]) -> Tenant:
    """Give a tenant its accounts, in the configuration's order of providers."""
    return Tenant(
        name=tenant.name,
        accounts={
            source.name: to_account(source.name, tenant.credentials[source.name])
            for source in sources
            if source.name in tenant.credentials
        },
    )


def _to_keyring(settings: Settings, tenants: Sequence[Tenant], clock: Clock) -> Keyring:
    by_name = {tenant.name: tenant for tenant in tenants}
    keys = [
        _to_known_key(key, by_name[tenant.name])
        for tenant in settings.tenants
        for key in tenant.keys
    ]
    return Keyring(keys, by_name.get(settings.server.anonymous_tenant), clock)


def _to_known_key(key: Key, tenant: Tenant) -> KnownKey:
    """Take over a key; it is good until the day of `expires` begins in UTC."""
    expires = key.expires
    return KnownKey(
        hash=key.hash.removeprefix("sha256:"),
        tenant=tenant,
        scopes=frozenset(key.scopes),
        expires_at=(
            None
            if expires is None
            else datetime.combine(expires, time(), UTC).timestamp()
        ),
    )
