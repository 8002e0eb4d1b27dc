"""Files as the services see them: how they are fetched, and what draws smaller ones."""

from collections.abc import AsyncIterator
from typing import Protocol, TypeAlias

from msgspec import Struct

from gateway.core.spool import Spool


class MediaCall(Struct, frozen=True, kw_only=True):
    """Bytes to be fetched: from an address, or a path under `base_url` with its token."""

    address: str
    token: str | None = None
    range: str | None = None


class MediaAnswer(Protocol):
    """An answer of 200 or 206 whose bytes are read as they are wanted.

    `size` is what `Content-Length` tells. To end `chunks` early ends the call.
    """

    @property
    def status(self) -> int: ...

    @property
    def size(self) -> int | None: ...

    @property
    def content_range(self) -> str | None: ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Give the bytes, once.

        Raises:
            UnavailableError: they broke off.
        """
        ...

    async def aclose(self) -> None: ...


class MediaHttp(Protocol):
    """Fetches one provider's media, from the configured hosts alone."""

    async def open(self, call: MediaCall) -> MediaAnswer:
        """Send a call and read its answer's head; redirects are followed.

        Raises:
            ForbiddenAddressError: the address is not one to fetch from.
            UnauthorizedError: 401.
            RangeNotSatisfiableError: 416.
            UnavailableError, RejectedError, MisbehavedError: as for `Http`.
        """
        ...


class Ends(Struct, frozen=True, kw_only=True):
    """A large file's first and last bytes, and how many it has in all."""

    size: int
    head: bytes
    tail: bytes


Content: TypeAlias = bytes | Ends
"""What is drawn from, where it is drawn."""


class Drawn(Struct, frozen=True, kw_only=True):
    """A smaller picture (WebP), and what the one it was made of is like.

    That may be a video: then it is a frame of it, and `duration_seconds` is set.
    """

    content: bytes
    width: int
    height: int
    placeholder: str
    duration_seconds: float | None = None


class Drawing(Protocol):
    """Makes smaller pictures without holding the event loop up."""

    async def draw(self, spool: Spool, most_pixels: int, account: str) -> Drawn:
        """Draw a picture with sides of at most so many pixels.

        One account's pictures, `account` being its key, wait for their own: they keep
        nobody else's from being drawn.

        Raises:
            UnsupportedMediaError: it cannot be read, is too large, or takes too much
                time or memory.
        """
        ...
