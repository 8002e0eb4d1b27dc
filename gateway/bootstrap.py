"""The composition root: the only file that knows every concrete class."""

import gc
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from msgspec import Struct

from gateway.adapters import telemetry
from gateway.adapters.clock import SystemClock
from gateway.adapters.memory import MemoryStore
from gateway.adapters.plugins import find_plugins
from gateway.adapters.redis import RedisStore, connect
from gateway.adapters.upstream import Upstream
from gateway.api.access import ASGIApp
from gateway.api.app import Services, Surface, create_app
from gateway.api.auth import Keyring, KnownKey
from gateway.api.rendered import RenderedPages
from gateway.core.cursor import CursorSealer
from gateway.core.errors import StoreError
from gateway.core.ports import Clock, Store
from gateway.service.calls import Calls
from gateway.service.credentials import Logins, Tenant, to_account
from gateway.service.gallery import Gallery, Source
from gateway.service.health import Health
from gateway.service.items import Items
from gateway.service.pages import Keeping, Pages
from gateway.service.run import Bounds
from gateway.settings import (
    Key,
    ProviderSettings,
    Settings,
    Tenant as TenantSettings,
    load,
)

_RENDERED_SHARE = 8
"""Which part of the memory's bound rendered pages may take: one in so many."""


class Gateway(Struct, frozen=True, kw_only=True):
    """The wired gateway: what it serves, and its parts for who checks or closes it."""

    app: ASGIApp
    sources: tuple[Source, ...]
    tenants: tuple[Tenant, ...]
    calls: Calls
    store: Store
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
    upstreams = [_to_upstream(provider, clock) for provider in settings.providers]
    sources = tuple(
        Source(
            name=provider.name,
            plugin=provider.plugin,
            provider=provider.plugin.create(provider.name, provider.own, upstream),
        )
        for provider, upstream in zip(settings.providers, upstreams, strict=True)
    )
    providers = {source.name: source.provider for source in sources}
    store, health = _to_store(settings, clock), Health(clock)
    calls = Calls(providers, Logins(providers), health)
    pages = Pages(calls, store, clock, _to_keeping(settings))
    keys = [key.encode() for key in settings.secrets.signing_keys]
    bounds = Bounds(
        deadline_seconds=settings.gallery.deadline_seconds,
        patience_seconds=settings.gallery.patience_seconds,
        scan_pages=settings.gallery.scan_pages,
    )
    gallery = Gallery(sources, pages, CursorSealer(keys), clock, bounds)
    tenants = tuple(_to_tenant(tenant, sources) for tenant in settings.tenants)

    async def probe_store() -> Literal["memory", "ok", "away"]:
        try:
            await store.ping()
        except StoreError:
            return "away"
        return "ok" if settings.redis else "memory"

    async def close() -> None:
        await gallery.aclose()
        await pages.aclose()
        for upstream in upstreams:
            await upstream.aclose()
        await store.close()

    services = Services(
        gallery=gallery,
        items=Items(gallery, pages, store),
        health=health,
        rendered=RenderedPages(
            limit_bytes=settings.cache.memory_bytes // _RENDERED_SHARE, clock=clock
        ),
        keyring=_to_keyring(settings, tenants, clock),
        clock=clock,
        probe_store=probe_store,
        close=close,
    )
    surface = Surface(
        version=version("gallery-gateway"),
        cors_origins=settings.server.cors_origins,
        body_limit_bytes=settings.limits.body_bytes,
    )
    return Gateway(
        app=create_app(services, sources, surface),
        sources=sources,
        tenants=tenants,
        calls=calls,
        store=store,
        services=services,
    )


def _spare_collections() -> None:
    """Let the garbage collector come seldom, and not look at what was made so far.

    A page is thousands of objects without cycles, most of which live on in the cache:
    the default thresholds cost a fifth of a cold page's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _to_upstream(provider: ProviderSettings, clock: Clock) -> Upstream:
    return Upstream(
        provider.upstream.base_url,
        timeout_seconds=provider.upstream.timeout_seconds,
        max_concurrency=provider.upstream.max_concurrency,
        clock=clock,
    )


def _to_store(settings: Settings, clock: Clock) -> Store:
    redis = settings.redis
    if redis is None:
        rendered_bytes = settings.cache.memory_bytes // _RENDERED_SHARE
        limit_bytes = settings.cache.memory_bytes - rendered_bytes
        return MemoryStore(limit_bytes=limit_bytes, clock=clock)
    client = connect(redis.url, timeout_seconds=redis.timeout_seconds)
    return RedisStore(
        client, prefix=redis.prefix, timeout_seconds=redis.timeout_seconds
    )


def _to_keeping(settings: Settings) -> Keeping:
    cache = settings.cache
    longest = max(cache.stale_while_revalidate_seconds, cache.stale_if_error_seconds)
    return Keeping(
        fresh_seconds=cache.fresh_seconds,
        keep_seconds=cache.fresh_seconds + longest,
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
