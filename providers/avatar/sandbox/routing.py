"""What Starlette answers before a path's own code: a redirect, or no such method."""

from litestar.datastructures import URL
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from gateway.sandbox.control.traffic import is_control
from gateway.sandbox.routes import RouteTable

_REFUSED = b'{"detail":"Method Not Allowed"}'


class Routing:
    """A GET's path takes no HEAD, and none takes OPTIONS."""

    def __init__(self, app: ASGIApp, routes: RouteTable) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or is_control(scope["path"]):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        methods = self._routes.methods(path)
        if not methods and self._routes.methods(path.rstrip("/")):
            await _answer(send, 307, b"", {b"location": _to_bare(scope)})
        elif methods and scope["method"] not in methods:
            headers = {b"allow": ", ".join(methods).encode()}
            headers[b"content-type"] = b"application/json"
            await _answer(send, 405, _REFUSED, headers)
        else:
            await self._app(scope, receive, send)


def _to_bare(scope: HTTPScope) -> bytes:
    """The address that was called, without the slash behind it."""
    url = URL.from_scope(scope)
    return str(url.with_replacements(path=url.path.rstrip("/"))).encode("latin-1")


async def _answer(
    send: Send, status: int, body: bytes, headers: dict[bytes, bytes]
) -> None:
    told = [*headers.items(), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body, "more_body": False})
