"""One item over HTTP, and the addresses of its assets that one may store."""

import msgspec
from litestar import Response, delete, get, route
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import ASGIApp

from gateway.api.answers.conditions import to_etag_aside
from gateway.api.answers.plain import Plain, spell
from gateway.api.answers.rendered import Rendered
from gateway.api.caller import READ, WRITE
from gateway.api.context import HttpRequest, headers_of
from gateway.api.edge.auth import Keyring
from gateway.api.parameters.gallery import INCLUDE
from gateway.api.parameters.reading import read_query
from gateway.api.routes.gallery import respond
from gateway.api.views.links import Links
from gateway.api.views.view import to_view
from gateway.gallery.deletion import Deletion
from gateway.gallery.items import Items
from gateway.plugin.errors import NotFoundError
from gateway.ports.clock import Clock

_FOUND_ELSEWHERE = 307


def to_handlers(
    items: Items, deletion: Deletion, keyring: Keyring, links: Links, clock: Clock
) -> list[HTTPRouteHandler]:
    @get("/v1/gallery/{item_id:str}")
    async def get_item(request: HttpRequest, item_id: FromPath[str]) -> ASGIApp:
        caller = keyring.authorize(headers_of(request), READ)
        values = read_query(request.scope["query_string"], (INCLUDE,))
        entry = await items.find(caller.tenant, item_id)
        await links.prepare(caller, [entry], None)
        show = to_view(
            None,
            has_native="native" in values["include"],
            may_write=WRITE in caller.scopes,
            linker=links.to_linker(caller, clock.now()),
        )
        body = msgspec.json.encode(show(entry))
        page = Rendered(body=body, etag=await to_etag_aside(body))
        return await respond(request, page, {})

    @get("/v1/gallery/{item_id:str}/assets/{asset_id:str}")
    async def get_asset(
        request: HttpRequest, item_id: FromPath[str], asset_id: FromPath[str]
    ) -> ASGIApp:
        caller = keyring.authorize(headers_of(request), READ)
        read_query(request.scope["query_string"])
        entry = await items.find(caller.tenant, item_id)
        await links.prepare(caller, (), None)
        linked = links.to_linker(caller, clock.now())(entry)
        assets = entry.item.assets if entry.item else ()
        asset = next((one for one in assets if one.id == asset_id), None)
        shown = asset and linked.to_asset(asset)
        url = shown and (shown.url or shown.preview_url)
        if not url:
            raise NotFoundError("no such asset, or no file of it")
        headers = {"location": url, "cache-control": "private, no-store"}
        return Plain(_FOUND_ELSEWHERE, spell(headers))

    @delete("/v1/gallery/{item_id:str}", status_code=204)
    async def delete_item(request: HttpRequest, item_id: FromPath[str]) -> None:
        caller = keyring.authorize(headers_of(request), WRITE)
        read_query(request.scope["query_string"])
        await deletion.delete(caller.tenant, item_id)

    @route("/v1/gallery/{item_id:str}", http_method="OPTIONS", status_code=204)
    async def tell_methods(item_id: FromPath[str]) -> Response[None]:  # noqa: ARG001  # the path's
        # the framework's own would name the first handler's methods alone
        return Response(None, headers={"allow": "DELETE, GET, OPTIONS"})

    return [tell_methods, get_item, get_asset, delete_item]
