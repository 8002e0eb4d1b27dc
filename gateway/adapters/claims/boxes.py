"""The boxes that MP4, MOV and AVIF are made of (ISO/IEC 14496-12, 4.2)."""

import io
from collections.abc import Iterator
from typing import NamedTuple, Protocol

_HEAD_BYTES = 8
_LONG_HEAD_BYTES = 16
_MOST_BOXES = 100_000


class Seekable(Protocol):
    """A file to read from anywhere."""

    def seek(self, offset: int, whence: int = ..., /) -> int: ...

    def read(self, size: int = ..., /) -> bytes: ...


class Box(NamedTuple):
    """One box: its type, and where its content begins and ends."""

    kind: bytes
    start: int
    end: int


def read_boxes(file: Seekable, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two offsets; what is no box ends them.

    Raises:
        OSError: this part of the file is not at hand.
    """
    for _ in range(_MOST_BOXES):
        file.seek(start)
        head = file.read(_LONG_HEAD_BYTES)
        if len(head) < _HEAD_BYTES or start >= end:
            return
        size, kind, content = int.from_bytes(head[:4], "big"), head[4:8], _HEAD_BYTES
        if size == 1:
            size, content = int.from_bytes(head[8:16], "big"), _LONG_HEAD_BYTES
        last = end if size == 0 else start + size
        if last > end or last < start + content:
            return
        yield Box(kind, start + content, last)
        start = last


def find_boxes(content: bytes, path: tuple[bytes, ...]) -> Iterator[bytes]:
    """Yield the contents of all boxes at a path of types within a box's content."""
    kind, rest = path[0], path[1:]
    for box in read_boxes(io.BytesIO(content), 0, len(content)):
        if box.kind == kind:
            inner = content[box.start : box.end]
            if rest:
                yield from find_boxes(inner, rest)
            else:
                yield inner
