"""Reads a request to its end before it is answered.

The server closes a connection whose request has an unread body, often without a word: a
client that keeps its connections would lose its next call on it.
"""

from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_TELLING = frozenset({b"content-length", b"transfer-encoding"})


class Bodies:
    """ASGI in, ASGI out; what the layers inside leave unread is read and forgotten."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or _TELLING.isdisjoint(
            name for name, _ in scope["headers"]
        ):
            await self._app(scope, receive, send)
            return
        is_read = False

        async def take() -> Any:
            nonlocal is_read
            message = await receive()
            is_read = not message.get("more_body", False)
            return message

        async def answer(message: Message) -> None:
            while not is_read:
                await take()
            await send(message)

        await self._app(scope, take, answer)
