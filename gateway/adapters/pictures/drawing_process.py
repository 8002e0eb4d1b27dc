"""What a drawing process runs: it draws one file after another, within its bounds.

A decoder allocates by what a file claims, and works for as long as the file says. Here
that meets the process's own limits, and nobody else's memory or time. What it is asked
and answers are lengths, MessagePack and bytes: nothing that could call anything.
"""

import contextlib
import os
import resource
import signal
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from gateway.adapters.pictures.images import draw
from gateway.adapters.process import malloc
from gateway.media.files import Content, Drawn, Ends
from gateway.plugin.errors import UnsupportedMediaError

MEMORY_BYTES = 768 * 2**20
"""What a process may allocate on top of what it is when it begins."""
CPU_SECONDS = 10
LENGTH_BYTES = 8
_NICENESS = 5
_PAGE_BYTES = resource.getpagesize()


class Order(Struct, frozen=True, array_like=True):
    """What is to be drawn; the content's bytes follow, of a large file both ends.

    `size` is the whole file's where there are but its ends, of which `tail_bytes` are
    the last one; else None.
    """

    most_pixels: int
    content_bytes: int
    size: int | None = None
    tail_bytes: int = 0


class Result(Struct, frozen=True, array_like=True):
    """A picture, or why there is none, or a wish: to draw a large one now.

    That waits for one byte in answer.
    """

    drawn: Drawn | None = None
    reason: str = ""
    is_large: bool = False


def main() -> None:
    """Answer orders until there are no more."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it ends with whoever started it
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    os.nice(_NICENESS)  # the event loops go before
    _bound_memory()
    turn = _Turn(source, sink)
    while (order := _read_order(source)) is not None:
        content = _read_content(source, order)
        _bound_time()
        _write(sink, _carry_out(content, order.most_pixels, turn))
        del content


class _Turn(contextlib.AbstractContextManager[None]):
    """Waits until whoever sent the order says that a large picture may be drawn."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source = source
        self._sink = sink

    def __enter__(self) -> None:
        _write(self._sink, Result(is_large=True))
        self._source.read(1)

    def __exit__(self, *_: object) -> None:
        """The result tells that it is over."""


def _carry_out(content: Content, most_pixels: int, turn: _Turn) -> Result:
    try:
        return Result(draw(content, most_pixels, turn))
    except (UnsupportedMediaError, MemoryError) as error:
        return Result(None, str(error) or "it takes too much memory")


def _write(sink: BinaryIO, result: Result) -> None:
    packed = msgspec.msgpack.encode(result)
    sink.write(len(packed).to_bytes(LENGTH_BYTES, "big") + packed)
    sink.flush()


def _read_order(source: BinaryIO) -> Order | None:
    length = source.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    return msgspec.msgpack.decode(
        source.read(int.from_bytes(length, "big")), type=Order
    )


def _read_content(source: BinaryIO, order: Order) -> Content:
    content = source.read(order.content_bytes)
    if order.size is None:
        return content
    at = len(content) - order.tail_bytes
    return Ends(size=order.size, head=content[:at], tail=content[at:])


def _bound_memory() -> None:
    malloc.use_arenas(1)
    most = _to_size() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _bound_time() -> None:
    """Let the kernel end the process if it works for longer than this from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))


def _to_size() -> int:
    """Return how many bytes of addresses the process has; 0 where nobody says."""
    try:
        sizes = Path("/proc/self/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(sizes[0]) * _PAGE_BYTES


if __name__ == "__main__":
    main()
