"""What a drawing process runs: it draws one file after another, within its bounds."""

import contextlib

import msgspec
from msgspec import Struct

from gateway.adapters.bounded.serving import Pipe, serve
from gateway.adapters.pictures.flattening import flatten
from gateway.adapters.pictures.images import draw
from gateway.media.files import Content, Drawn, Ends
from gateway.plugin.errors import UnsupportedMediaError


class Order(Struct, frozen=True, array_like=True):
    """What is to be drawn of the content, which is both ends of a large file.

    Without `most_pixels` it is to be flattened.

    `size` is the whole file's where there are but its ends, of which `tail_bytes` are
    the last one; else None.
    """

    most_pixels: int | None
    size: int | None = None
    tail_bytes: int = 0


class Result(Struct, frozen=True, array_like=True):
    """A picture, or why there is none, or a wish: to decode a large one now.

    That waits for a frame in answer.
    """

    drawn: Drawn | None = None
    flattened: bytes | None = None
    reason: str = ""
    is_large: bool = False


class _Turn(contextlib.AbstractContextManager[None]):
    """Waits until whoever sent the order says that a large picture may be decoded."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def __enter__(self) -> None:
        self._pipe.write(_encode(Result(is_large=True)))
        self._pipe.read()

    def __exit__(self, *_: object) -> None:
        """The result tells that it is over."""


def answer(packed: bytes, content: bytes, pipe: Pipe) -> None:
    """Carry out what is ordered."""
    order = msgspec.msgpack.decode(packed, type=Order)
    try:
        result = _carry_out(order, content, _Turn(pipe))
    except (UnsupportedMediaError, MemoryError) as error:
        result = Result(reason=str(error) or "it takes too much memory")
    pipe.write(_encode(result))


def _carry_out(order: Order, content: bytes, turn: _Turn) -> Result:
    if order.most_pixels is None:
        return Result(flattened=flatten(content, turn))
    return Result(draw(_to_content(order, content), order.most_pixels, turn))


def _to_content(order: Order, content: bytes) -> Content:
    if order.size is None:
        return content
    at = len(content) - order.tail_bytes
    return Ends(size=order.size, head=content[:at], tail=content[at:])


def _encode(result: Result) -> bytes:
    return msgspec.msgpack.encode(result)


if __name__ == "__main__":
    serve(answer)
