"""The ASGI application: routes, CORS, compression, problems, and what surrounds them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from gateway.accounts.health import Health
from gateway.api.answers.collapsing import Collapsing
from gateway.api.answers.compression import COMPRESSED_BYTES, GZIP_LEVEL, Compression
from gateway.api.answers.pictures import Pictures
from gateway.api.answers.rendered import Rendered, RenderedPages
from gateway.api.answers.shortcut import Shortcut
from gateway.api.edge.access import Access, ASGIApp
from gateway.api.edge.auth import Keyring
from gateway.api.edge.bodies import Bodies
from gateway.api.edge.cors import Cors
from gateway.api.edge.draining import Draining
from gateway.api.edge.limits import RateLimits
from gateway.api.edge.quotas import Quotas
from gateway.api.edge.tokens import Tokens
from gateway.api.openapi.document import to_document
from gateway.api.problems.handlers import HANDLERS
from gateway.api.routes import (
    gallery,
    health,
    items,
    jobs,
    media,
    operations,
    providers,
    tokens,
)
from gateway.api.steady import docs, problems, viewer
from gateway.api.surface import Surface
from gateway.api.views.links import PATH, Links
from gateway.gallery.deletion import Deletion
from gateway.gallery.gallery import Answer, Gallery, Source
from gateway.gallery.items import Items
from gateway.media.link import LinkSealer
from gateway.media.media import MediaReader
from gateway.media.renditions import Renditions
from gateway.plugin.provider import Plugin
from gateway.ports.caches import Caches
from gateway.ports.clock import Clock
from gateway.ports.metrics import Watch
from gateway.ports.stores import SharedRedis, StoreState


class Services(Struct, frozen=True, kw_only=True):
    """What the routes call."""

    gallery: Gallery
    items: Items
    deletion: Deletion
    carrying: operations.Services
    health: Health
    links: Links
    sealer: LinkSealer
    media: MediaReader
    rendered: RenderedPages
    collapsing: Collapsing[tuple[Answer, Rendered]]
    renditions: Renditions
    caches: Caches
    keyring: Keyring
    tokens: Tokens
    quotas: Quotas
    clock: Clock
    watch: Watch
    draining: Draining
    probe_store: Callable[[], Awaitable[StoreState]]
    describe_redis: Callable[[], SharedRedis | None]
    open: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


def create_app(
    services: Services, sources: Sequence[Source], surface: Surface
) -> ASGIApp:
    plugins = {source.name: source.plugin for source in sources}
    app = Litestar(
        route_handlers=[
            *_to_handlers(services, plugins, surface.public_url.rstrip("/")),
            *docs.to_handlers(
                to_document(
                    plugins,
                    services.carrying.operations.all,
                    surface.version,
                    surface.public_url,
                )
            ),
            problems.ROUTER,
            *(viewer.to_handlers(surface.public_url) if surface.has_viewer else ()),
        ],
        exception_handlers=HANDLERS,
        on_startup=[services.open],
        on_shutdown=[services.close],
        openapi_config=None,
        logging_config=None,
        compression_config=CompressionConfig(
            backend="gzip",
            minimum_size=COMPRESSED_BYTES,
            gzip_compress_level=GZIP_LEVEL,
            middleware_class=Compression,
            exclude=[f"^{PATH}"],
        ),
        request_max_body_size=surface.body_limit_bytes,
    )
    wrapped: Any = app
    wrapped = Pictures(
        wrapped,
        services.renditions,
        services.sealer,
        caches=services.caches,
        clock=services.clock,
        watch=services.watch,
    )
    wrapped = Shortcut(wrapped, services.rendered, services.clock, services.watch)
    wrapped = RateLimits(wrapped, services.quotas, services.keyring, surface)
    if surface.cors_origins:
        wrapped = Cors(wrapped, surface.cors_origins)
    wrapped = Access(
        wrapped,
        services.watch,
        services.draining,
        store_seconds=surface.store_seconds,
        public_path=urlsplit(surface.public_url).path.rstrip("/"),
    )
    return Bodies(wrapped)


def _to_handlers(
    services: Services, plugins: Mapping[str, Plugin], public_url: str
) -> list[HTTPRouteHandler]:
    keyring = services.keyring
    return [
        *gallery.to_handlers(
            services.gallery,
            services.rendered,
            keyring,
            services.clock,
            services.links,
            collapsing=services.collapsing,
        ),
        *items.to_handlers(
            services.items, services.deletion, keyring, services.links, services.clock
        ),
        *media.to_handlers(
            services.media,
            services.renditions,
            services.sealer,
            services.clock,
            services.watch,
        ),
        *providers.to_handlers(
            services.gallery,
            services.health,
            services.carrying.operations,
            keyring,
            public_url,
        ),
        *operations.to_handlers(services.carrying, keyring, public_url),
        *jobs.to_handlers(services.carrying.jobs, keyring, services.draining),
        *health.to_handlers(
            tuple(plugins),
            services.health,
            services.probe_store,
            services.describe_redis,
        ),
        *tokens.to_handlers(
            services.tokens,
            keyring,
            {name: plugin.credential for name, plugin in plugins.items()},
        ),
    ]
