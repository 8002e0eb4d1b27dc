"""Whatever is sent: it is a sheet, or a fault of the body."""

import asyncio
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given, settings, strategies as st

from gateway.adapters.sheets.reading import SheetPool
from gateway.plugin.errors import InvalidBodyError
from gateway.plugin.foreign.sheets import Sheet
from tests.adapters.sheets.books import (
    COAT,
    HEADINGS,
    Rows,
    locked_xls,
    save,
    to_xls,
    to_xlsx,
    with_parts,
)

LATENT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"")


class Reader:
    """A pool in a loop of its own: hypothesis calls plain functions."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._pool = SheetPool()

    def read(self, content: bytes) -> Sheet | None:
        try:
            return self._runner.run(self._pool.read(content))
        except InvalidBodyError:
            return None

    def close(self) -> None:
        self._runner.run(self._pool.aclose())
        self._runner.close()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


@cache
def samples() -> dict[str, bytes]:
    book = openpyxl.Workbook()
    for row in (HEADINGS, COAT, ("=A1", 1, True)):
        book.active.append(row)
    book.active.merge_cells("A5:B6")
    return {
        "new": save(book),
        "old": to_xls([HEADINGS, COAT, (1, 2.5, True)]),
        "locked": locked_xls(),
    }


@cache
def parts() -> dict[str, bytes]:
    with ZipFile(BytesIO(samples()["new"])) as book:
        return {name: book.read(name) for name in book.namelist()}


def mangle(draw: st.DrawFn, content: bytes) -> bytes:
    """Change bytes, leave some out or put some in."""
    made = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(made)))
        removed = draw(st.integers(0, 8))
        made[at : at + removed] = draw(st.binary(max_size=8))
    return bytes(made)


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    return mangle(draw, samples()[draw(st.sampled_from(list(samples())))])


@st.composite
def mangled_within(draw: st.DrawFn) -> bytes:
    """A package that is sound, and one of its parts that is not."""
    name = draw(st.sampled_from(list(parts())))
    return with_parts(samples()["new"], {name: mangle(draw, parts()[name])})


foreign = st.one_of(
    st.builds(bytes.__add__, st.sampled_from(LATENT), st.binary(max_size=600)),
    mangled(),
    mangled_within(),
)


@settings(max_examples=400, deadline=None)
@given(content=foreign)
def test_foreign_bytes_are_a_sheet_or_refused(reader: Reader, content: bytes) -> None:
    sheet = reader.read(content)

    if sheet is not None:
        assert len({len(row) for row in sheet.rows}) <= 1
        assert all(flaw.row >= 1 and flaw.column >= 0 for flaw in sheet.flaws)


TEXTS = st.text(
    st.characters(
        codec="utf-8",
        exclude_categories=["Cc", "Cs"],
        exclude_characters="\ufffe\uffff",
    ),
    min_size=1,
    max_size=20,
).filter(lambda text: not text.startswith(("=", "#")))
CELLS = st.one_of(
    st.none(),
    TEXTS,
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(-1e9, 1e9).map(lambda number: round(number, 3)),
)
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8).filter(
    lambda rows: any(cell is not None for cell in rows[-1])
)


@settings(max_examples=100, deadline=None)
@given(rows=ROWS, make=st.sampled_from([to_xlsx, to_xls]))
def test_what_is_written_is_read_again(
    reader: Reader, rows: list[list[object]], make: Callable[[Rows], bytes]
) -> None:
    sheet = reader.read(make(rows))

    assert sheet is not None
    width = len(sheet.rows[0])
    written = [tuple(row[:width]) for row in rows]
    assert list(sheet.rows) == written
    assert all(cell is None for row in rows for cell in row[width:])
