"""A sheet of clothes, checked whole: the upstream empties its catalogue before it reads.

It goes by the order of the seven columns, takes exactly these, and skips the first row,
whatever is in it (the document's example under `/upload_clothes`).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from gateway.plugin import Cell, Fault, Row, Sheet, to_fault, to_letters

HEADINGS = ("URL", "Brand", "Gender", "Name", "Colors", "Colors Hex", "Sizes")
MOST_FAULTS = 100
_URL, _COLORS, _CODES = (HEADINGS.index(h) for h in ("URL", "Colors", "Colors Hex"))
_GENDERS = frozenset({"male", "female", "unisex"})
_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_CODE = re.compile(r"#[0-9A-Fa-f]{6}")

Flaws: TypeAlias = Mapping[tuple[int, int], str]


def check(sheet: Sheet) -> tuple[Fault, ...]:
    """Return the first hundred faults, by row."""
    return tuple(islice(_check(sheet), MOST_FAULTS))


def _check(sheet: Sheet) -> Iterator[Fault]:
    flaws = {(flaw.row, flaw.column): flaw.message for flaw in sheet.flaws}
    count = _count_rows(sheet.rows)
    headings = sheet.rows[0] if count else ()
    faults = [*_check_headings(headings), *_check_heading_cells(flaws)]
    if faults:
        yield from faults
        return
    last = max(count, *(row for row, _ in flaws), 1)
    if last == 1:
        yield Fault(where="", message="has no garments, only headings")
    first_rows: dict[str, int] = {}
    for number in range(2, last + 1):
        row = sheet.rows[number - 1] if number <= count else ()
        yield from _check_again(number, row, first_rows)
        yield from _check_row(number, row, flaws)


def _count_rows(rows: Sequence[Row]) -> int:
    """Leave out the empty ones at the end."""
    count = len(rows)
    while count and all(map(_is_blank, rows[count - 1])):
        count -= 1
    return count


def _check_headings(row: Row) -> Iterator[Fault]:
    found: dict[str, int] = {}
    for column, cell in enumerate(row):
        found.setdefault(_fold(cell), column)
    places = [found.get(heading.lower()) for heading in HEADINGS]
    for expected, (heading, place) in enumerate(zip(HEADINGS, places, strict=True)):
        if place is None:
            yield to_fault(1, heading, "the column is missing")
        elif place != expected and None not in places:
            message = f"is column {to_letters(place)}, has to be {to_letters(expected)}"
            yield to_fault(1, heading, message)
    yield from _check_others(row, {place for place in places if place is not None})


def _check_others(row: Row, known: set[int]) -> Iterator[Fault]:
    for column, cell in enumerate(row):
        if column not in known:
            name = cell.strip() if isinstance(cell, str) else ""
            message = "the column is none of the seven, though it may look empty"
            yield to_fault(1, name or to_letters(column), message)


def _check_heading_cells(flaws: Flaws) -> Iterator[Fault]:
    for (row, column), message in flaws.items():
        if row == 1 and column < len(HEADINGS):
            yield to_fault(1, HEADINGS[column], message)


def _check_row(number: int, row: Row, flaws: Flaws) -> Iterator[Fault]:
    wrong = [flaws.get((number, column)) for column in range(len(HEADINGS))]
    if all(map(_is_blank, row)) and not any(wrong):
        yield Fault(where=f"/rows/{number}", message="the row is empty")
        return
    cells = row + (None,) * (len(HEADINGS) - len(row))
    messages = [
        message or _check_cell(cell, check_text)
        for message, cell, check_text in zip(wrong, cells, _CHECKS, strict=False)
    ]
    if not messages[_COLORS] and not messages[_CODES]:
        messages[_CODES] = _compare(cells[_COLORS], cells[_CODES])
    for heading, message in zip(HEADINGS, messages, strict=True):
        if message is not None:
            yield to_fault(number, heading, message)


def _check_again(number: int, row: Row, first_rows: dict[str, int]) -> Iterator[Fault]:
    """Addresses are compared as the upstream does: in any case, without blanks behind."""
    if not row or not isinstance(row[_URL], str) or _is_blank(row[_URL]):
        return
    first = first_rows.setdefault(_fold(row[_URL]), number)
    if first != number:
        yield to_fault(number, HEADINGS[_URL], f"is the same as in row {first}")


def _check_cell(cell: Cell, check_text: Callable[[str], str | None]) -> str | None:
    if _is_blank(cell):
        return "is empty"
    if not isinstance(cell, str):
        return "is no text: format the cell as text, and enter it anew"
    return check_text(cell)


def _check_address(text: str) -> str | None:
    if _ADDRESS.fullmatch(text.rstrip()):
        return None
    return "is no address that begins with http:// or https://"


def _check_gender(text: str) -> str | None:
    return None if _fold(text) in _GENDERS else "is neither Male, Female nor Unisex"


def _take_any(_: str) -> str | None:
    return None


def _check_list(text: str) -> str | None:
    has_gap = not all(part.strip() for part in text.split(","))
    return "has an empty entry between its commas" if has_gap else None


def _check_codes(text: str) -> str | None:
    for part in text.split(","):
        if not _CODE.fullmatch(part.strip()):
            return f"has an entry that is not like #RRGGBB: {part.strip()[:20]!r}"
    return None


_CHECKS: Sequence[Callable[[str], str | None]] = (
    *(_check_address, _take_any, _check_gender, _take_any),
    *(_check_list, _check_codes, _check_list),
)
"""What is checked of the text in each of the columns."""


def _compare(colors: Cell, codes: Cell) -> str | None:
    """Each colour has a name and a code."""
    if not isinstance(colors, str) or not isinstance(codes, str):
        return None
    names, ours = colors.count(",") + 1, codes.count(",") + 1
    return None if names == ours else f"has {ours} entries, where Colors has {names}"


def _fold(cell: Cell) -> str:
    return cell.strip().lower() if isinstance(cell, str) else ""


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
