"""Answers that are at hand as a whole, spelt for ASGI."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]

_BODILESS = frozenset({204, 304})
"""A length would be that of what is not sent."""


class Plain:
    """An ASGI answer by its status, headers and body; its length is told for it."""

    def __init__(self, status: int, headers: Headers, body: bytes = b"") -> None:
        self._start: dict[str, Any] = {
            "type": "http.response.start",
            "status": status,
            "headers": headers
            if status in _BODILESS
            else [*headers, (b"content-length", b"%d" % len(body))],
        }
        self._body = body

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002  # as ASGI has it
        await send(self._start)
        await send({"type": "http.response.body", "body": self._body})


def spell(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI has them."""
    return [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
