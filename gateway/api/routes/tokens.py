"""Making a token for a browser or an end user, over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Response, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct

from gateway.api.caller import TOKENS
from gateway.api.context import HttpRequest, headers_of
from gateway.api.edge.auth import Keyring
from gateway.api.edge.tokens import Tokens, Wish
from gateway.api.parameters.reading import read_query
from gateway.plugin.errors import Fault, InvalidBodyError
from gateway.settings.reading.conversion import to_struct
from gateway.settings.reading.places import Place, PointerPlace

_MOST_BYTES = 65_536
_MOST_FAULTS = 100


class TokenRequest(Struct, frozen=True, kw_only=True):
    """What a token may do, for how long, for whom, and through which accounts."""

    scopes: tuple[str, ...] | None = None
    ttl_seconds: Annotated[int, Meta(ge=60, le=3600)] = 900
    subject: Annotated[str, Meta(max_length=200)] | None = None
    credentials: dict[str, Any] | None = None


def to_handlers(
    tokens: Tokens, keyring: Keyring, credentials: Mapping[str, type[Struct]]
) -> list[HTTPRouteHandler]:
    @post("/v1/tokens", request_max_body_size=_MOST_BYTES)
    async def create_token(request: HttpRequest) -> Response[bytes]:
        caller = keyring.authorize(headers_of(request), TOKENS)
        read_query(request.scope["query_string"])
        wish = to_wish(await request.body(), credentials)
        return Response(
            msgspec.json.encode(tokens.mint(caller, wish)),
            media_type=MediaType.JSON,
            headers={"cache-control": "no-store"},
        )

    return [create_token]


def to_wish(body: bytes, kinds: Mapping[str, type[Struct]]) -> Wish:
    """Read a body; none is as good as an empty object.

    Raises:
        InvalidBodyError: with all of its faults; no credential is ever quoted.
    """
    faults: list[Fault] = []
    place = PointerPlace(faults)
    sent = _decode(body, place)
    asked = to_struct(TokenRequest, sent, place) if not faults else None
    brought = sent.get("credentials") if isinstance(sent, dict) else None
    credentials = _to_credentials(brought, kinds, place.key("credentials"))
    if asked is None or faults:
        raise InvalidBodyError(faults[:_MOST_FAULTS])
    return Wish(
        scopes=asked.scopes,
        ttl_seconds=asked.ttl_seconds,
        subject=asked.subject,
        credentials=credentials,
    )


def _decode(body: bytes, place: Place) -> object:
    try:
        return msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        place.report("expected JSON")
        return None


def _to_credentials(
    brought: object, kinds: Mapping[str, type[Struct]], place: Place
) -> dict[str, Struct] | None:
    """Convert credentials as a configuration's are; None where there are none."""
    if not isinstance(brought, dict):
        return None
    place.report_unknown(brought, list(kinds))
    converted = {
        name: to_struct(kind, brought[name], place.key(name))
        for name, kind in kinds.items()
        if name in brought
    }
    return {name: one for name, one in converted.items() if one is not None}
