"""One bounded process, as whoever started it sees it."""

import asyncio
import contextlib
import sys
from collections.abc import Iterable

from gateway.adapters.bounded.serving import LENGTH_BYTES

_END_SECONDS = 5.0
_BUFFER_BYTES = 2**20


class BoundedProcess:
    """It is given an order with its content, and its answer's frames are read."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._is_ended = False

    @classmethod
    async def start(cls, module: str) -> "BoundedProcess":
        """Run a module, which is to call `serving.serve`.

        Raises:
            OSError: the system has no process for it.
        """
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=_BUFFER_BYTES,
            )
        )

    @property
    def is_alive(self) -> bool:
        return not self._is_ended and self._process.returncode is None

    async def send(
        self, order: bytes, steps: Iterable[bytes | memoryview], size: int
    ) -> None:
        """Send an order, and content of `size` bytes step by step.

        Raises:
            OSError: the process has ended.
        """
        sink = self._sink
        sink.write(_to_length(len(order)) + order + _to_length(size))
        for step in steps:
            sink.write(step)
            await sink.drain()

    def beckon(self) -> None:
        """Send one empty frame, which the process waits for to go on."""
        self._sink.write(_to_length(0))

    async def read(self, limit_bytes: int) -> bytes:
        """Return the next frame of the answer.

        Raises:
            OSError, EOFError: the process has ended.
            ValueError: the frame is longer than any that makes sense.
        """
        source = self._process.stdout
        if source is None:
            raise OSError("a process without a pipe")
        length = int.from_bytes(await source.readexactly(LENGTH_BYTES), "big")
        if length > limit_bytes:
            raise ValueError("a longer answer than any that makes sense")
        return await source.readexactly(length)

    @property
    def _sink(self) -> asyncio.StreamWriter:
        if self._process.stdin is None:
            raise OSError("a process without a pipe")
        return self._process.stdin

    def kill(self) -> None:
        self._is_ended = True
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def end(self) -> None:
        """Let it end by itself: it has nothing more to do."""
        self._is_ended = True
        self._sink.close()

    async def wait(self) -> None:
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()


def _to_length(size: int) -> bytes:
    return size.to_bytes(LENGTH_BYTES, "big")
