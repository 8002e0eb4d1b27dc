"""What each method asks, and what it makes of the answer."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from gateway.client.core.crawl import Place
from gateway.client.core.decoding import decode
from gateway.client.core.errors import GatewayError, to_unexpected
from gateway.client.core.exchange import Call, Flow, Policy, Query, Reply
from gateway.client.core.query import Filter, to_query
from gateway.client.core.retries import asking
from gateway.client.core.structs import Job, Json, Provider, Providers, Token
from gateway.plugin.model import GalleryItem, GalleryPage

_ACCEPTED = 202
_METHOD_NOT_ALLOWED = 405


def page(
    limit: int, cursor: str | None, filters: Mapping[str, Filter], policy: Policy
) -> Flow[GalleryPage]:
    place = Place.parse(cursor)
    call = place.to_call(limit, to_query(filters))
    read = decode((yield from asking(call, policy)), GalleryPage)
    return place.to_rest(read)


def item(item_id: str, query: Query, policy: Policy) -> Flow[GalleryItem]:
    call = Call(target=_to_item(item_id), query=query)
    return decode((yield from asking(call, policy)), GalleryItem)


def delete(item_id: str, policy: Policy) -> Flow[None]:
    call = Call(target=_to_item(item_id), method="DELETE", is_repeatable=False)
    yield from asking(call, policy)


def providers(policy: Policy) -> Flow[tuple[Provider, ...]]:
    reply = yield from asking(Call(target="/v1/providers"), policy)
    return decode(reply, Providers).providers


def provider(name: str, policy: Policy) -> Flow[Provider]:
    call = Call(target=f"/v1/providers/{quote(name, safe='')}")
    return decode((yield from asking(call, policy)), Provider)


def call(
    place: tuple[str, str], body: object, idempotency_key: str | None, policy: Policy
) -> Flow[Json]:
    """Carry out an operation, named by its provider and itself.

    Without a body it is asked for, and posted where the gateway says that it must be.
    """
    if body is None and idempotency_key is None:
        try:
            asked = Call(target=_to_operation(place))
            return _to_answer((yield from asking(asked, policy)))
        except GatewayError as error:
            if error.status != _METHOD_NOT_ALLOWED:
                raise
    posted = to_posted(place, body, idempotency_key)
    return _to_answer((yield from asking(posted, policy)))


def to_posted(
    place: tuple[str, str], body: object, idempotency_key: str | None
) -> Call:
    """Return a posting: bytes as they are, anything else as JSON.

    Only with its idempotency key it may be sent again.
    """
    if isinstance(body, bytes | bytearray | memoryview):
        kind, content = "application/octet-stream", bytes(body)
    else:
        kind, content = "application/json", _encode({} if body is None else body)
    headers = {"content-type": kind}
    if idempotency_key is not None:
        headers["idempotency-key"] = idempotency_key
    return Call(
        target=_to_operation(place),
        method="POST",
        headers=headers,
        content=content,
        is_repeatable=idempotency_key is not None,
    )


def token(
    given: Mapping[str, str | int | Iterable[str] | Mapping[str, Any] | None],
    policy: Policy,
) -> Flow[Token]:
    """Make a token: nothing is stored anywhere, so it may be asked for again."""
    asked = Call(
        target="/v1/tokens",
        method="POST",
        headers={"content-type": "application/json"},
        content=_encode({name: one for name, one in given.items() if one is not None}),
    )
    return decode((yield from asking(asked, policy)), Token)


def _to_item(item_id: str) -> str:
    return f"/v1/gallery/{quote(item_id, safe=':~')}"


def _to_operation(place: tuple[str, str]) -> str:
    name, operation = (quote(part, safe="") for part in place)
    return f"/v1/providers/{name}/operations/{operation}"


def _encode(body: object) -> bytes:
    return msgspec.json.encode(body)


def _to_answer(reply: Reply) -> Json:
    """Return an upstream's JSON, a job, or a file's bytes."""
    if reply.status == _ACCEPTED:
        return decode(reply, Job)
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return reply.content
    try:
        return msgspec.json.decode(reply.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise to_unexpected(reply, f"not JSON: {error}") from error
