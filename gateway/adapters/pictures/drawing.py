"""Smaller pictures, drawn in a few processes apart: no file costs the worker anything."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from gateway.adapters.pictures.drawing_process import LENGTH_BYTES, Order, Result
from gateway.adapters.pictures.posters import has_posters
from gateway.adapters.pictures.spool import SystemSpool
from gateway.concurrency.keyed import KeyedSemaphores
from gateway.media.files import Drawn, Spool
from gateway.plugin.errors import UnavailableError, UnsupportedMediaError
from gateway.plugin.model import Kind

PROCESSES = 3
DRAW_SECONDS = 10.0
"""After that a process is ended, and the file is none that can be drawn."""
_EACH = 2
"""How many of the processes one account may have: one is left for the others."""
_END_SECONDS = 5.0
_LIMIT_BYTES = 2**22
"""The longest answer: a picture of 1440 pixels a side takes less."""
_DECODER = msgspec.msgpack.Decoder(Result)


class DrawingPool:
    """The `Drawing` port. A process is started when it is needed, and used again."""

    def __init__(self, seconds: float = DRAW_SECONDS) -> None:
        self.kinds: tuple[Kind, ...] = (
            ("image", "video") if has_posters() else ("image",)
        )
        self._seconds = seconds
        self._places = asyncio.Semaphore(PROCESSES)
        self._of_account = KeyedSemaphores(_EACH)
        self._large = KeyedSemaphores(1)
        self._idle: list[_Process] = []
        self._started: set[_Process] = set()
        self._burying: set[asyncio.Task[None]] = set()

    def spool(self) -> Spool:
        return SystemSpool()

    async def draw(self, spool: Spool, most_pixels: int, account: str) -> Drawn:
        async with (
            self._of_account.at(account),
            self._places,
            self._process() as process,
        ):
            try:
                async with asyncio.timeout(self._seconds):
                    result = await process.begin(spool, most_pixels)
                if result.is_large:
                    async with self._large.at(account), asyncio.timeout(self._seconds):
                        result = await process.go_on()
            except (TimeoutError, OSError, EOFError, ValueError) as error:
                process.kill()
                raise UnsupportedMediaError("it takes too much to draw") from error
            except BaseException:
                process.kill()
                raise
        if result.drawn is None:
            raise UnsupportedMediaError(result.reason)
        return result.drawn

    async def aclose(self) -> None:
        """End all processes; whatever one is at is not waited for."""
        for process in self._started:
            if process in self._idle:
                process.end()
            else:
                process.kill()
        await asyncio.gather(*(process.wait() for process in self._started))

    @asynccontextmanager
    async def _process(self) -> "AsyncIterator[_Process]":
        process = self._idle.pop() if self._idle else None
        if process is None or not process.is_alive:
            try:
                process = await _Process.start()
            except OSError as error:
                raise UnavailableError("no process can be had to draw in") from error
            self._started.add(process)
        try:
            yield process
        finally:
            if process.is_alive:
                self._idle.append(process)
            else:
                task = asyncio.create_task(self._bury(process))
                self._burying.add(task)
                task.add_done_callback(self._burying.discard)

    async def _bury(self, process: "_Process") -> None:
        await process.wait()
        self._started.discard(process)


class _Process:
    """One drawing process, and how it is asked."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._is_ended = False

    @classmethod
    async def start(cls) -> "_Process":
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "gateway.adapters.pictures.drawing_process",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=_LIMIT_BYTES,
            )
        )

    @property
    def is_alive(self) -> bool:
        return not self._is_ended and self._process.returncode is None

    async def begin(self, spool: Spool, most_pixels: int) -> Result:
        """Have something drawn, unless it is large: then that waits for `go_on`.

        Raises (both):
            OSError, EOFError: the process has ended.
            ValueError: its answer makes no sense.
        """
        sink = self._sink
        order = msgspec.msgpack.encode(
            Order(most_pixels, spool.held, spool.size, spool.tail_bytes)
        )
        sink.write(len(order).to_bytes(LENGTH_BYTES, "big") + order)
        for step in spool.read():
            sink.write(step)
            await sink.drain()
        return await self._read()

    async def go_on(self) -> Result:
        self._sink.write(b"!")
        return await self._read()

    @property
    def _sink(self) -> asyncio.StreamWriter:
        if self._process.stdin is None:
            raise OSError("a process without a pipe")
        return self._process.stdin

    async def _read(self) -> Result:
        source = self._process.stdout
        if source is None:
            raise OSError("a process without a pipe")
        length = int.from_bytes(await source.readexactly(LENGTH_BYTES), "big")
        if length > _LIMIT_BYTES:
            raise ValueError("a longer answer than any picture")
        return _DECODER.decode(await source.readexactly(length))

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
