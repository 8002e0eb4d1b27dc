"""The composition root: the only file that knows every concrete class."""

import functools
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, time
from importlib.metadata import version
from typing import TypeAlias

import msgspec
from msgspec import Struct

from gateway.adapters.calling import watching
from gateway.adapters.clock import SystemClock
from gateway.adapters.fetch import Fetch, Fetching
from gateway.adapters.images import Pictures
from gateway.adapters.upstream import Limits, Upstream
from gateway.api.access import ASGIApp
from gateway.api.app import Services, create_app
from gateway.api.auth import Keyring, KnownKey
from gateway.api.leaving import Leaving
from gateway.api.links import Links
from gateway.api.rendered import RenderedPages
from gateway.api.surface import Surface
from gateway.core.clock import Clock
from gateway.core.cursor import CursorSealer
from gateway.core.links import LinkSealer
from gateway.core.stores import Store, Stores
from gateway.core.tracing import Tracer, Untraced
from gateway.core.watching import Unwatched, Watch
from gateway.house import House
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
from gateway.service.originals import Originals
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
)

Step: TypeAlias = Callable[[], Awaitable[None]]


class Gateway(Struct, frozen=True, kw_only=True):
    """The wired gateway: what it serves, and its parts for who checks or closes it."""

    app: ASGIApp
    sources: tuple[Source, ...]
    tenants: tuple[Tenant, ...]
    calls: Calls
    describe_store: Callable[[], Awaitable[str]]
    services: Services


def _as_it_is(app: ASGIApp) -> ASGIApp:
    return app


class Around(Struct, frozen=True, kw_only=True):
    """What stands around a gateway: who watches it, and what opens and closes with it.

    `wrap` is the outermost layer, if there is one.
    """

    watch: Watch = Unwatched()
    tracer: Tracer = Untraced()
    wrap: Callable[[ASGIApp], ASGIApp] = _as_it_is
    leaving: Leaving = msgspec.field(default_factory=Leaving)
    openers: Sequence[Step] = ()
    closers: Sequence[Step] = ()


def build(
    settings: Settings, clock: Clock | None = None, around: Around | None = None
) -> Gateway:
    """Wire everything; nothing is connected to before it is needed."""
    clock, around = clock or SystemClock(), around or Around()
    watch = around.watch
    house = House(settings, clock, watch)
    upstreams = [
        _to_upstream(provider, settings, house.stores, clock, around)
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
    breakers = Breakers(_to_breaker_limits(settings), house.stores, clock, watch)
    health = Health(clock, breakers)
    calls = Calls(
        {source.name: source.provider for source in sources},
        _to_logins(sources, house.stores.shared, keys, watch),
        health,
        breakers,
    )
    pages = Pages(calls, house.stores, clock, _to_keeping(settings), watch)
    bounds = _to_bounds(settings)
    gallery = Gallery(
        sources,
        pages,
        CursorSealer(keys),
        clock,
        bounds,
        watch=watch,
        tracer=around.tracer,
    )
    tenants = tuple(_to_tenant(tenant, sources) for tenant in settings.tenants)

    fetches = {
        provider.name: _to_fetch(provider, around) for provider in settings.providers
    }

    items = Items(gallery, pages, house.store, deadline_seconds=bounds.deadline_seconds)
    sealer, facts = LinkSealer(keys), Facts(house.stores, clock)
    finder = Finder(tenants, items, pages)
    media = Media(finder, fetches, calls, facts)
    pictures = Pictures()
    renditions = Renditions(finder, Originals(media), pictures, house.stores, facts)

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
            limit_bytes=house.rendered_bytes,
            clock=clock,
            news=house.stores.news,
        ),
        keyring=_to_keyring(settings, tenants, clock),
        quotas=Quotas(settings.limits.requests_per_minute, house.stores.shared, clock),
        clock=clock,
        watch=watch,
        leaving=around.leaving,
        probe_store=house.probe,
        open=_in_turn(house.open, *around.openers),
        close=_in_turn(close, *around.closers),
    )
    return Gateway(
        app=around.wrap(create_app(services, sources, _to_surface(settings))),
        sources=sources,
        tenants=tenants,
        calls=calls,
        describe_store=house.describe,
        services=services,
    )


def _in_turn(*steps: Step) -> Step:
    async def run() -> None:
        for step in steps:
            await step()

    return run


def _to_upstream(
    provider: ProviderSettings,
    settings: Settings,
    stores: Stores,
    clock: Clock,
    around: Around,
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
    calling = watching(provider.name, around.watch, around.tracer)
    return Upstream(given.base_url, limits, clock, pace, calling)


def _to_bounds(settings: Settings) -> Bounds:
    return Bounds(
        deadline_seconds=settings.gallery.deadline_seconds,
        patience_seconds=settings.gallery.patience_seconds,
        scan_pages=settings.gallery.scan_pages,
    )


def _to_surface(settings: Settings) -> Surface:
    return Surface(
        version=version("gallery-gateway"),
        cors_origins=settings.server.cors_origins,
        trusted_proxies=settings.server.trusted_proxies,
        body_limit_bytes=settings.limits.body_bytes,
        store_seconds=settings.redis.timeout_seconds if settings.redis else 1.0,
    )


def _to_fetch(provider: ProviderSettings, around: Around) -> Fetch:
    given = provider.upstream
    return Fetch(
        Fetching(
            base_url=given.base_url,
            media_hosts=given.media_hosts,
            allow_private_addresses=given.allow_private_addresses,
            timeout_seconds=given.timeout_seconds,
        ),
        around=functools.partial(around.tracer.call, provider.name),
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
    sources: Sequence[Source],
    shared: Store | None,
    keys: Sequence[bytes],
    watch: Watch,
) -> Logins:
    providers = {source.name: source.provider for source in sources}
    if shared is None:
        return Logins(providers, watch=watch)
    return Logins(providers, SharedTokens(shared, keys), shared, watch)


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
