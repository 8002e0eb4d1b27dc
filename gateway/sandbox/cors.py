"""Lets pages of any origin read an upstream, as Starlette's layer does with `*`."""

from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]
_CREDENTIALS: Final = (b"access-control-allow-credentials", b"true")
_METHODS: Final = b"DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


class Cors:
    """Around all that answers, so that preflights meet no fault, and faults can be read as well."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        if origin is None:
            await self._app(scope, receive, send)
        elif (
            scope["method"] == "OPTIONS" and b"access-control-request-method" in headers
        ):
            await _allow(send, origin, headers.get(b"access-control-request-headers"))
        else:
            # browsers take no `*` for a call that carries cookies
            allowed = origin if b"cookie" in headers else b"*"
            await self._app(scope, receive, _readable(send, allowed))


async def _allow(send: Send, origin: bytes, wanted: bytes | None) -> None:
    headers: Headers = [
        (b"access-control-allow-origin", origin),
        _CREDENTIALS,
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-max-age", b"600"),
        (b"vary", b"Origin"),
        (b"content-length", b"2"),
        (b"content-type", b"text/plain; charset=utf-8"),
    ]
    if wanted is not None:
        headers.append((b"access-control-allow-headers", wanted))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"OK", "more_body": False})


def _readable(send: Send, allowed: bytes) -> Send:
    added: Headers = [(b"access-control-allow-origin", allowed), _CREDENTIALS]
    if allowed != b"*":
        added.append((b"vary", b"Origin"))

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *added]
        await send(message)

    return tell
