"""A spreadsheet that a caller sends: its rows, and what is wrong with its cells."""

from typing import TypeAlias

from msgspec import Struct

from gateway.plugin.errors import Fault

Cell: TypeAlias = str | float | bool | None
"""What a cell holds; of a formula, the value that was saved with it.

A date or time is a number, as sheets store it: days since 1899-12-30. None is a cell
that is empty, or whose value is an error.
"""
Row: TypeAlias = tuple[Cell, ...]


class Flaw(Struct, frozen=True, kw_only=True):
    """A cell that says less than it shows: merged, an error, a formula never computed.

    `row` is the sheet's own number, from 1; `column` is counted from 0.
    """

    row: int
    column: int
    message: str


class Sheet(Struct, frozen=True, kw_only=True, weakref=True):
    """The active sheet of a workbook, and the workbook's bytes as they came.

    `rows` are all from the first, to the last that is not empty, each as wide as the
    sheet: that has every column in which a cell is filled, or formatted. `flaws` are
    the first hundred, by row. `filename` tells which of the formats the bytes have.
    """

    rows: tuple[Row, ...]
    content: bytes
    filename: str
    flaws: tuple[Flaw, ...] = ()


def to_letters(column: int) -> str:
    """Return a column's name as sheets show it: A for 0, AA for 26."""
    letters = ""
    number = column + 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def to_fault(row: int, heading: str, message: str) -> Fault:
    """Return a fault at a cell, named by its row (from 1) and its column's heading."""
    escaped = heading.replace("~", "~0").replace("/", "~1")
    return Fault(where=f"/rows/{row}/{escaped}", message=message)
