"""The catalogue of clothes, which anybody may read and replace."""

from typing import Final

from msgspec import Struct

from gateway.sandbox.refusals import Refusal
from providers.avatar.sandbox.sheets import Cell, NoSheetError, read_rows
from providers.avatar.sandbox.validation import Json

_FIRST: Final = (
    ("https://example.com/1", "BrandA", "Male", "Cloth1", "Red,Blue,Green",
     "#FF0000,#0000FF,#008000 ", "S,M,L"),
    ("https://example.com/2", "BrandB", "Female", "Cloth2", "Black,White",
     "#000000,#FFFFFF", "XS,S,M,L,XL"),
    ("https://example.com/3", "BrandC", "Female", "Cloth3", "Yellow,Purple",
     "#FFFF00,#800080", "M,L,XL,XXL"),
)  # fmt: skip
_FORMAT: Final = "The file format is incorrect. Only Excel files are supported"


class Garment(Struct, frozen=True, kw_only=True):
    """As answered: with its address left out."""

    brand: Cell
    gender: Cell
    name: Cell
    colors: list[str]
    colors_hex: list[str]
    sizes: list[str]


class Clothes:
    """Each garment has its address beside it."""

    def __init__(self) -> None:
        self._garments: list[tuple[Cell, Garment]] = [
            (row[0], to_garment(row)) for row in _FIRST
        ]

    def find(self, asked: Json) -> Garment:
        """By its address, or by brand and name."""
        url, brand, name = (_fold(asked[key]) for key in ("url", "brand", "name"))
        for address, one in self._garments:
            is_named = _fold(one.brand) == brand and _fold(one.name) == name
            if is_named or _fold(address) == url:
                return one
        raise Refusal(404, {"detail": "No data found"})

    def replace(self, filename: str, content: bytes) -> None:
        """Take in a sheet under a line of headings; a faulty one leaves nothing."""
        if not filename.endswith((".xls", ".xlsx")):
            raise Refusal(400, {"detail": _FORMAT})
        self._garments = []
        try:
            rows = read_rows(content)
        except NoSheetError as error:
            raise Refusal(400, {"detail": _FORMAT}) from error
        self._garments = [(row[0], to_garment(row)) for row in rows[1:]]


def to_garment(row: tuple[Cell, ...]) -> Garment:
    try:
        _, brand, gender, name, colors, codes, sizes = row
    except ValueError as error:
        detail = f"Error processing row {row}: {error}"
        raise Refusal(400, {"detail": detail}) from error
    return Garment(
        brand=brand,
        gender=gender,
        name=name,
        colors=_split(colors),
        colors_hex=_split(codes),
        sizes=_split(sizes),
    )


def _split(cell: Cell) -> list[str]:
    return cell.split(",") if isinstance(cell, str) else []


def _fold(value: object) -> str | None:
    """As the database compares: in any case, without blanks behind."""
    return value.rstrip().lower() if isinstance(value, str) else None
