"""Pictures made of files in a few processes apart: no file costs the worker anything."""

import asyncio

import msgspec

from gateway.adapters.bounded.pool import OutOfBoundsError, ProcessPool
from gateway.adapters.bounded.process import BoundedProcess
from gateway.adapters.pictures.drawing_process import Order, Result
from gateway.adapters.pictures.posters import has_posters
from gateway.adapters.pictures.spool import SystemSpool
from gateway.concurrency.keyed import KeyedSemaphores
from gateway.media.files import Drawn, Spool
from gateway.plugin.errors import UnsupportedMediaError
from gateway.plugin.model import Kind

PROCESSES = 3
DRAW_SECONDS = 10.0
"""After that a process is ended, and the file is none that can be drawn."""
_MODULE = "gateway.adapters.pictures.drawing_process"
_EACH = 2
"""How many of the processes one account may have: one is left for the others."""
_LIMIT_BYTES = 2**26
"""The longest answer: a JPEG of 4,096 pixels a side takes less, whatever is in it."""
_DECODER = msgspec.msgpack.Decoder(Result)


class DrawingPool:
    """The `Drawing` port."""

    def __init__(self, seconds: float = DRAW_SECONDS) -> None:
        self.kinds: tuple[Kind, ...] = (
            ("image", "video") if has_posters() else ("image",)
        )
        self._seconds = seconds
        self._pool = ProcessPool(_MODULE, processes=PROCESSES, each=_EACH)
        self._large = KeyedSemaphores(1)

    def spool(self) -> Spool:
        return SystemSpool()

    async def draw(self, spool: Spool, most_pixels: int, account: str) -> Drawn:
        order = Order(most_pixels, spool.size, spool.tail_bytes)
        result = await self._carry_out(order, spool, account)
        if result.drawn is None:
            raise UnsupportedMediaError(result.reason)
        return result.drawn

    async def flatten(self, spool: Spool, account: str) -> bytes:
        result = await self._carry_out(Order(None), spool, account)
        if result.flattened is None:
            raise UnsupportedMediaError(result.reason)
        return result.flattened

    async def aclose(self) -> None:
        """End all processes; whatever one is at is not waited for."""
        await self._pool.aclose()

    async def _carry_out(self, order: Order, spool: Spool, account: str) -> Result:
        try:
            async with self._pool.process(account) as process:
                return await self._ask(process, order, spool, account)
        except OutOfBoundsError as error:
            raise UnsupportedMediaError("it takes too much to draw") from error

    async def _ask(
        self, process: BoundedProcess, order: Order, spool: Spool, account: str
    ) -> Result:
        """Give an order; what is large waits for its account's turn."""
        async with asyncio.timeout(self._seconds):
            packed = msgspec.msgpack.encode(order)
            await process.send(packed, spool.read(), spool.held)
            result = await _read(process)
        if result.is_large:
            async with self._large.at(account), asyncio.timeout(self._seconds):
                process.beckon()
                result = await _read(process)
        return result


async def _read(process: BoundedProcess) -> Result:
    return _DECODER.decode(await process.read(_LIMIT_BYTES))
