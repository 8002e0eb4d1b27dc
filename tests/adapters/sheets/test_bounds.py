"""What is no sheet, or too much of one: it costs neither the worker nor others."""

import asyncio
import gc
import os
import signal
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from gateway.adapters.sheets.reading import SheetPool
from gateway.adapters.sheets.reading_process import MOST_BYTES
from gateway.adapters.sheets.workbooks import MOST_ROWS
from gateway.plugin.errors import Fault, InvalidBodyError
from tests.adapters.sheets.books import (
    COAT,
    HEADINGS,
    SHEET,
    locked_xls,
    locked_xlsx,
    of_cells,
    of_rows,
    to_part,
    to_row,
    to_xls,
    to_xlsx,
    with_parts,
)

MB = 2**20
BODY_BYTES = 32 * MB
LOOP_SECONDS = 0.05
GROWTH_BYTES = 50 * MB
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def to_package(**parts: bytes) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name.replace("__", "/"), part)
    return made.getvalue()


def bomb(megabytes: int) -> bytes:
    """A sheet of blanks, a thousandth of its size."""
    made = BytesIO(to_xlsx([HEADINGS]))
    with ZipFile(made, "a", ZIP_DEFLATED) as book, book.open("xl/bomb", "w") as part:
        for _ in range(megabytes):
            part.write(b" " * MB)
    return made.getvalue()


def one_text_often() -> bytes:
    """9 GB of text in some kilobytes: one text of 30,000 letters, in 300,000 cells."""
    cells = "<row>" + '<c t="s"><v>0</v></c>' * 10 + "</row>"
    shared = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{"x" * 30_000}</t></si></sst>'
    relations = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml" Id="rId1"/>'
        b'<Relationship Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml" Id="rId2"/>'
        b"</Relationships>"
    )
    return with_parts(
        to_xlsx([]),
        {
            SHEET: to_part(cells * 30_000),
            "xl/sharedStrings.xml": shared.encode(),
            "xl/_rels/workbook.xml.rels": relations,
        },
    )


def entities() -> bytes:
    """An XML document that says it is some gigabytes of text."""
    steps = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    part = f'<!DOCTYPE x [<!ENTITY e0 "lol">{steps}]><worksheet>&e9;</worksheet>'
    return with_parts(to_xlsx([]), {SHEET: part.encode()})


NONE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "neither"),
    "text": (b"URL,Brand\nx,y", "neither"),
    "a page": (b"<html><table><tr><td>URL</td></tr></table></html>", "neither"),
    "a package of nothing": (to_package(), "neither"),
    "another package": (to_package(word__document=b"<x/>"), "no sheet"),
    "an .xlsb": (to_package(**{"xl__workbook.bin": b"x"}), "no sheet"),
    "an .ods": (to_package(**{"content.xml": b"<x/>"}), "no sheet"),
    "a compound file": (COMPOUND + bytes(4_096), "no sheet"),
    "half an .xlsx": (to_xlsx([HEADINGS])[:3_000], "no sheet"),
    "half an .xls": (to_xls([HEADINGS])[:700], "no sheet"),
    "broken XML": (with_parts(to_xlsx([]), {SHEET: b"<worksheet><c"}), "no sheet"),
    "a cell nowhere": (of_cells('<row><c r="a1"/></row>'), "no sheet"),
    "a locked .xlsx": (locked_xlsx(), "password"),
    "a locked .xls": (locked_xls(), "password"),
    "entities": (entities(), "no sheet"),
}


@pytest.mark.parametrize(("content", "message"), NONE.values(), ids=NONE)
async def test_what_is_no_sheet_is_a_fault_of_the_body(
    pool: SheetPool, content: bytes, message: str
) -> None:
    (fault,) = await refused(pool, content)

    assert fault.where == ""
    assert message in fault.message


