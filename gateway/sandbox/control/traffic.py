"""The layer around an upstream that counts its calls, delays and breaks them."""

import asyncio
import time
from collections import Counter, deque
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Struct

from gateway.sandbox.control.rules import Fault, RuleBook
from gateway.sandbox.routes import CallKind, Route, RouteTable

CONTROL_PATH: Final = "/_sandbox"
_MOST_LATEST: Final = 1_000


class Arrival(Struct, frozen=True, kw_only=True):
    """A call as it came; `seconds` is a clock that never goes back."""

    method: str
    path: str
    seconds: float


class Ledger:
    """How often each route was called since the last reset, and the latest calls."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.kinds: Counter[CallKind] = Counter()
        self.latest: deque[Arrival] = deque(maxlen=_MOST_LATEST)

    def note(self, route: Route, path: str) -> None:
        self.calls[f"{route.method} {route.template}"] += 1
        self.kinds[route.kind] += 1
        self.latest.append(
            Arrival(method=route.method, path=path, seconds=time.monotonic())
        )

    def clear(self) -> None:
        self.calls.clear()
        self.kinds.clear()
        self.latest.clear()


class Traffic:
    """ASGI in, ASGI out; control calls pass untouched and uncounted."""

    def __init__(
        self, app: ASGIApp, *, routes: RouteTable, rules: RuleBook, ledger: Ledger
    ) -> None:
        self._app = app
        self._routes = routes
        self._rules = rules
        self._ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or is_control(scope["path"]):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        route = self._routes.find(scope["method"], path)
        self._ledger.note(route, path)
        is_media = route.kind is CallKind.MEDIA
        seconds = self._rules.spend_delay(path, is_media=is_media)
        fault = self._rules.spend_fault(path, is_media=is_media)
        if seconds:
            await asyncio.sleep(seconds)
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await self._break(fault, scope, receive, send)

    async def _break(
        self, fault: Fault, scope: Scope, receive: Receive, send: Send
    ) -> None:
        match fault.mode:
            case "hang":
                await _wait_until_gone(receive)
            case "close":
                await _close(send)
            case "truncate":
                answer = _Recorder()
                await self._app(scope, receive, answer)
                body = answer.body[: len(answer.body) // 2]
                await _answer(send, answer.status, answer.headers, body)
            case None:
                headers = [
                    (name.lower().encode("latin-1"), value.encode("latin-1"))
                    for name, value in fault.headers.items()
                ]
                status = fault.status or 500
                await _answer(send, status, headers, fault.body.encode())


class _Recorder:
    """Keeps an answer instead of sending it."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message["body"]


def is_control(path: str) -> bool:
    return path == CONTROL_PATH or path.startswith(f"{CONTROL_PATH}/")


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _close(send: Send) -> None:
    """Promise a body and leave: the server can only drop the connection."""
    await _start(send, 200, [(b"content-length", b"1024")])
    await send({"type": "http.response.body", "body": b"", "more_body": True})


async def _answer(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    kept = [pair for pair in headers if pair[0].lower() != b"content-length"]
    length = str(len(body)).encode()
    await _start(send, status, [*kept, (b"content-length", length)])
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _start(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
