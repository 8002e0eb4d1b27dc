"""Which origins' pages may read answers.

The framework's own layer would put `Vary: Origin` in place of what an answer varies
with already, and refuse a preflight with a body that is no problem.
"""

import re
from collections.abc import Iterable, Sequence

from gateway.api.edge.access import ASGIApp, Message, Receive, Send

_METHODS = b"GET, HEAD, POST, DELETE, OPTIONS"
_ALLOWED = (
    b"Authorization, X-API-Key, X-Request-Id, Prefer, Cache-Control, If-None-Match,"
    b" Range, If-Range, Content-Type, Idempotency-Key"
)
_EXPOSED = (
    b"ETag, Link, Age, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id,"
    b" Cache-Status, Server-Timing, Content-Range, Accept-Ranges, Content-Length,"
    b" Location, Idempotency-Replayed, Preference-Applied"
)
_PREFLIGHT = (
    (b"access-control-allow-methods", _METHODS),
    (b"access-control-allow-headers", _ALLOWED),
    (b"access-control-max-age", b"600"),
)

Headers = Iterable[tuple[bytes, bytes]]


class Cors:
    """An ASGI layer; a `*` in an origin stands for any of its characters."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._allowed = re.compile("|".join(map(_to_pattern, origins)).encode())

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = dict(scope["headers"])
        granted = self._grant(sent.get(b"origin"))
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in sent:
            headers = [(b"vary", b"Origin"), *granted, *(_PREFLIGHT if granted else ())]
            await send(
                {"type": "http.response.start", "status": 204, "headers": headers}
            )
            await send({"type": "http.response.body", "body": b""})
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*_vary(message["headers"]), *granted]
            await send(message)

        await self._app(scope, receive, answer)

    def _grant(self, origin: bytes | None) -> Headers:
        if origin is None or not self._allowed.fullmatch(origin):
            return ()
        return (
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _EXPOSED),
        )


def _vary(headers: Headers) -> Headers:
    """Add the origin to what the answer varies with."""
    varies = [value for name, value in headers if name == b"vary"]
    kept = [header for header in headers if header[0] != b"vary"]
    return [*kept, (b"vary", b", ".join([*varies, b"Origin"]))]


def _to_pattern(origin: str) -> str:
    if origin == "*":
        return ".*"
    pattern = re.escape(origin).replace(r":\*", ":[0-9]+")
    return pattern.replace(r"\*", "[^/@:]*")
