"""Sheets, read in a few processes apart: no workbook costs the worker anything."""

import asyncio
import gc
from collections.abc import Iterator
from functools import partial
from weakref import finalize

import msgspec

from gateway.adapters.bounded.pool import OutOfBoundsError, ProcessPool
from gateway.adapters.bounded.process import BoundedProcess
from gateway.adapters.sheets.reading_process import (
    MOST_ROW_BYTES,
    TOO_MUCH,
    ReadingOutcome,
)
from gateway.adapters.sheets.workbooks import refuse
from gateway.concurrency.aside import aside, let_go
from gateway.plugin.errors import InvalidBodyError
from gateway.plugin.foreign.sheets import Row, Sheet

PROCESSES = 2
READ_SECONDS = 10.0
"""After that a process is ended, and the workbook is none that can be read."""
_MODULE = "gateway.adapters.sheets.reading_process"
_STEP_BYTES = 2**18
_LIMIT_BYTES = 2 * MOST_ROW_BYTES
_MANY = 1_000
"""From so many rows on they are freed beside the event loop."""
_ROWS = msgspec.msgpack.Decoder(tuple[Row, ...])
_OUTCOME = msgspec.msgpack.Decoder(ReadingOutcome)


class SheetPool:
    """The `Sheets` port. One account has one of the processes at most."""

    def __init__(self, seconds: float = READ_SECONDS) -> None:
        self._seconds = seconds
        self._pool = ProcessPool(_MODULE, processes=PROCESSES, each=1)

    async def read(self, content: bytes, account: str = "") -> Sheet:
        try:
            async with (
                self._pool.process(account) as process,
                asyncio.timeout(self._seconds),
            ):
                await process.send(b"", _to_steps(content), len(content))
                rows = await _read_rows(process)
                outcome = _OUTCOME.decode(await process.read(_LIMIT_BYTES))
        except OutOfBoundsError as error:
            raise refuse(TOO_MUCH) from error
        if outcome.faults:
            let_go(rows)
            raise InvalidBodyError(outcome.faults)
        return _to_sheet(rows, content, outcome)

    async def aclose(self) -> None:
        """End all processes; whatever one is at is not waited for."""
        await self._pool.aclose()


async def _read_rows(process: BoundedProcess) -> list[Row]:
    rows: list[Row] = []
    while frame := await process.read(_LIMIT_BYTES):
        rows += await aside(len(frame), partial(_ROWS.decode, frame))
        # The collector looks at plain rows once, and leaves them: a few at a time, since
        # a worker's fifty thousand would be 15 ms.
        gc.collect(0)
        await asyncio.sleep(0)  # many may be at hand: whoever else waits goes between
    return rows


def _to_sheet(rows: list[Row], content: bytes, outcome: ReadingOutcome) -> Sheet:
    sheet = Sheet(
        rows=tuple(rows),
        content=content,
        filename=outcome.filename,
        flaws=outcome.flaws,
    )
    if len(rows) >= _MANY:
        finalize(sheet, let_go, rows).atexit = False
    return sheet


def _to_steps(content: bytes) -> Iterator[memoryview]:
    view = memoryview(content)
    for at in range(0, len(view), _STEP_BYTES):
        yield view[at : at + _STEP_BYTES]
