"""Workbooks as programs write them, and as no program would."""

import struct
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import xlwt

Rows = Iterable[Iterable[Any]]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
HEADINGS = ("URL", "Brand", "Gender", "Name", "Colors", "Colors Hex", "Sizes")
COAT = ("https://x/9", "Ж", "Male", "Coat", "Red,Blue", "#FF0000,#0000FF", "S,M")


def save(book: openpyxl.Workbook | xlwt.Workbook) -> bytes:
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def to_xlsx(rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    return save(book)


def to_xls(rows: Rows) -> bytes:
    book = xlwt.Workbook()
    fill(book.add_sheet("one"), rows)
    return save(book)


def fill(sheet: xlwt.Worksheet, rows: Rows) -> None:
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(number, column, value)


def with_parts(content: bytes, parts: Mapping[str, bytes]) -> bytes:
    """Put other parts in a package, or in place of those it has."""
    made = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return made.getvalue()


def of_cells(*rows: str) -> bytes:
    """A workbook whose sheet has these rows' XML."""
    return with_parts(to_xlsx([]), {SHEET: to_part("".join(rows))})


def to_part(rows: str) -> bytes:
    part = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    return part.encode()


def to_row(*texts: str) -> str:
    cells = (f'<c t="inlineStr"><is><t>{escape(t)}</t></is></c>' for t in texts)
    return f"<row>{''.join(cells)}</row>"


def of_rows(count: int) -> bytes:
    return of_cells(to_row(*HEADINGS), to_row(*COAT) * (count - 1))


def locked_xlsx() -> bytes:
    """A compound file with the one stream that tells a locked package."""
    content = to_xls([HEADINGS])
    at = content.index("Workbook".encode("utf-16-le"))
    name = "EncryptedPackage".encode("utf-16-le")
    entry = name.ljust(64, b"\0") + struct.pack("<H", len(name) + 2)
    return content[:at] + entry + content[at + len(entry) :]


def locked_xls() -> bytes:
    """A FILEPASS record behind the workbook's first one ([MS-XLS], 2.4.117)."""
    book = xlwt.Workbook()
    book.add_sheet("one").write(0, 0, "URL")
    stream = book.get_biff_data()
    (size,) = struct.unpack_from("<H", stream, 2)
    at = 4 + size
    lock = struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + bytes(48)
    made = BytesIO()
    xlwt.CompoundDoc.XlsDoc().save(made, stream[:at] + lock + stream[at:])
    return made.getvalue()
