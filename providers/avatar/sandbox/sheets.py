"""Reads a workbook's sheet: of an .xlsx, a zip archive of XML, the active one.

As the upstream does, and calamine does not, it counts cells that are formatted alone.
"""

import re
import zlib
from io import BytesIO
from typing import Final
from xml.etree import ElementTree as ET
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

Cell = str | float | None
_OLD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LIMIT_BYTES: Final = 16_000_000
_RELATION: Final = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
)
_FAULTS: Final = (
    BadZipFile,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,  # a kind of compression
    RuntimeError,  # a password
    ValueError,
    ET.ParseError,
    zlib.error,
)


class NoSheetError(Exception):
    """The bytes are no workbook."""


def read_rows(content: bytes) -> list[tuple[Cell, ...]]:
    """All rows, each as wide as the widest one.

    Raises:
        NoSheetError: neither an .xlsx nor an .xls workbook.
    """
    if content.startswith(_OLD):
        return _read_old(content)
    try:
        with ZipFile(BytesIO(content)) as book:
            rows = _read_sheet(book)
    except _FAULTS as error:
        raise NoSheetError from error
    width = max((max(row, default=-1) + 1 for row in rows), default=0)
    return [tuple(row.get(place) for place in range(width)) for row in rows]


def _read_old(content: bytes) -> list[tuple[Cell, ...]]:
    """The first sheet of an .xls that is shown."""
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        shown = [
            one.visible == SheetVisibleEnum.Visible for one in book.sheets_metadata
        ]
        sheet = book.get_sheet_by_index(shown.index(True))
    except (CalamineError, ValueError) as error:
        raise NoSheetError from error
    rows = sheet.to_python(skip_empty_area=False)
    return [tuple(_to_cell(found) for found in row) for row in rows]


def _to_cell(found: object) -> Cell:
    if isinstance(found, str):
        return found or None
    return float(found) if isinstance(found, int | float) else str(found)


def _read_sheet(book: ZipFile) -> list[dict[int, Cell]]:
    sheet = _parse(book, _find_active(book))
    shared: list[str] = []
    if "xl/sharedStrings.xml" in book.namelist():
        shared = [_to_text(one) for one in _parse(book, "xl/sharedStrings.xml")]
    return [_read_row(row, shared) for row in sheet.iterfind("{*}sheetData/{*}row")]


def _find_active(book: ZipFile) -> str:
    workbook = _parse(book, "xl/workbook.xml")
    view = workbook.find("{*}bookViews/{*}workbookView")
    place = 0 if view is None else int(view.get("activeTab", "0"))
    wanted = workbook.findall("{*}sheets/{*}sheet")[place].attrib[_RELATION]
    relations = _parse(book, "xl/_rels/workbook.xml.rels")
    targets = {one.attrib["Id"]: one.attrib["Target"] for one in relations}
    target = targets[wanted]
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _parse(book: ZipFile, name: str) -> ET.Element:
    if book.getinfo(name).file_size > _LIMIT_BYTES:
        raise ValueError("too large")
    return ET.fromstring(book.read(name))  # noqa: S314  expat bounds its entities


def _read_row(row: ET.Element, shared: list[str]) -> dict[int, Cell]:
    """Cells by column from 0; empty ones may be left out of the file."""
    cells: dict[int, Cell] = {}
    place = 0
    for cell in row.iterfind("{*}c"):
        place = _to_column(cell.get("r"), place)
        cells[place] = _to_value(cell, shared)
        place += 1
    return cells


def _to_column(reference: str | None, default: int) -> int:
    """`AB12` is in column 27."""
    letters = re.match(r"[A-Z]{1,3}", reference or "")
    if letters is None:
        return default
    column = 0
    for letter in letters[0]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _to_value(cell: ET.Element, shared: list[str]) -> Cell:
    kind, value = cell.get("t", "n"), cell.findtext("{*}v")
    inline = cell.find("{*}is")
    if inline is not None:
        return _to_text(inline)
    if not value:
        return None
    if kind == "s":
        return shared[int(value)]
    return float(value) if kind in {"n", "b"} else value


def _to_text(rich: ET.Element) -> str:
    """Plain text, or that of all runs; without phonetic guides."""
    pieces = [*rich.iterfind("{*}t"), *rich.iterfind("{*}r/{*}t")]
    return "".join(piece.text or "" for piece in pieces)
