"""The composition root: wires the stores, the upstreams and the tenants to services."""

from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from typing import Protocol, TypeAlias

import msgspec
from msgspec import Struct

from gateway.accounts.breakers import Breakers
from gateway.accounts.calls import Calls
from gateway.accounts.credentials import Tenant
from gateway.accounts.health import Health
from gateway.accounts.logins import Logins
from gateway.accounts.tokens import SharedTokens
from gateway.adapters.clock import SystemClock
from gateway.adapters.pictures.drawing import DrawingPool
from gateway.adapters.sheets.reading import SheetPool
from gateway.api.answers.collapsing import Collapsing
from gateway.api.answers.links import Links
from gateway.api.answers.rendered import RenderedPages
from gateway.api.app import Services, create_app
from gateway.api.edge.access import ASGIApp
from gateway.api.edge.draining import Draining
from gateway.api.edge.quotas import Quotas
from gateway.api.routes import operations as operation_routes
from gateway.api.surface import Surface
from gateway.crawl.cursor import CursorSealer
from gateway.gallery.ahead import Aheads
from gateway.gallery.deletion import Deletion
from gateway.gallery.gallery import Gallery, Source
from gateway.gallery.items import Items
from gateway.gallery.onward import Onward
from gateway.gallery.run import Bounds
from gateway.jobs.bodies import Bodies
from gateway.jobs.files import Files
from gateway.jobs.idempotency import Idempotency
from gateway.jobs.jobs import Jobs
from gateway.jobs.operations import Operations
from gateway.jobs.recent import RecentJobs
from gateway.jobs.references import JobSealer
from gateway.jobs.states import JobStates
from gateway.media.facts import Facts
from gateway.media.finder import Finder
from gateway.media.link import LinkSealer
from gateway.media.media import MediaReader
from gateway.media.originals import Originals
from gateway.media.renditions import Renditions
from gateway.pages.freshness import Keeping
from gateway.pages.pages import Pages
from gateway.plugin.operations import Operates, Operation
from gateway.ports.clock import Clock
from gateway.ports.metrics import Unwatched, Watch
from gateway.ports.stores import Stores
from gateway.ports.tracing import Tracer, Untraced
from gateway.settings import Settings
from gateway.sightings.sightings import Sightings
from gateway.stores import ProcessStores
from gateway.tenancy import to_tenancy
from gateway.upstreams import Upstreams

Step: TypeAlias = Callable[[], Awaitable[None]]


class Closing(Protocol):
    """A part that has something to end."""

    async def aclose(self) -> None: ...


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

    watch: Watch = Unwatched()
    tracer: Tracer = Untraced()
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
    upstreams = Upstreams(settings, stores, clock, watch, around.tracer)
    sources = upstreams.sources
    keys = [key.encode() for key in settings.secrets.signing_keys]
    breakers = Breakers(upstreams.breaker_limits, stores, clock, watch)
    health = Health(clock, breakers)
    calls = Calls(
        {source.name: source.provider for source in sources},
        _to_logins(sources, stores, keys, watch, clock),
        health,
        breakers,
    )
    sightings = Sightings(calls, stores, clock, watch)
    pages = Pages(calls, sightings, stores, clock, _to_keeping(settings), watch=watch)
    bounds = _to_bounds(settings)
    onward = Onward(pages, Aheads(clock, stores.caches))
    gallery = Gallery(
        sources,
        pages,
        onward,
        CursorSealer(keys),
        clock,
        bounds=bounds,
        watch=watch,
        tracer=around.tracer,
    )
    tenancy = to_tenancy(settings, sources, stores, clock)
    items = Items(
        gallery,
        pages,
        sightings,
        opened.store,
        deadline_seconds=bounds.deadline_seconds,
    )
    sealer, facts = LinkSealer(keys), Facts(stores, clock)
    finder = Finder(tenancy.tenants, items, pages, sightings, tenancy.brought)
    media = MediaReader(finder, upstreams.fetches, calls, facts, clock)
    pictures, sheets = DrawingPool(), SheetPool()
    renditions = Renditions(
        finder, Originals(media), pictures, stores, facts, watch=watch
    )

    operations, jobs = build_jobs(
        sources, calls, pages, keys, stores, clock=clock, watch=watch
    )
    carrying = operation_routes.Services(
        operations=operations,
        jobs=jobs,
        bodies=Bodies(sheets, pictures),
        files=Files(pictures, stores.own),
    )

    async def close() -> None:
        parts: Sequence[Closing] = (
            *(operations, jobs, renditions, facts, pictures, sheets),
            *(onward, pages, sightings, upstreams),
        )
        for part in parts:
            await part.aclose()
        await opened.close()

    services = Services(
        gallery=gallery,
        items=items,
        carrying=carrying,
        deletion=Deletion(gallery, items, pages, calls, sightings),
        links=Links(
            sealer,
            facts,
            tenancy.brought,
            public_url=settings.server.public_url,
            drawn=pictures.kinds,
        ),
        sealer=sealer,
        media=media,
        renditions=renditions,
        caches=stores.caches,
        health=health,
        rendered=RenderedPages(
            caches=stores.caches,
            clock=clock,
            news=stores.news,
        ),
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
        close=_in_turn(close, *around.closers),
    )
    return Gateway(
        app=around.wrap(create_app(services, sources, _to_surface(settings))),
        tenants=tenancy.tenants,
        calls=calls,
        describe_store=opened.describe,
        services=services,
    )


def build_jobs(  # noqa: PLR0913  # each one is a part
    sources: Sequence[Source],
    calls: Calls,
    pages: Pages,
    keys: Sequence[bytes],
    stores: Stores,
    *,
    clock: Clock,
    watch: Watch | None = None,
) -> tuple[Operations, Jobs]:
    """Wire what carries out operations, and what follows their jobs."""
    recent, watch = RecentJobs(stores, clock), watch or Unwatched()
    operations = Operations(
        {source.name: _to_operations(source) for source in sources},
        calls,
        pages,
        idempotency=Idempotency(stores, clock),
        recent=recent,
        stores=stores,
        clock=clock,
        watch=watch,
    )
    jobs = Jobs(
        operations,
        calls,
        pages,
        states=JobStates(stores, clock),
        recent=recent,
        sealer=JobSealer(keys),
        clock=clock,
        watch=watch,
    )
    return operations, jobs


def _to_operations(source: Source) -> Sequence[Operation]:
    provider = source.provider
    return provider.operations if isinstance(provider, Operates) else ()


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


def _to_logins(
    sources: Sequence[Source],
    stores: Stores,
    keys: Sequence[bytes],
    watch: Watch,
    clock: Clock,
) -> Logins:
    providers = {source.name: source.provider for source in sources}
    shared = stores.shared
    tokens = None if shared is None else SharedTokens(shared, keys)
    return Logins(providers, tokens, shared, watch, clock.now, caches=stores.caches)


def _to_keeping(settings: Settings) -> Keeping:
    cache = settings.cache
    return Keeping(
        fresh_seconds=cache.fresh_seconds,
        stale_while_revalidate_seconds=cache.stale_while_revalidate_seconds,
        stale_if_error_seconds=cache.stale_if_error_seconds,
    )
