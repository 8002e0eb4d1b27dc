"""The gallery's pages and items over HTTP."""

import hashlib
import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import structs

from gateway.api.auth import READ, HttpRequest, Keyring
from gateway.api.parameters import GalleryParameters, parse, parse_item
from gateway.core.model import Asset, GalleryItem
from gateway.core.ports import Clock
from gateway.service.gallery import Answer, Gallery
from gateway.service.items import Items
from gateway.service.run import Ask

_WAIT = re.compile(
    r"(?:^|[,;])\s*wait\s*=\s*\"?([0-9]{1,4})\"?\s*(?:$|[,;])", re.IGNORECASE
)
_NO_CACHE = re.compile(r"(?:^|,)\s*no-cache\s*(?:$|,)", re.IGNORECASE)
_MOST_WAIT_SECONDS = 30
_HEADERS = {
    "cache-control": "private, no-cache",
    "vary": "Accept-Encoding, Authorization, X-API-Key, Prefer",
}


def to_handlers(
    gallery: Gallery, items: Items, keyring: Keyring, clock: Clock
) -> list[HTTPRouteHandler]:
    @get("/v1/gallery")
    async def list_gallery(request: HttpRequest) -> Response[bytes]:
        caller = keyring.authorize(request, READ)
        sources = gallery.sources(caller.tenant)
        raw: bytes = request.scope["query_string"]
        filters = {source.name: source.plugin.filters for source in sources}
        parameters = parse(raw, filters)
        wait = _to_wait(request)
        ask = Ask(
            tenant=caller.tenant,
            query=parameters.query,
            cursor=parameters.cursor,
            limit=parameters.limit,
            needs_all=parameters.needs_all,
            wait_seconds=wait,
            is_anew=bool(_NO_CACHE.search(request.headers.get("cache-control", ""))),
        )
        answer = await gallery.page(ask)
        headers = _to_headers(answer, raw, clock.now())
        if wait is not None:
            headers["preference-applied"] = f"wait={wait}"
        return _respond(request, _encode(answer, parameters), headers)

    @get("/v1/gallery/{item_id:str}")
    async def get_item(request: HttpRequest, item_id: str) -> Response[bytes]:
        caller = keyring.authorize(request, READ)
        has_native = parse_item(request.scope["query_string"])
        item = await items.find(caller.tenant, item_id)
        view = to_view(None, has_native=has_native)
        return _respond(request, msgspec.json.encode(view(item)), {})

    return [list_gallery, get_item]


def to_view(
    assets_limit: int | None, *, has_native: bool
) -> Callable[[GalleryItem], GalleryItem]:
    """Make what shows an item with its first assets, with or without native fields."""

    def show_asset(asset: Asset) -> Asset:
        if has_native or asset.native is None:
            return asset
        return structs.replace(asset, native=None)

    def show(item: GalleryItem) -> GalleryItem:
        return structs.replace(
            item,
            assets=tuple(map(show_asset, item.assets[:assets_limit])),
            cover=item.cover and show_asset(item.cover),
            native=item.native if has_native else None,
        )

    return show


def _encode(answer: Answer, parameters: GalleryParameters) -> bytes:
    show = to_view(parameters.assets_limit, has_native=parameters.has_native)
    items = tuple(map(show, answer.page.items))
    return msgspec.json.encode(structs.replace(answer.page, items=items))


def _respond(
    request: HttpRequest, body: bytes, headers: Mapping[str, str]
) -> Response[bytes]:
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**_HEADERS, **headers, "etag": etag}
    if _is_known(etag, request.headers.get("if-none-match")):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type=MediaType.JSON, headers=headers)


def _is_known(etag: str, if_none_match: str | None) -> bool:
    if if_none_match is None:
        return False
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in known or etag.removeprefix("W/") in known


def _to_headers(answer: Answer, raw: bytes, now: float) -> dict[str, str]:
    headers = {
        "cache-status": "gallery-gateway; " + ("hit" if answer.is_hit else "fwd=miss"),
        "server-timing": ", ".join(
            f"{source.provider};dur={answer.seconds[source.provider] * 1000:.1f}"
            f';desc="{source.state}"'
            for source in answer.page.sources
        ),
    }
    if answer.oldest_at is not None:
        headers["age"] = str(max(0, int(now - answer.oldest_at)))
    if answer.page.next_cursor is not None:
        headers["link"] = f'<{_to_next(raw, answer.page.next_cursor)}>; rel="next"'
    return headers


def _to_next(raw: bytes, cursor: str) -> str:
    pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name != "cursor"]
    return f"/v1/gallery?{urlencode([*kept, ('cursor', cursor)])}"


def _to_wait(request: HttpRequest) -> int | None:
    """Read `Prefer: wait=N`; what is not understood is ignored, as RFC 7240 says."""
    found = _WAIT.search(request.headers.get("prefer", ""))
    return None if found is None else min(int(found[1]), _MOST_WAIT_SECONDS)
