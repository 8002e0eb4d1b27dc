"""The composition root: wires the stores, the upstreams and the tenants to services."""

from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from typing import TypeAlias

import msgspec
from msgspec import Struct
from opentelemetry.trace import NoOpTracer, Tracer

from gateway.accounts.calls import Calls
from gateway.accounts.credentials import Tenant
from gateway.adapters.clock import SystemClock
from gateway.adapters.pictures.drawing import DrawingPool
from gateway.adapters.sheets.reading import SheetPool
from gateway.api.answers.collapsing import Collapsing
from gateway.api.answers.rendered import RenderedPages
from gateway.api.app import Services, create_app
from gateway.api.edge.access import ASGIApp
from gateway.api.edge.draining import Draining
from gateway.api.edge.quotas import Quotas
from gateway.api.routes import operations as operation_routes
from gateway.api.surface import Surface
from gateway.api.views.links import Links
from gateway.gallery.run import Bounds
from gateway.jobs.bodies import Bodies
from gateway.jobs.files import Files
from gateway.media.finder import Finder
from gateway.media.link import LinkSealer
from gateway.pages.freshness import Keeping
from gateway.ports.clock import Clock
from gateway.ports.metrics import Watch, unwatched
from gateway.rooms import (
    Ground,
    build_accounts,
    build_gallery,
    build_jobs,
    build_media,
    build_pages,
)
from gateway.settings import Settings
from gateway.stores import ProcessStores
from gateway.tenancy import to_tenancy
from gateway.upstreams import Upstreams

Step: TypeAlias = Callable[[], Awaitable[None]]


class Gateway(Struct, frozen=True, kw_only=True):
    """The wired gateway: what it serves, and its parts for who checks or closes it."""

    app: ASGIApp
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

    watch: Watch = unwatched
    tracer: Tracer = msgspec.field(default_factory=NoOpTracer)
    wrap: Callable[[ASGIApp], ASGIApp] = _as_it_is
    draining: Draining = msgspec.field(default_factory=Draining)
    openers: Sequence[Step] = ()
    closers: Sequence[Step] = ()


def build(
    settings: Settings, clock: Clock | None = None, around: Around | None = None
) -> Gateway:
    """Wire everything; nothing is connected to before it is needed."""
    clock, around = clock or SystemClock(), around or Around()
    watch = around.watch
    opened = ProcessStores(settings, clock, watch)
    stores = opened.stores
    ground = Ground(
        stores=stores,
        clock=clock,
        keys=[key.encode() for key in settings.secrets.signing_keys],
        watch=watch,
        tracer=around.tracer,
    )
    ground.closing.push_async_callback(opened.close)
    upstreams = Upstreams(settings, stores, clock, watch, around.tracer)
    sources = upstreams.sources
    pictures, sheets = DrawingPool(), SheetPool()
    ground.enter(upstreams, pictures, sheets)
    accounts = build_accounts(ground, sources, upstreams.breaker_limits)
    calls = accounts.calls
    read = build_pages(ground, calls, _to_keeping(settings))
    shown = build_gallery(ground, sources, read, calls, _to_bounds(settings))
    tenancy = to_tenancy(settings, sources, stores, clock)
    finder = Finder(
        tenancy.tenants, shown.items, read.pages, read.sightings, tenancy.brought
    )
    files = build_media(ground, finder, upstreams.fetches, calls, pictures)
    carried = build_jobs(ground, sources, calls, read.pages)
    sealer = LinkSealer(ground.keys)
    services = Services(
        gallery=shown.gallery,
        items=shown.items,
        carrying=operation_routes.Services(
            operations=carried.operations,
            jobs=carried.jobs,
            bodies=Bodies(sheets, pictures),
            files=Files(pictures, stores.own),
        ),
        deletion=shown.deletion,
        links=Links(
            sealer,
            files.facts,
            tenancy.brought,
            public_url=settings.server.public_url,
            drawn=pictures.kinds,
        ),
        sealer=sealer,
        media=files.media,
        renditions=files.renditions,
        caches=stores.caches,
        health=accounts.health,
        rendered=RenderedPages(caches=stores.caches, clock=clock, news=stores.news),
        collapsing=Collapsing(stores.news, watch),
        keyring=tenancy.keyring,
        tokens=tenancy.tokens,
        quotas=Quotas(settings.limits.requests_per_minute, stores.shared, clock),
        clock=clock,
        watch=watch,
        draining=around.draining,
        probe_store=opened.probe,
        describe_redis=opened.described,
        open=_in_turn(opened.open, *around.openers),
        close=_in_turn(ground.closing.aclose, *around.closers),
    )
    return Gateway(
        app=around.wrap(create_app(services, sources, _to_surface(settings))),
        tenants=tenancy.tenants,
        calls=calls,
        describe_store=opened.describe,
        services=services,
    )


def _in_turn(*steps: Step) -> Step:
    async def run() -> None:
        for step in steps:
            await step()

    return run


def _to_bounds(settings: Settings) -> Bounds:
    return Bounds(
        deadline_seconds=settings.gallery.deadline_seconds,
        patience_seconds=settings.gallery.patience_seconds,
        scan_pages=settings.gallery.scan_pages,
    )


def _to_surface(settings: Settings) -> Surface:
    return Surface(
        version=version("gallery-gateway"),
        public_url=settings.server.public_url,
        cors_origins=settings.server.cors_origins,
        trusted_proxies=settings.server.trusted_proxies,
        body_limit_bytes=settings.limits.body_bytes,
        store_seconds=settings.redis.timeout_seconds if settings.redis else 1.0,
        has_viewer=settings.server.viewer,
    )


def _to_keeping(settings: Settings) -> Keeping:
    cache = settings.cache
    return Keeping(
        fresh_seconds=cache.fresh_seconds,
        stale_while_revalidate_seconds=cache.stale_while_revalidate_seconds,
        stale_if_error_seconds=cache.stale_if_error_seconds,
    )
