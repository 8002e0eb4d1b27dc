"""The tenant's providers: what each can do, its own filters, and how it fares."""

from typing import Any

import msgspec
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from gateway.accounts.credentials import Tenant
from gateway.accounts.health import Health, HealthState, LastError
from gateway.api.caller import READ
from gateway.api.context import HttpRequest, headers_of
from gateway.api.edge.auth import Keyring
from gateway.api.parameters.reading import read_query
from gateway.gallery.gallery import Gallery, Source
from gateway.jobs.operations import Operations
from gateway.plugin.errors import NotFoundError
from gateway.plugin.model import Kind
from gateway.plugin.operations import (
    AnswerOperation,
    Input,
    JsonInput,
    Makes,
    Method,
    Operation,
    OperationScope,
)
from gateway.plugin.provider import Deletes, LooksUp

PATH = "/v1/providers/{name}/operations/{operation}"


class Capabilities(Struct, frozen=True, kw_only=True):
    """What an upstream can do; a query for no kind of these costs it no call."""

    kinds: tuple[Kind, ...]
    look_up: bool
    delete: bool


class OfferedOperation(Struct, frozen=True, kw_only=True):
    """What a provider can do besides its list; schemas are JSON Schemas."""

    name: str
    title: str
    description: str
    makes: Makes
    method: Method
    scope: OperationScope
    href: str
    input_schema: dict[str, Any] | None
    input_media_types: tuple[str, ...]
    output_schema: dict[str, Any] | None


class Provider(Struct, frozen=True, kw_only=True):
    """A configured provider; `filters` is the JSON Schema of its own parameters."""

    name: str
    plugin: str
    title: str
    capabilities: Capabilities
    filters: dict[str, Any]
    operations: tuple[OfferedOperation, ...]
    health: HealthState
    last_error: LastError | None


class ProviderList(Struct, frozen=True, kw_only=True):
    """All of the tenant's providers."""

    providers: tuple[Provider, ...]


def to_handlers(
    gallery: Gallery,
    health: Health,
    operations: Operations,
    keyring: Keyring,
    public_url: str,
) -> list[HTTPRouteHandler]:
    offered = {
        name: tuple(_to_offered(f"{public_url}{PATH}", name, one) for one in found)
        for name, found in operations.all.items()
    }

    def show(tenant: Tenant, source: Source) -> Provider:
        return Provider(
            name=source.name,
            plugin=source.plugin.name,
            title=source.plugin.title,
            capabilities=_to_capabilities(source),
            filters=to_schema(source.plugin.filters),
            operations=offered[source.name],
            health=health.state(source.name),
            last_error=health.last_error(tenant.accounts[source.name]),
        )

    def authorize(request: HttpRequest) -> Tenant:
        tenant = keyring.authorize(headers_of(request), READ).tenant
        read_query(request.scope["query_string"])
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


def _to_capabilities(source: Source) -> Capabilities:
    return Capabilities(
        kinds=source.plugin.kinds,
        look_up=isinstance(source.provider, LooksUp),
        delete=isinstance(source.provider, Deletes),
    )


def _to_offered(path: str, provider: str, operation: Operation) -> OfferedOperation:
    wanted = operation.input
    return OfferedOperation(
        name=operation.name,
        title=operation.title,
        description=operation.description,
        makes=operation.makes,
        method=operation.method,
        scope=operation.scope,
        href=path.format(name=provider, operation=operation.name),
        input_schema=_to_input_schema(wanted),
        input_media_types=() if wanted is None else wanted.media_types,
        output_schema=(
            to_schema(operation.output)
            if isinstance(operation, AnswerOperation)
            else None
        ),
    )


def _to_input_schema(wanted: Input | None) -> dict[str, Any] | None:
    """Describe a JSON body, with the example that the upstream's document shows."""
    if not isinstance(wanted, JsonInput):
        return None
    return {**to_schema(wanted.type), "examples": [wanted.example]}


def _respond(content: Struct) -> Response[bytes]:
    return Response(
        msgspec.json.encode(content),
        media_type=MediaType.JSON,
        headers={"cache-control": "private, no-cache"},
    )
