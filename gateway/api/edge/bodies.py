"""A request that is answered before its body was read: the rest is read, or said to be lost.

The server closes a connection with an unread body, and says so only by chance: a caller's
next request on it would be lost, and this answer too where the close resets the connection.
"""

import asyncio
from contextlib import suppress

from gateway.api.context import Headers
from gateway.api.edge.access import ASGIApp, Message, Receive, Send

_FIRST_BYTES, _FIRST_SECONDS = 262_144, 1.0
"""How much an answer waits for: what a caller commonly sends along with the head."""
_LAST_BYTES, _LAST_SECONDS = 67_108_864, 2.0
"""How much is read after an answer, for a caller that reads it when all is sent."""
_CLOSE = (b"connection", b"close")


class Bodies:
    """The outermost ASGI layer: no answer leaves its caller a connection that is closed.

    Where a body is still unread when its answer begins, the answer has `Connection: close`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope["headers"]):
            await self._app(scope, receive, send)
            return
        body = _Body(scope["headers"], receive)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                await body.take(_FIRST_BYTES, _FIRST_SECONDS)
                if not body.is_read:
                    message["headers"] = [*message["headers"], _CLOSE]
            await send(message)

        await self._app(scope, body.receive, answer)
        await body.take(_LAST_BYTES, _LAST_SECONDS)


class _Body:
    """What a request sends, and whether it has been read to its end."""

    def __init__(self, headers: Headers, receive: Receive) -> None:
        self.is_read = False
        self._is_asked_for = all(name != b"expect" for name, _ in headers)
        self._receive = receive

    async def receive(self) -> Message:
        message = await self._receive()
        self.is_read = not message.get("more_body", False)
        return message

    async def take(self, most_bytes: int, seconds: float) -> None:
        """Read on for so long, and no more than so much.

        Nothing is read of a body that its caller sends only when told to (RFC 9110, 10.1.1).
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._is_asked_for and not self.is_read and most_bytes > 0:
                    most_bytes -= len((await self.receive()).get("body", b""))


def _has_body(headers: Headers) -> bool:
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in headers)
