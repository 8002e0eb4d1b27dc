"""Sheets as programs write them: what is read of them, and what is told of their cells."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest
import xlwt

from gateway.adapters.sheets.cells import ERROR, MOST_FLAWS, UNCOMPUTED
from gateway.adapters.sheets.reading import SheetPool
from gateway.adapters.sheets.rows import VALUELESS
from gateway.plugin.foreign.sheets import Flaw
from tests.adapters.sheets.books import (
    COAT,
    HEADINGS,
    Rows,
    of_cells,
    save,
    to_row,
    to_xls,
    to_xlsx,
    with_parts,
)

MAKERS = {"sheet.xlsx": to_xlsx, "sheet.xls": to_xls}
making = pytest.mark.parametrize(
    ("filename", "make"), MAKERS.items(), ids=["xlsx", "xls"]
)
Make = Callable[[Rows], bytes]


@making
async def test_both_formats_are_read_alike(
    pool: SheetPool, filename: str, make: Make
) -> None:
    content = make([HEADINGS, COAT, (None,) * 7, ("a", 1, 2.5, True, "", " b ")])

    sheet = await pool.read(content)

    assert sheet.rows == (
        HEADINGS,
        COAT,
        (None,) * 7,
        ("a", 1.0, 2.5, True, None, " b ", None),
    )
    assert (sheet.filename, sheet.content, sheet.flaws) == (filename, content, ())


@making
async def test_empty_rows_and_columns_before_what_is_filled_count(
    pool: SheetPool, filename: str, make: Make
) -> None:
    sheet = await pool.read(make([(), (), (None, None, "here")]))

    assert sheet.rows == ((None,) * 3, (None,) * 3, (None, None, "here"))


@making
async def test_an_empty_sheet_has_no_rows(
    pool: SheetPool, filename: str, make: Make
) -> None:
    sheet = await pool.read(make([]))

    assert (sheet.rows, sheet.flaws) == ((), ())


async def test_dates_are_the_numbers_that_sheets_store(pool: SheetPool) -> None:
    row = (
        *(date(2024, 1, 1), datetime(2024, 1, 1, 12)),  # noqa: DTZ001
        *(time(6), timedelta(days=2, hours=12)),
    )

    sheet = await pool.read(to_xlsx([row]))

    assert sheet.rows == ((45_292.0, 45_292.5, 0.25, 2.5),)


async def test_of_an_xlsx_the_sheet_that_is_in_front_is_read(pool: SheetPool) -> None:
    book = openpyxl.Workbook()
    book.active.append(["behind"])
    book.create_sheet("second").append(["in front"])
    book.active = 1

    assert (await pool.read(save(book))).rows == (("in front",),)


async def test_of_an_xls_the_first_that_is_shown_is_read(pool: SheetPool) -> None:
    book = xlwt.Workbook()
    for name in ("hidden", "shown", "last"):
        book.add_sheet(name).write(0, 0, name)
    book.get_sheet(0).visibility = 1
    book.set_active_sheet(1)

    assert (await pool.read(save(book))).rows == (("shown",),)


async def test_a_formula_counts_by_the_value_that_was_saved(pool: SheetPool) -> None:
    content = of_cells(
        to_row("a", "b", "c"),
        '<row><c r="A2"><f>1+1</f><v>2</v></c>'
        '<c r="B2" t="str"><f>"x"</f><v>x</v></c>'
        '<c r="C2" t="str"><f>""</f><v></v></c></row>',
    )

    sheet = await pool.read(content)

    assert sheet.rows[1] == (2.0, "x", None)
    assert sheet.flaws == ()


async def test_formulas_without_a_value_and_errors_are_told_by_their_cells(
    pool: SheetPool,
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "b", "c"])
    book.active["B3"], book.active["A30"] = "=A1", "=1+1"
    book.active["C4"] = "#N/A"

    sheet = await pool.read(save(book))

    assert sheet.flaws == (
        Flaw(row=3, column=1, message=UNCOMPUTED),
        Flaw(row=4, column=2, message=ERROR),
        Flaw(row=30, column=0, message=UNCOMPUTED),
    )


async def test_cells_are_found_under_a_prefix_and_without_references(
    pool: SheetPool,
) -> None:
    content = of_cells(
        to_row("a", "b"), "<row><c/><c><f>1</f></c></row>", "<row><c><f>1</f></c></row>"
    )
    prefixed = with_parts(
        content,
        {
            "xl/worksheets/sheet1.xml": b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            b'<x:sheetData><x:row r="5"><x:c r="AB5"><x:f>1</x:f></x:c></x:row>'
            b"</x:sheetData></x:worksheet>"
        },
    )

    plain, other = await pool.read(content), await pool.read(prefixed)

    assert [(flaw.row, flaw.column) for flaw in plain.flaws] == [(2, 1), (3, 0)]
    assert [(flaw.row, flaw.column) for flaw in other.flaws] == [(5, 27)]


async def test_of_many_flaws_the_first_are_told(pool: SheetPool) -> None:
    rows = "<row><c><f>1</f></c></row>" * (2 * MOST_FLAWS)

    sheet = await pool.read(of_cells(to_row("a"), rows))

    assert [flaw.row for flaw in sheet.flaws] == list(range(2, MOST_FLAWS + 2))


async def test_an_xls_that_ends_in_cells_without_a_value_is_told(
    pool: SheetPool,
) -> None:
    sheet = await pool.read(to_xls([("a",), (), (None, xlwt.Formula("1+1"))]))

    assert sheet.rows == (("a", None),)
    assert sheet.flaws == (Flaw(row=3, column=0, message=VALUELESS),)


async def test_merged_cells_are_told_in_both_formats(pool: SheetPool) -> None:
    new = openpyxl.Workbook()
    new.active.append(["a"])
    new.active["A2"] = "b"
    new.active.merge_cells("A2:B3")
    new.active.merge_cells("A9:A10")  # where nothing is
    old = xlwt.Workbook()
    old.add_sheet("one").write(0, 0, "a")
    old.get_sheet(0).write_merge(1, 2, 0, 1, "b")

    sheets = [await pool.read(save(book)) for book in (new, old)]

    message = "is merged with other cells (A2:B3)"
    for sheet in sheets:
        assert sheet.flaws == (Flaw(row=2, column=0, message=message),)
        assert sheet.rows == (("a", None), ("b", None))


async def test_a_column_that_is_only_formatted_is_one(pool: SheetPool) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.active["C1"].font = openpyxl.styles.Font(bold=True)

    assert (await pool.read(save(book))).rows == (("a", None, None),)


async def test_macros_are_nothing(pool: SheetPool) -> None:
    content = to_xlsx([HEADINGS, COAT])
    with ZipFile(BytesIO(content)) as book:
        types = book.read("[Content_Types].xml")
    macros = with_parts(
        content,
        {
            "[Content_Types].xml": types.replace(
                b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main",
                b"application/vnd.ms-excel.sheet.macroEnabled.main",
            ),
            "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4_096),
        },
    )

    sheet = await pool.read(macros)

    assert sheet.rows == (HEADINGS, COAT)
    assert sheet.filename == "sheet.xlsx"
