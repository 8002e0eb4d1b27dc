"""What runs in a bounded process: it answers one order after another.

A decoder allocates by what a file claims, and works for as long as the file says. Here
that meets the process's own limits, and nobody else's memory or time. What it is asked
and answers are lengths and bytes: nothing that could call anything.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from gateway.adapters.process import malloc

MEMORY_BYTES = 768 * 2**20
"""What a process may allocate on top of what it is when it begins."""
CPU_SECONDS = 10
LENGTH_BYTES = 8
"""A frame is its length, in so many bytes, and its content."""
_NICENESS = 5
_PAGE_BYTES = resource.getpagesize()


class Pipe:
    """Frames to and from whoever started the process."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source = source
        self._sink = sink

    def read(self) -> bytes | None:
        """Return the next frame; None at the end."""
        length = self._source.read(LENGTH_BYTES)
        if len(length) < LENGTH_BYTES:
            return None
        return self._source.read(int.from_bytes(length, "big"))

    def write(self, frame: bytes) -> None:
        self._sink.write(len(frame).to_bytes(LENGTH_BYTES, "big"))
        self._sink.write(frame)
        self._sink.flush()


def serve(answer: Callable[[bytes, bytes, Pipe], None]) -> None:
    """Have orders answered, by what they say and with their content, to the last."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it ends with whoever started it
    pipe = Pipe(sys.stdin.buffer, sys.stdout.buffer)
    os.nice(_NICENESS)  # the event loops go before
    _bound_memory()
    while (order := pipe.read()) is not None and (content := pipe.read()) is not None:
        _bound_time()
        answer(order, content, pipe)
        del content


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
