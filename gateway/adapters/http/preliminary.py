"""Preliminary answers (1xx), of which there are few before a real one, or it is a flood.

Neither client needs them; both would read on for as long as they come.
"""

import re
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

MOST = 32
_MOST_BYTES = 2**16
_BEGINS = b"HTTP/1."
_PRELIMINARY = re.compile(rb"HTTP/1\.\d 1(?!01)\d\d\b")
_LINE_BYTES = len(b"HTTP/1.1 100 ")
_END = re.compile(rb"\r?\n\r?\n")


class FloodError(OSError):
    """More of them came than anybody has a use for."""

    def __init__(self) -> None:
        super().__init__("a flood of preliminary answers")


class Sieve:
    """Takes them out of what a connection receives, ahead of each answer."""

    def __init__(self) -> None:
        self._held = b""
        self._count = 0
        self._is_ahead = True

    def begin(self) -> None:
        """Expect an answer: something was asked."""
        self._held, self._count, self._is_ahead = b"", 0, True

    def pass_on(self, received: bytes) -> bytes | None:
        """Return what is to be read; None: nothing yet.

        Raises:
            FloodError: there are too many of them, or one is too long.
        """
        if not self._is_ahead:
            return received
        rest = memoryview(self._held + received)
        while _PRELIMINARY.match(rest):
            end = _END.search(rest)
            if end is None:
                self._hold(rest)
                return None
            self._count += 1
            if self._count > MOST:
                raise FloodError
            rest = rest[end.end() :]
        if len(rest) < _LINE_BYTES and _BEGINS.startswith(rest[: len(_BEGINS)]):
            self._hold(rest)
            return None
        self._held, self._is_ahead = b"", False
        return bytes(rest)

    def _hold(self, rest: memoryview) -> None:
        if len(rest) > _MOST_BYTES:
            raise FloodError
        self._held = bytes(rest)


class _Handler(ResponseHandler):
    """aiohttp's, without them."""

    _count = 0

    def feed_data(self, data: Any, size: int = 0) -> None:
        message, _ = data
        if not 100 <= message.code < 200 or message.code == 101:  # noqa: PLR2004  # as RFC 9110 numbers them
            self._count = 0
            super().feed_data(data, size)
            return
        self._count += 1
        if self._count > MOST:
            self.set_exception(FloodError())
            self.close()


def without_floods(connector: aiohttp.TCPConnector) -> aiohttp.TCPConnector:
    """Have a connector's connections end where such a flood begins."""
    # the connector's own has no other place to say so
    handler: Any = partial(_Handler, loop=connector._loop)  # noqa: SLF001
    connector._factory = handler  # noqa: SLF001
    return connector
