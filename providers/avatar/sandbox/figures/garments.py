"""What a garment covers, by the words in its name."""

from typing import Final

from msgspec import Struct, structs

_SIZES: Final = {
    "xxs": 0.94,
    "xs": 0.97,
    "s": 1.0,
    "m": 1.04,
    "l": 1.1,
    "xl": 1.17,
    "xxl": 1.25,
    "xxxl": 1.34,
}


class Garment(Struct, frozen=True, kw_only=True):
    """Shares of the arms and legs; `skirt` is how far one hangs over the legs."""

    is_top: bool = True
    sleeves: float = 0.42
    trousers: float = 0.0
    skirt: float = 0.0
    has_hood: bool = False
    is_open: bool = False
    looseness: float = 1.0


# the first one whose word is in the name
_KINDS: Final = {
    "longsleeve": Garment(sleeves=1),
    "sweater": Garment(sleeves=1),
    "pullover": Garment(sleeves=1),
    "hoodie": Garment(sleeves=1, has_hood=True),
    "jumpsuit": Garment(sleeves=1, trousers=1),
    "suit": Garment(sleeves=1, trousers=1, is_open=True),
    "coat": Garment(sleeves=1, skirt=0.5, is_open=True),
    "jacket": Garment(sleeves=1, is_open=True),
    "blazer": Garment(sleeves=1, is_open=True),
    "dress": Garment(sleeves=0.25, skirt=0.5),
    "gown": Garment(sleeves=0, skirt=0.92),
    "skirt": Garment(is_top=False, skirt=0.42),
    "pants": Garment(is_top=False, trousers=1),
    "trousers": Garment(is_top=False, trousers=1),
    "jeans": Garment(is_top=False, trousers=1),
    "shorts": Garment(is_top=False, trousers=0.4),
    "tank": Garment(sleeves=0),
    "vest": Garment(sleeves=0),
}


def to_garment(item: str, size: str) -> Garment:
    """Short sleeves where no word is known."""
    word = "".join(letter for letter in item.lower() if letter.isalnum())
    kind = next((_KINDS[part] for part in _KINDS if part in word), Garment())
    looseness = _SIZES.get(size.strip().lower(), _SIZES["m"])
    return structs.replace(kind, looseness=looseness)