async def test_a_hundred_thousand_rows_are_taken_and_no_more(pool: SheetPool) -> None:
    most = await pool.read(of_rows(MOST_ROWS))
    (fault,) = await refused(pool, of_rows(MOST_ROWS + 1))

    assert len(most.rows) == MOST_ROWS
    assert most.rows[-1] == COAT
    assert "100,001 rows" in fault.message


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a bomb": (lambda: bomb(600), "unpacks"),
    "one text often": (one_text_often, "too much"),
    "a cell far away": (
        lambda: of_cells(to_row("a"), '<row><c r="XFD1048576"><v>1</v></c></row>'),
        "too much",
    ),
    "wide rows": (
        lambda: of_cells(to_row("a") * 200 + '<row><c r="XFD201"><v>1</v></c></row>'),
        "columns",
    ),
    "long texts": (
        lambda: of_cells(to_row(*["x" * 30_000] * 7) * (MOST_BYTES // 200_000)),
        "its text",
    ),
    "a long row": (
        lambda: of_cells(to_row(*["x" * 30_000] * 1_000)),
        "a row of it",
    ),
}


@pytest.mark.parametrize(("make", "message"), HOSTILE.values(), ids=HOSTILE)
async def test_what_a_sheet_claims_costs_the_worker_nothing(
    pool: SheetPool, make: Callable[[], bytes], message: str
) -> None:
    content = make()
    await pool.read(to_xlsx([HEADINGS]))
    before = forget_the_peak()

    (fault,) = await refused(pool, content)

    assert message in fault.message
    assert resident_bytes("VmHWM") - before < GROWTH_BYTES
    assert (await pool.read(to_xlsx([HEADINGS]))).rows == (HEADINGS,)


async def test_a_bomb_that_is_within_the_bounds_is_read(pool: SheetPool) -> None:
    assert (await pool.read(bomb(100))).rows == (HEADINGS,)


@pytest.fixture
def settled() -> Iterator[None]:
    """As in a worker: the collector leaves alone what is there when it begins."""
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(
    "make",
    [
        lambda: of_rows(MOST_ROWS),
        lambda: b"PK\x03\x04" + os.urandom(BODY_BYTES),
        lambda: COMPOUND + os.urandom(BODY_BYTES),
        lambda: of_cells(to_row(*["x" * 30_000] * 7) * 150),
        lambda: of_cells(to_row(*["\N{SNOWMAN}" * 32_000] * 7) * 40),
    ],
    ids=["rows", "noise", "old noise", "long texts", "the longest rows"],
)
async def test_no_upload_takes_the_event_loop_for_long(
    pool: SheetPool, make: Callable[[], bytes]
) -> None:
    content = make()
    await pool.read(to_xlsx([HEADINGS]))
    reading = asyncio.create_task(read_or_refuse(pool, content))

    longest, before = 0.0, time.thread_time()
    while not reading.done():
        await asyncio.sleep(0)
        now = time.thread_time()
        longest, before = max(longest, now - before), now
    await reading

    assert longest < LOOP_SECONDS


async def test_one_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    before = children()
    pool = SheetPool(seconds=3.0)
    await pool.read(to_xlsx([HEADINGS]))
    (process,) = children() - before
    os.kill(process, signal.SIGSTOP)

    (fault,) = await refused(pool, to_xlsx([HEADINGS]))

    assert "time" in fault.message
    assert (await pool.read(to_xlsx([HEADINGS]))).rows == (HEADINGS,)
    assert process not in children()
    await pool.aclose()


async def test_one_account_leaves_a_process_to_the_others(pool: SheetPool) -> None:
    large, small = of_rows(20_000), to_xlsx([HEADINGS])
    ours = [asyncio.create_task(pool.read(large, "ours")) for _ in range(4)]
    await asyncio.sleep(0)

    await pool.read(small, "theirs")

    assert not all(task.done() for task in ours)
    assert {len(sheet.rows) for sheet in await asyncio.gather(*ours)} == {20_000}


async def refused(pool: SheetPool, content: bytes) -> tuple[Fault, ...]:
    with pytest.raises(InvalidBodyError) as raised:
        await pool.read(content)
    return raised.value.faults


async def read_or_refuse(pool: SheetPool, content: bytes) -> None:
    try:
        await pool.read(content)
    except InvalidBodyError:
        return


def resident_bytes(name: str) -> int:
    """Read this process's resident size, `VmRSS`, or its peak, `VmHWM`."""
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    (line,) = [line for line in status if line.startswith(f"{name}:")]
    return int(line.split()[1]) * 1024


def forget_the_peak() -> int:
    """Let `VmHWM` begin anew; give what is resident now."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return resident_bytes("VmRSS")


def children() -> set[int]:
    """Return the ids of this process's children, whichever thread has started them."""
    lists = [
        path.read_text("ascii").split()
        for path in Path("/proc/self/task").glob("*/children")
    ]
    return {int(child) for each in lists for child in each}
