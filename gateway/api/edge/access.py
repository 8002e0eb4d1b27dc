"""Around every request: its id, its log line, `HEAD` answered as `GET` without body."""

import re
import secrets
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import structlog

from gateway.api.context import Headers, RequestContext
from gateway.api.edge.draining import Draining
from gateway.api.paths import to_plain, to_shown
from gateway.concurrency import budget
from gateway.ports.metrics import RequestEnded, Watch

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

_ALLOWING = (204, 405)
"""Statuses of answers that tell which methods are allowed."""
_MOST_BYTES = 65_536
"""How long all headers of a request may be."""
_TOO_LONG = {
    "type": "http.response.start",
    "status": 431,
    "headers": [(b"content-length", b"0"), (b"connection", b"close")],
}
_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")

log = structlog.get_logger("gateway.access")


class Access:
    """The ASGI layer around all that know a request; it makes the request's context.

    `store_seconds` is the most that a request ever waits for the shared store in all,
    `public_path` what the paths that callers see begin with.
    """

    def __init__(
        self,
        app: ASGIApp,
        watch: Watch,
        draining: Draining,
        *,
        store_seconds: float,
        public_path: str = "",
    ) -> None:
        self._public_path = public_path
        self._app = app
        self._draining = draining
        self._watch = watch
        self._store_seconds = store_seconds

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        context = self._enter(scope)
        request_id, is_head, status = context.request_id, context.is_head, 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = message["headers"]
                message["headers"] = [
                    *(_with_head(own) if status in _ALLOWING else own),
                    *context.answer_headers,
                    *self._draining.headers,
                    (b"x-request-id", request_id.encode()),
                ]
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        bound = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            with budget.allowing(self._store_seconds):
                await self._hand_on(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - begun
            method = "HEAD" if is_head else scope["method"]
            self._watch(RequestEnded(method, _to_route(scope), status, seconds))
            log.info(
                "request",
                method=method,
                path=to_shown(scope["path"]),
                status=status,
                milliseconds=round(seconds * 1000, 1),
            )
            structlog.contextvars.reset_contextvars(**bound)

    def _enter(self, scope: Message) -> RequestContext:
        """Have the scope as all layers read it, and make what they know of it."""
        is_head = scope["method"] == "HEAD"
        if is_head:
            scope["method"] = "GET"
        scope["path"] = to_plain(scope["path"])
        context = RequestContext(
            request_id=_to_id(scope),
            headers=_to_headers(scope["headers"]),
            is_head=is_head,
            public_path=self._public_path,
        )
        scope["state"] = {**scope.get("state", {}), "context": context}
        return context

    async def _hand_on(self, scope: Message, receive: Receive, send: Send) -> None:
        if not _is_too_long(scope["headers"]):
            await self._app(scope, receive, send)
            return
        await send(dict(_TOO_LONG))
        await send({"type": "http.response.body", "body": b""})


def _is_too_long(headers: Headers) -> bool:
    """Tell of more than is promised; the server itself refuses twice as much."""
    return sum(len(name) + len(value) for name, value in headers) > _MOST_BYTES


def _with_head(headers: Headers) -> Headers:
    """Let `Allow` name `HEAD` wherever it names `GET`."""
    return [
        (name, value.replace(b"GET", b"GET, HEAD") if name == b"allow" else value)
        for name, value in headers
    ]


def _to_route(scope: Message) -> str:
    """Return the pattern of the path that was asked for, if it has come that far."""
    template: str = scope.get("path_template", "")
    return template or "other"


def _to_headers(sent: Headers) -> dict[str, str]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent}
    if len(headers) == len(sent):
        return headers
    several: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in sent:
        several[name.decode("latin-1")].append(value.decode("latin-1"))
    return {name: ", ".join(values) for name, values in several.items()}


def _to_id(scope: Message) -> str:
    """Take the caller's request id when it is sane, or make a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(16)
