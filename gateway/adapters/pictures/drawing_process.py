"""What a drawing process runs: it draws one file after another, within its bounds."""

import contextlib

import msgspec
from msgspec import Struct

from gateway.adapters.bounded.serving import Pipe, serve
from gateway.adapters.pictures.images import draw
from gateway.media.files import Content, Drawn, Ends
from gateway.plugin.errors import UnsupportedMediaError


class Order(Struct, frozen=True, array_like=True):
    """What is to be drawn of the content, which is both ends of a large file.

    `size` is the whole file's where there are but its ends, of which `tail_bytes` are
    the last one; else None.
    """

    most_pixels: int
    size: int | None = None
    tail_bytes: int = 0


class Result(Struct, frozen=True, array_like=True):
    """A picture, or why there is none, or a wish: to draw a large one now.

    That waits for a frame in answer.
    """

    drawn: Drawn | None = None
    reason: str = ""
    is_large: bool = False


class _Turn(contextlib.AbstractContextManager[None]):
    """Waits until whoever sent the order says that a large picture may be drawn."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def __enter__(self) -> None:
        self._pipe.write(_encode(Result(is_large=True)))
        self._pipe.read()

    def __exit__(self, *_: object) -> None:
        """The result tells that it is over."""


def answer(packed: bytes, content: bytes, pipe: Pipe) -> None:
    """Draw what is ordered."""
    order = msgspec.msgpack.decode(packed, type=Order)
    pipe.write(_encode(_carry_out(order, _to_content(order, content), _Turn(pipe))))


def _carry_out(order: Order, content: Content, turn: _Turn) -> Result:
    try:
        return Result(draw(content, order.most_pixels, turn))
    except (UnsupportedMediaError, MemoryError) as error:
        return Result(None, str(error) or "it takes too much memory")


def _to_content(order: Order, content: bytes) -> Content:
    if order.size is None:
        return content
    at = len(content) - order.tail_bytes
    return Ends(size=order.size, head=content[:at], tail=content[at:])


def _encode(result: Result) -> bytes:
    return msgspec.msgpack.encode(result)


if __name__ == "__main__":
    serve(answer)
