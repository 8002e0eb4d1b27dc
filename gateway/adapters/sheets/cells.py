"""What an .xlsx sheet has beyond its values: its width, errors, formulas without one.

A formula that nobody has computed looks empty else, and so does an error; a column that
is formatted alone is still one for whoever reads the sheet next.
ECMA-376 part 1, 18.3.1 (cells).
"""

from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from msgspec import Struct

from gateway.plugin.foreign.sheets import Flaw

MOST_FLAWS = 100
ERROR = "holds an error"
UNCOMPUTED = "has a formula whose value was never saved"
_STEP_BYTES = 2**18
_DIGITS = "0123456789"


class Cells(Struct, frozen=True, kw_only=True):
    width: int
    flaws: tuple[Flaw, ...]


def scan(part: IO[bytes]) -> Cells:
    """Read a sheet's XML.

    Raises:
        expat.ExpatError: it is none.
        ValueError: a cell's reference makes no sense.
    """
    reader = _Reader()
    while step := part.read(_STEP_BYTES):
        reader.parser.Parse(step)
    reader.parser.Parse(b"", True)  # noqa: FBT003  expat's own
    return Cells(width=reader.width, flaws=tuple(reader.flaws))


class _Reader:
    """Follows cells by their references, or by their order where they have none.

    Most cells cost one call: where they end, and what is in them, is listened to only
    in those with a formula or an error.
    """

    def __init__(self) -> None:
        self.width = 0
        self.flaws: list[Flaw] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin
        self._beginnings: dict[str, Callable[[dict[str, str]], None] | None] = {
            "row": self._begin_row,
            "c": self._begin_cell,
            "f": self._begin_formula,
            "v": self._begin_value,
        }
        self._columns: dict[str, int] = {}
        self._row, self._column = 0, -1
        self._kind: str | None = None
        self._has_value = False

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        try:
            begin = self._beginnings[tag]
        except KeyError:  # of another name, or one with a namespace's prefix
            begin = self._beginnings.get(_to_name(tag))
            self._beginnings[tag] = begin
        if begin is not None:
            begin(attributes)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._row = int(attributes.get("r", self._row + 1))
        self._column = -1

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            letters = reference.rstrip(_DIGITS)
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = _to_column(letters)
            self._column = column
        if self._column >= self.width:
            self.width = self._column + 1
        self._kind = attributes.get("t")
        if self._kind == "e":
            self._listen()

    def _begin_formula(self, _: dict[str, str]) -> None:
        self._listen()

    def _begin_value(self, _: dict[str, str]) -> None:
        if self._kind == "str":  # which may be empty
            self._has_value = True
        elif self.parser.EndElementHandler is not None:
            self.parser.CharacterDataHandler = self._note_value

    def _listen(self) -> None:
        self._has_value = False
        self.parser.EndElementHandler = self._end

    def _note_value(self, _: str) -> None:
        self._has_value = True

    def _end(self, tag: str) -> None:
        match _to_name(tag):
            case "v":
                self.parser.CharacterDataHandler = None
            case "c":
                self.parser.EndElementHandler = None
                self._judge()
            case _:
                pass

    def _judge(self) -> None:
        is_error = self._kind == "e"
        if len(self.flaws) < MOST_FLAWS and (is_error or not self._has_value):
            message = ERROR if is_error else UNCOMPUTED
            flaw = Flaw(row=self._row, column=self._column, message=message)
            self.flaws.append(flaw)


def _to_name(tag: str) -> str:
    """Leave a namespace's prefix out."""
    return tag.rpartition(":")[2]


def _to_column(letters: str) -> int:
    """`AB` is column 27."""
    column = 0
    for letter in letters:
        place = ord(letter) - ord("A")
        if not 0 <= place < 26:  # noqa: PLR2004  letters
            raise ValueError("no column is called so")
        column = column * 26 + place + 1
    return column - 1
