"""A sheet of clothes: every fault is told where it is, and none is sent."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st

from gateway.adapters.sheets.reading import SheetPool
from gateway.plugin.foreign.sheets import Cell, Flaw, Row, Sheet
from providers.avatar.clothes import HEADINGS, MOST_FAULTS, check
from providers.avatar.sandbox import create_app
from tests.adapters.sheets.books import to_xls, to_xlsx
from tests.sandbox.serving import serve

URL, BRAND, GENDER, NAME, COLORS, CODES, SIZES = range(7)
COAT: Row = ("https://x/1", "B", "Male", "Coat", "Red,Blue", "#FF0000,#0000ff ", "S,M")
DOCUMENTED: tuple[Row, ...] = (
    ("https://example.com/1", "BrandA", "Male", "Cloth1", "Red,Blue,Green",
     "#FF0000,#0000FF,#008000", "S,M,L"),
    ("https://example.com/2", "BrandB", "Female", "Cloth2", "Black,White",
     "#000000,#FFFFFF", "XS,S,M,L,XL"),
    ("https://example.com/3", "BrandC", "Female", "Cloth3", "Yellow,Purple",
     "#FFFF00,#800080", "M,L,XL,XXL"),
)  # fmt: skip
NOTHING: Row = (None,) * 7


def to_sheet(*rows: Row, flaws: Sequence[Flaw] = ()) -> Sheet:
    return Sheet(rows=rows, content=b"", filename="sheet.xlsx", flaws=tuple(flaws))


def faults_of(*rows: Row, flaws: Sequence[Flaw] = ()) -> list[str]:
    """Return where the faults are of a sheet of garments."""
    return [fault.where for fault in check(to_sheet(HEADINGS, *rows, flaws=flaws))]


def with_cell(column: int, cell: Cell) -> Row:
    return (*COAT[:column], cell, *COAT[column + 1 :])


def test_the_documented_sheet_is_right() -> None:
    assert faults_of(*DOCUMENTED) == []


def test_headings_may_be_in_any_case_with_blanks_around() -> None:
    headings = ("url", " Brand", "GENDER ", "name", "colors", "colors HEX", "sizes")

    assert check(to_sheet(headings, COAT)) == ()


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        (URL, "example.com/1", "http"),
        (URL, "ftp://x/1", "http"),
        (URL, "https://", "http"),
        (URL, "https://x/a b", "http"),
        (URL, " https://x/1", "http"),
        (URL, 5.0, "text"),
        (BRAND, None, "empty"),
        (BRAND, "  ", "empty"),
        (BRAND, 501.0, "text"),
        (GENDER, "Mael", "Female"),
        (GENDER, True, "text"),
        (NAME, "", "empty"),
        (COLORS, "Red,,Blue", "entry"),
        (COLORS, "Red,Blue,", "entry"),
        (CODES, "#FF0000", "1 entries, where Colors has 2"),
        (CODES, "#FF0000,#0000FF,#008000", "3 entries, where Colors has 2"),
        (CODES, "#FF0000,blue", "'blue'"),
        (CODES, "#FF0000,#00F", "#RRGGBB"),
        (CODES, "#FF0000,0000FF", "#RRGGBB"),
        (CODES, "#FF0000,#0000FG", "#RRGGBB"),
        (CODES, "#FF0000,#0000FF00", "#RRGGBB"),
        (CODES, None, "empty"),
        (SIZES, None, "empty"),
        (SIZES, " , ", "entry"),
        (SIZES, 38.0, "text"),
    ],
)
def test_a_wrong_cell_is_told_by_its_row_and_heading(
    column: int, cell: Cell, message: str
) -> None:
    garments = (DOCUMENTED[0], DOCUMENTED[1], DOCUMENTED[2], with_cell(column, cell))

    (fault,) = check(to_sheet(HEADINGS, *garments))

    assert fault.where == f"/rows/5/{HEADINGS[column]}"
    assert message in fault.message


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        (URL, "HTTP://x/1 "),
        (GENDER, "female"),
        (GENDER, "Unisex"),
        (CODES, " #FF0000 , #0000FF"),
        (COLORS, "Red, Blue"),
        (SIZES, "38"),
    ],
)
def test_what_the_upstream_takes_is_no_fault(column: int, cell: Cell) -> None:
    assert faults_of(with_cell(column, cell)) == []


def test_every_wrong_cell_is_told() -> None:
    wrong = ("x", None, "y", 5.0, "", "", None)

    found = faults_of(COAT, wrong)

    assert found == [f"/rows/3/{heading}" for heading in HEADINGS]


def test_an_address_that_occurs_again_is_told_where_it_does() -> None:
    rows = (COAT, with_cell(URL, "https://x/2"), with_cell(URL, "HTTPS://X/1 "))

    (fault,) = check(to_sheet(HEADINGS, *rows))

    assert fault.where == "/rows/4/URL"
    assert "row 2" in fault.message


def test_empty_rows_are_faults_but_at_the_end() -> None:
    blank = (" ", None, "", None, None, None, None)

    assert faults_of(COAT, NOTHING, blank) == []
    assert faults_of(NOTHING, blank, COAT) == ["/rows/2", "/rows/3"]


@pytest.mark.parametrize("rows", [(), (NOTHING,), (NOTHING, NOTHING)])
def test_an_empty_sheet_lacks_every_column(rows: tuple[Row, ...]) -> None:
    faults = check(to_sheet(*rows))

    assert [fault.where for fault in faults] == [f"/rows/1/{h}" for h in HEADINGS]


def test_a_sheet_without_garments_would_empty_the_catalogue() -> None:
    (fault,) = check(to_sheet(HEADINGS, NOTHING))

    assert fault.where == ""
    assert "no garments" in fault.message


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        ((*HEADINGS[:5], "Sizes"), ["/rows/1/Colors Hex"]),
        (
            (*HEADINGS[:4], "Colours", *HEADINGS[5:]),
            ["/rows/1/Colors", "/rows/1/Colours"],
        ),
        (
            ("Brand", "URL", *HEADINGS[2:]),
            ["/rows/1/URL", "/rows/1/Brand"],
        ),
        ((*HEADINGS, "Price/€"), ["/rows/1/Price~1€"]),
        ((*HEADINGS, None, None), ["/rows/1/H", "/rows/1/I"]),
        ((*HEADINGS, "url"), ["/rows/1/url"]),
        ((*HEADINGS[:6], 5.0), ["/rows/1/Sizes", "/rows/1/G"]),
    ],
    ids=["left out", "misspelt", "swapped", "more", "formatted", "twice", "number"],
)
def test_wrong_columns_are_told(headings: Row, expected: list[str]) -> None:
    assert [fault.where for fault in check(to_sheet(headings, COAT))] == expected


def test_what_the_reader_found_takes_the_place_of_an_empty_cell() -> None:
    flaws = [
        Flaw(row=2, column=NAME, message="is merged"),
        Flaw(row=4, column=SIZES, message="holds an error"),
    ]

    faults = check(to_sheet(HEADINGS, with_cell(NAME, None), COAT, flaws=flaws))

    assert [fault.where for fault in faults][:2] == ["/rows/2/Name", "/rows/3/URL"]
    assert faults[0].message == "is merged"
    assert faults[-1].where == "/rows/4/Sizes"
    assert faults[-1].message == "holds an error"


def test_what_the_reader_found_in_the_headings_is_told() -> None:
    flaws = [Flaw(row=1, column=URL, message="is merged")]

    assert faults_of(COAT, flaws=flaws) == ["/rows/1/URL"]


def test_the_first_hundred_faults_are_told_however_many_there_are() -> None:
    found = faults_of(*[with_cell(SIZES, None)] * 50_000)

    assert len(found) == MOST_FAULTS
    assert found[:3] == ["/rows/2/Sizes", "/rows/3/URL", "/rows/3/Sizes"]


CELLS = st.one_of(st.none(), st.text(max_size=5), st.floats(), st.booleans())


@given(st.lists(st.lists(CELLS, max_size=9).map(tuple), max_size=5), st.data())
def test_any_cells_are_right_or_told(rows: list[Row], data: st.DataObject) -> None:
    flaws = data.draw(
        st.lists(
            st.builds(
                Flaw,
                row=st.integers(1, 9),
                column=st.integers(0, 9),
                message=st.just("is wrong"),
            )
        )
    )

    for garments in (rows, [HEADINGS, *rows]):
        for fault in check(to_sheet(*garments, flaws=flaws)):
            assert fault.where == "" or fault.where.startswith("/rows/")
            assert fault.message


@pytest.mark.parametrize("make", [to_xlsx, to_xls])
async def test_what_is_right_is_taken_by_the_upstream(make: Any) -> None:
    pool = SheetPool()
    sheet = await pool.read(make([HEADINGS, COAT]))
    await pool.aclose()

    assert check(sheet) == ()
    async with serve(create_app(items=0)) as client:
        files = {"file": (sheet.filename, sheet.content)}
        answer = await client.post("/upload_clothes", files=files)
        asked = {"url": COAT[URL], "brand": "?", "name": "?"}
        found = (await client.post("/get_clothes", json=asked)).json()
    assert answer.status_code == 200
    assert found["colors_hex"] == ["#FF0000", "#0000ff "]
    assert found["sizes"] == ["S", "M"]
