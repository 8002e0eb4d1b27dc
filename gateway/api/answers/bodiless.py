"""Answers of a head alone."""

from collections.abc import Mapping

from litestar.types import Receive, Scope, Send

_NOT_MODIFIED = 304


class Bodiless:
    """An ASGI answer without a body, and so without the type of one."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        self._status = status
        self._headers = [(k.encode(), v.encode("latin-1")) for k, v in headers.items()]
        if status != _NOT_MODIFIED:  # there it would be that of the whole
            self._headers.append((b"content-length", b"0"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # as ASGI has it
        await send(
            {
                "type": "http.response.start",
                "status": self._status,
                "headers": self._headers,
            }
        )
        await send({"type": "http.response.body", "body": b"", "more_body": False})
