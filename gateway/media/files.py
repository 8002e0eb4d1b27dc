"""Files as the services see them: how they are fetched, and what draws smaller ones."""

from collections.abc import AsyncIterator, Iterator
from typing import Protocol, Self, TypeAlias

from msgspec import Struct

from gateway.media.content.validators import Validators


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

    @property
    def validators(self) -> Validators: ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Return the bytes, once.

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


class Spool(Protocol):
    """A file while it is read and drawn from, or both ends of a large one.

    It takes none of the process's memory. `held` bytes are in it; where these are not
    all, `size` tells how many the whole file has, and the last `tail_bytes` of those
    held are its end.
    """

    held: int
    size: int | None
    tail_bytes: int

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    @property
    def total(self) -> int:
        """How many bytes the whole file has."""
        ...

    def write(self, content: bytes) -> None:
        """Append.

        Raises:
            UnavailableError: the system has no place for it.
        """
        ...

    def read(self) -> Iterator[bytes]:
        """Return what is held, from its beginning, in steps of 256 KiB at most."""
        ...


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
    """Makes pictures of files without holding the event loop up."""

    def spool(self) -> Spool:
        """Open one, for what is to be drawn.

        Raises:
            UnavailableError: the system has no place for it.
        """
        ...

    async def draw(self, spool: Spool, most_pixels: int, account: str) -> Drawn:
        """Draw a picture with sides of at most so many pixels.

        One account's pictures, `account` being its key, wait for their own: they keep
        nobody else's from being drawn.

        Raises:
            UnsupportedMediaError: it cannot be read, is too large, or takes too much
                time or memory.
        """
        ...

    async def flatten(self, spool: Spool, account: str) -> bytes:
        """Make a picture an upright, opaque JPEG in sRGB, on white.

        It keeps its size, as far as its sides have at most 4,096 pixels. Accounts wait
        as for `draw`.

        Raises:
            UnsupportedMediaError: as for `draw`.
        """
        ...
