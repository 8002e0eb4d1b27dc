"""Workbooks, known by their bytes, and the sheet that each was saved with in front."""

import io
import re
import zipfile
import zlib
from xml.etree import ElementTree as ET
from xml.parsers import expat

from msgspec import Struct
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from gateway.adapters.sheets.cells import Cells, scan
from gateway.adapters.sheets.packages import find_active, unpacks_to_too_much
from gateway.plugin.errors import Fault, InvalidBodyError

MOST_ROWS = 100_000
_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
"""The stream that holds a locked .xlsx ([MS-OFFCRYPTO], 2.3.4.4)."""
_LOCKED_STREAM = re.compile(
    # A workbook's BOF, what may stand before FILEPASS, and that ([MS-XLS], 2.1.7.20.3).
    rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00",
    re.DOTALL,
)
_BROKEN = (
    CalamineError,
    ET.ParseError,
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    LookupError,
    NotImplementedError,  # a kind of compression
    OSError,
    RuntimeError,  # a password
    ValueError,
)


class Opened(Struct, frozen=True, kw_only=True):
    """A sheet that is about to be read; `cells` tells more of it where it is .xlsx."""

    sheet: CalamineSheet
    filename: str
    cells: Cells | None


def open_active(content: bytes) -> Opened:
    """Open a workbook's active sheet; of an .xls the first one that is shown.

    Raises:
        InvalidBodyError: it is no workbook, is locked, or has too many rows.
    """
    try:
        if content.startswith(_ZIP):
            return _open_package(content)
        if content.startswith(_COMPOUND):
            return _open_compound(content)
    except _BROKEN as error:
        raise refuse("it is no sheet that can be read") from error
    raise refuse("it is neither an .xls nor an .xlsx sheet")


def to_height(sheet: CalamineSheet) -> int:
    """Return the number of the last row that is filled."""
    return 0 if sheet.end is None else sheet.end[0] + 1


def refuse(message: str) -> InvalidBodyError:
    """Return the refusal of a workbook as a whole."""
    return InvalidBodyError([Fault(where="", message=message)])


def _open_package(content: bytes) -> Opened:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        if unpacks_to_too_much(book):
            raise refuse("it unpacks to too much")
        tab = find_active(book)
        sheet = _load(content).get_sheet_by_index(tab.place)
        _bound(sheet)
        with book.open(tab.part) as part:
            cells = scan(part)
    return Opened(sheet=sheet, filename="sheet.xlsx", cells=cells)


def _open_compound(content: bytes) -> Opened:
    if _LOCKED_PACKAGE in content or _LOCKED_STREAM.search(content):
        raise refuse("it is locked by a password")
    workbook = _load(content)
    for place, one in enumerate(workbook.sheets_metadata):
        is_shown = one.visible == SheetVisibleEnum.Visible
        if is_shown and one.typ == SheetTypeEnum.WorkSheet:
            sheet = workbook.get_sheet_by_index(place)
            _bound(sheet)
            return Opened(sheet=sheet, filename="sheet.xls", cells=None)
    raise refuse("it shows no sheet")


def _bound(sheet: CalamineSheet) -> None:
    height = to_height(sheet)
    if height > MOST_ROWS:
        raise refuse(f"it has {height:,} rows; at most {MOST_ROWS:,} are taken")


def _load(content: bytes) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(content))
