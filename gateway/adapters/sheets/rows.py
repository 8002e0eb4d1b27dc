"""A sheet's rows, of one width, and what is wrong with its cells."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from python_calamine import CalamineSheet

from gateway.adapters.sheets.cells import MOST_FLAWS
from gateway.adapters.sheets.workbooks import Opened, refuse, to_height
from gateway.plugin.foreign.sheets import Cell, Flaw, Row, to_letters

MOST_CELLS = 2_000_000
VALUELESS = "holds an error, or a formula whose value was never saved"
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  sheets have no time zones
_DAY = timedelta(days=1)
_MIDNIGHT = time()

Found: TypeAlias = str | float | bool | date | time | timedelta
"""What calamine makes of a cell; of an empty one and of an error, an empty text."""


def read_rows(opened: Opened) -> Iterator[Row]:
    """Read all rows, from the first to the last that is not empty.

    Raises:
        InvalidBodyError: they have too many cells.
    """
    sheet = opened.sheet
    width, height = _to_width(opened), to_height(opened.sheet)
    if height * width > MOST_CELLS:
        raise refuse(f"it has {height:,} rows of {width:,} columns, which is too much")
    left = (None,) * (sheet.start or (0, 0))[1]
    empty = (None,) * width
    skipped = 0
    for row in sheet.iter_rows():
        cells = left + tuple(map(_to_cell, row))
        if cells.count(None) == len(cells):
            skipped += 1
            continue
        yield from (empty for _ in range(skipped))
        skipped = 0
        yield cells + empty[len(cells) :]


def find_flaws(opened: Opened, rows: int) -> list[Flaw]:
    """Return the first flaws by row, of a sheet whose last filled row is that."""
    flaws = list(_find_merged(opened.sheet, rows))
    height = to_height(opened.sheet)
    if opened.cells is not None:
        flaws += opened.cells.flaws
    elif height > rows:
        # calamine counts cells of an .xls that have no value, and only those with some
        flaws.append(Flaw(row=height, column=0, message=VALUELESS))
    return sorted(flaws, key=lambda flaw: (flaw.row, flaw.column))[:MOST_FLAWS]


def _find_merged(sheet: CalamineSheet, rows: int) -> Iterator[Flaw]:
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top < rows:
            first, last = (
                f"{to_letters(left)}{top + 1}",
                f"{to_letters(right)}{bottom + 1}",
            )
            message = f"is merged with other cells ({first}:{last})"
            yield Flaw(row=top + 1, column=left, message=message)


def _to_width(opened: Opened) -> int:
    """Count a sheet's columns, the formatted ones and those of merged cells, too."""
    filled = 0 if opened.sheet.end is None else opened.sheet.end[1] + 1
    formatted = 0 if opened.cells is None else opened.cells.width
    merged = (right + 1 for _, (_, right) in opened.sheet.merged_cell_ranges or ())
    return max(filled, formatted, *merged, 0)


def _to_cell(found: Found) -> Cell:
    match found:
        case "":
            return None
        case str() | bool():
            return found
        case date():
            return (_to_moment(found) - _EPOCH) / _DAY
        case time():
            return (datetime.combine(_EPOCH, found) - _EPOCH) / _DAY
        case timedelta():
            return found / _DAY
        case _:  # calamine gives whole numbers as such
            return float(found)


def _to_moment(day: date) -> datetime:
    if isinstance(day, datetime):
        return day
    return datetime.combine(day, _MIDNIGHT)
