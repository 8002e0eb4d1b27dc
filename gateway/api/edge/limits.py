"""How often a caller may ask, and how much it may send.

Requests are counted per key, and subject of a token; without one per address.
"""

from collections.abc import Mapping

from gateway.api.context import context_of
from gateway.api.edge.access import ASGIApp, Message, Receive, Send
from gateway.api.edge.auth import Keyring
from gateway.api.edge.clients import find_client, to_networks
from gateway.api.edge.quotas import WINDOW_SECONDS, Quota, Quotas
from gateway.api.problems.problem import spell
from gateway.api.surface import Surface

_COUNTED = "/v1/"
_UNCOUNTED = "/v1/media/"


class RateLimits:
    """An ASGI layer; tells what is left in `RateLimit` (draft-ietf-httpapi-ratelimit).

    The surface's `trusted_proxies` are the addresses whose `X-Forwarded-For` is believed. A body is
    judged by its `Content-Length`: nothing reads one that does not tell it.
    """

    def __init__(
        self,
        app: ASGIApp,
        quotas: Quotas,
        keyring: Keyring,
        surface: Surface,
    ) -> None:
        self._app = app
        self._quotas = quotas
        self._keyring = keyring
        self._body_bytes = surface.body_limit_bytes
        self._proxies = to_networks(surface.trusted_proxies)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        counted = self._to_counted(scope) if _is_counted(scope) else None
        if counted is None:
            await self._app(scope, receive, send)
            return
        context = context_of(scope)
        quota = await self._quotas.count(counted)
        context.answer_headers = _to_headers(quota)
        if quota.is_spent:
            after = (b"retry-after", str(quota.reset_seconds).encode())
            await _refuse("rate-limited", scope, send, after)
        elif _to_length(context.headers) > self._body_bytes:
            await _refuse("too-large", scope, send)
        else:
            await self._app(scope, receive, send)

    def _to_counted(self, scope: Message) -> str | None:
        """Name who asks; None for one who is not known, and gets nothing.

        The layers behind this one find the caller in the context.
        """
        context = context_of(scope)
        caller = context.caller = self._keyring.find(context.headers)
        if caller is None:
            return None
        return caller.counted or f"address:{self._to_address(scope, context.headers)}"

    def _to_address(self, scope: Message, headers: Mapping[str, str]) -> str:
        peer = scope.get("client")
        forwarded = headers.get("x-forwarded-for", "")
        return find_client(str(peer[0]) if peer else "", forwarded, self._proxies)


def _is_counted(scope: Message) -> bool:
    if scope["type"] != "http":
        return False
    path: str = scope["path"]
    return path.startswith(_COUNTED) and not path.startswith(_UNCOUNTED)


def _to_headers(quota: Quota) -> list[tuple[bytes, bytes]]:
    policy = f'"default";q={quota.limit};w={WINDOW_SECONDS}'
    left = f'"default";r={quota.remaining};t={quota.reset_seconds}'
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())]


def _to_length(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


async def _refuse(
    code: str, scope: Message, send: Send, *more: tuple[bytes, bytes]
) -> None:
    status, body = spell(code, scope)
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
