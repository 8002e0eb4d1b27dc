"""The tenant's providers: what each can do, its own filters, and how it fares."""

from typing import Any

import msgspec
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from gateway.accounts.credentials import Tenant
from gateway.accounts.health import Health, HealthState, LastError
from gateway.api.edge.auth import READ, HttpRequest, Keyring, headers_of
from gateway.api.parameters import refuse_parameters
from gateway.gallery.gallery import Gallery, Source
from gateway.plugin.errors import NotFoundError
from gateway.plugin.provider import Capabilities


class Provider(Struct, frozen=True, kw_only=True):
    """A configured provider; `filters` is the JSON Schema of its own parameters."""

    name: str
    plugin: str
    title: str
    capabilities: Capabilities
    filters: dict[str, Any]
    health: HealthState
    last_error: LastError | None


class ProviderList(Struct, frozen=True, kw_only=True):
    """All of the tenant's providers."""

    providers: tuple[Provider, ...]


def to_handlers(
    gallery: Gallery, health: Health, keyring: Keyring
) -> list[HTTPRouteHandler]:
    def show(tenant: Tenant, source: Source) -> Provider:
        return Provider(
            name=source.name,
            plugin=source.plugin.name,
            title=source.plugin.title,
            capabilities=source.plugin.capabilities,
            filters=to_schema(source.plugin.filters),
            health=health.state(source.name),
            last_error=health.last_error(tenant.accounts[source.name]),
        )

    def authorize(request: HttpRequest) -> Tenant:
        tenant = keyring.authorize(headers_of(request), READ).tenant
        refuse_parameters(request.scope["query_string"])
        return tenant

    @get("/v1/providers")
    async def list_providers(request: HttpRequest) -> Response[bytes]:
        tenant = authorize(request)
        shown = tuple(show(tenant, source) for source in gallery.sources(tenant))
        return _respond(ProviderList(providers=shown))

    @get("/v1/providers/{name:str}")
    async def get_provider(
        request: HttpRequest, name: FromPath[str]
    ) -> Response[bytes]:
        tenant = authorize(request)
        source = gallery.find_source(tenant, name)
        if source is None:
            raise NotFoundError("no such provider")
        return _respond(show(tenant, source))

    return [list_providers, get_provider]


def to_schema(filters: type[Struct]) -> dict[str, Any]:
    """Describe a provider's own filters as one self-contained JSON Schema."""
    (reference,), schemas = msgspec.json.schema_components(
        [filters], ref_template="#/$defs/{name}"
    )
    own = schemas.pop(reference["$ref"].rpartition("/")[2])
    return {**own, "$defs": schemas} if schemas else own


def _respond(content: Struct) -> Response[bytes]:
    return Response(
        msgspec.json.encode(content),
        media_type=MediaType.JSON,
        headers={"cache-control": "private, no-cache"},
    )
