from collections.abc import AsyncIterator
from io import BytesIO
from zipfile import ZipFile

import httpx
import pytest
import xlwt

from providers.avatar.sandbox import create_app
from tests.adapters.sheets.books import fill, save
from tests.sandbox.serving import serve

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADINGS = ("URL", "Brand", "Gender", "Name", "Colors", "Colors Hex", "Sizes")
COAT = ("https://x/9", "Ж", "Male", "Coat", "Red,Blue", "#FF0000,#0000FF", "S,M")
FORMAT = "The file format is incorrect. Only Excel files are supported"
FIRST = {"url": "https://example.com/1", "brand": "?", "name": "?"}


def inline(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def to_row(*cells: str) -> str:
    return f"<row>{''.join(map(inline, cells))}</row>"


def make_book(*rows: str, strings: str = "") -> bytes:
    """A workbook whose second sheet is the active one."""
    pages = (to_row("nothing"), "".join(rows))
    sheets = "".join(f'<sheet r:id="r{place}"/>' for place in (0, 1))
    links = "".join(
        f'<Relationship Id="r{place}" Target="worksheets/sheet{place}.xml"/>'
        for place in (0, 1)
    )
    sink = BytesIO()
    with ZipFile(sink, "w") as book:
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><bookViews>'
            f'<workbookView activeTab="1"/></bookViews><sheets>{sheets}</sheets>'
            "</workbook>",
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}">{links}</Relationships>',
        )
        if strings:
            book.writestr(
                "xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{strings}</sst>'
            )
        for place, page in enumerate(pages):
            book.writestr(
                f"xl/worksheets/sheet{place}.xml",
                f'<worksheet xmlns="{MAIN}"><sheetData>{page}</sheetData></worksheet>',
            )
    return sink.getvalue()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with serve(create_app(items=0)) as client:
        yield client


async def upload(
    client: httpx.AsyncClient, content: bytes, name: str = "clothes.xlsx"
) -> httpx.Response:
    return await client.post("/upload_clothes", files={"file": (name, content)})


async def find(client: httpx.AsyncClient, **asked: str) -> httpx.Response:
    return await client.post("/get_clothes", json={**FIRST, "url": "?", **asked})


async def test_clothes_want_a_brand_too(client: httpx.AsyncClient) -> None:
    wanted = {"url": "https://example.com/1", "name": "cloth1"}

    answer = await client.post("/get_clothes", json=wanted)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "brand"]


async def test_clothes_are_found_either_way_in_any_case(
    client: httpx.AsyncClient,
) -> None:
    by_address = await find(client, url="HTTPS://EXAMPLE.COM/1")
    by_name = await find(client, brand="BRANDa", name="cloth1 ")
    by_halves = await find(client, brand="BrandA", name="Cloth2")

    assert by_address.json() == by_name.json()
    assert by_name.json() == {
        "gender": "Male",
        "colors": ["Red", "Blue", "Green"],
        "sizes": ["S", "M", "L"],
        "name": "Cloth1",
        "brand": "BrandA",
        "colors_hex": ["#FF0000", "#0000FF", "#008000 "],
    }
    assert (by_halves.status_code, by_halves.json()) == (
        404,
        {"detail": "No data found"},
    )


async def test_an_upload_replaces_the_catalogue(client: httpx.AsyncClient) -> None:
    answer = await upload(client, make_book(to_row(*HEADINGS), to_row(*COAT)))

    old = await find(client, url="https://example.com/1")
    new = await find(client, brand="ж", name="coat")
    assert answer.status_code == 200
    assert answer.json()["message"].startswith("The Excel file has been uploaded")
    assert old.status_code == 404
    assert new.json()["colors"] == ["Red", "Blue"]


async def test_cells_may_be_shared_rich_numbers_or_left_out(
    client: httpx.AsyncClient,
) -> None:
    row = (
        '<row><c r="A2" t="s"><v>0</v></c><c r="B2" t="str"><v>Brand</v></c>'
        '<c r="D2" t="s"><v>1</v></c><c r="E2"><v>5</v></c><c r="F2"><v></v></c><c r="G2"/></row>'
    )
    strings = (
        "<si><t>https://x/1</t></si>"
        "<si><r><t>Ja</t></r><r><t>cket</t></r><rPh><t>x</t></rPh></si>"
    )

    await upload(client, make_book(to_row(*HEADINGS), row, strings=strings))

    found = (await find(client, url="https://x/1")).json()
    assert (found["name"], found["brand"], found["gender"]) == ("Jacket", "Brand", None)
    assert (found["colors"], found["colors_hex"], found["sizes"]) == ([], [], [])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("clothes.csv", make_book(to_row(*HEADINGS))),
        ("clothes.xlsx", b"no archive"),
        ("clothes.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("clothes.xlsx", make_book("<row>")),
    ],
    ids=["name", "text", "old format", "broken"],
)
async def test_what_is_no_sheet_is_a_400(
    client: httpx.AsyncClient, name: str, content: bytes
) -> None:
    answer = await upload(client, content, name)

    assert (answer.status_code, answer.json()) == (400, {"detail": FORMAT})


async def test_the_catalogue_is_emptied_before_the_sheet_is_read(
    client: httpx.AsyncClient,
) -> None:
    await upload(client, b"no name of a sheet's", "clothes.csv")
    before = await client.post("/get_clothes", json=FIRST)
    await upload(client, b"no archive")
    after = await client.post("/get_clothes", json=FIRST)

    assert (before.status_code, after.status_code) == (200, 404)


async def test_a_row_of_another_width_is_a_400_and_leaves_nothing(
    client: httpx.AsyncClient,
) -> None:
    wide = to_row(*HEADINGS, "more"), to_row(*COAT)

    answer = await upload(client, make_book(*wide))

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Error processing row ('https://x/9'")
    assert (await find(client, url="https://x/9")).status_code == 404


async def test_an_upload_without_a_file_is_a_422(client: httpx.AsyncClient) -> None:
    answer = await client.post("/upload_clothes")

    assert answer.json()["detail"][0]["loc"] == ["body", "file"]


async def test_the_old_format_is_read_too(client: httpx.AsyncClient) -> None:
    book = xlwt.Workbook()
    book.add_sheet("hidden").visibility = 1
    fill(book.add_sheet("shown"), [HEADINGS, COAT, ("https://x/8", "B", None, 5, True)])

    answer = await upload(client, save(book), "clothes.xls")

    coat = (await find(client, url="https://x/9")).json()
    other = (await find(client, url="https://x/8")).json()
    assert answer.status_code == 200
    assert (coat["brand"], coat["sizes"]) == ("Ж", ["S", "M"])
    assert (other["gender"], other["name"], other["sizes"]) == (None, 5.0, [])
