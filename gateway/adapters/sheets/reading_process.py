"""What a process for sheets runs: it reads one workbook after another, within its bounds.

It answers with frames of rows, an empty one, and what else there is to say.
"""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from gateway.adapters.bounded.serving import Pipe, serve
from gateway.adapters.sheets.rows import find_flaws, read_rows
from gateway.adapters.sheets.workbooks import open_active, refuse
from gateway.plugin.errors import Fault, InvalidBodyError
from gateway.plugin.foreign.sheets import Flaw, Row

MOST_BYTES = 2**25
"""What all rows together may take, packed."""
MOST_ROW_BYTES = 2**20
"""And what one may: seven cells with all the text that sheets allow take less."""
TOO_MUCH = "it takes too much memory or time to read"
_FRAME_BYTES = 2**16


class ReadingOutcome(Struct, frozen=True, array_like=True):
    """What a workbook is, and what is wrong with it: as a whole, or with its cells."""

    filename: str = ""
    faults: tuple[Fault, ...] = ()
    flaws: tuple[Flaw, ...] = ()


def answer(_: bytes, content: bytes, pipe: Pipe) -> None:
    """Read a workbook's active sheet."""
    try:
        outcome = _read(content, pipe)
    except InvalidBodyError as error:
        outcome = ReadingOutcome(faults=error.faults)
    except MemoryError:
        outcome = ReadingOutcome(faults=refuse(TOO_MUCH).faults)
    pipe.write(b"")
    pipe.write(msgspec.msgpack.encode(outcome))


def _read(content: bytes, pipe: Pipe) -> ReadingOutcome:
    opened = open_active(content)
    count = 0
    for packed in _to_batches(map(_pack, read_rows(opened))):
        count += len(packed)
        pipe.write(msgspec.msgpack.encode([msgspec.Raw(row) for row in packed]))
    return ReadingOutcome(opened.filename, flaws=tuple(find_flaws(opened, count)))


def _pack(row: Row) -> bytes:
    packed = msgspec.msgpack.encode(row)
    if len(packed) > MOST_ROW_BYTES:
        raise refuse(f"a row of it has more than {MOST_ROW_BYTES:,} bytes of text")
    return packed


def _to_batches(rows: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Put together as many rows as fill a frame."""
    batch: list[bytes] = []
    size = total = 0
    for row in rows:
        batch.append(row)
        size += len(row)
        if size >= _FRAME_BYTES:
            yield batch
            batch, total, size = [], total + size, 0
        if total + size > MOST_BYTES:
            raise refuse(f"its text has more than {MOST_BYTES:,} bytes")
    if batch:
        yield batch


if __name__ == "__main__":
    serve(answer)
