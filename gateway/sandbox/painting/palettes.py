"""The colours the sandboxes paint with: five to a palette, dark to light."""

from random import Random
from typing import Final

from msgspec import Struct

Colour = tuple[int, int, int]


class Palette(Struct, frozen=True, kw_only=True):
    """Five colours that go together.

    `deep` is for backgrounds and shadow, `light` for highlights; the three
    between carry the picture.
    """

    deep: Colour
    cool: Colour
    warm: Colour
    bright: Colour
    light: Colour

    @property
    def body(self) -> tuple[Colour, Colour, Colour]:
        return self.cool, self.warm, self.bright

    @property
    def all(self) -> tuple[Colour, Colour, Colour, Colour, Colour]:
        return self.deep, self.cool, self.warm, self.bright, self.light


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` is how much of `second` there is, 0 to 1; beyond is clipped."""
    part = min(max(share, 0.0), 1.0)
    red, green, blue = (
        round(a + (b - a) * part) for a, b in zip(first, second, strict=True)
    )
    return red, green, blue


def to_colour(digits: str) -> Colour:
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


_HEX: Final = (
    "1b1b3a 693668 a74482 f84aa7 ffd6ec",
    "0b132b 1c5d8a 3a9ca8 6fffe9 eafffb",
    "2d1e2f 7b2d43 e36414 fb8b24 ffe8c2",
    "10302b 1f6f5c 56a36c b5d99c f4f9e9",
    "22223b 4a4e69 9a8c98 e0a899 f7ede2",
    "03045e 0077b6 00b4d8 90e0ef f1fcff",
    "351e29 8a3b52 d96c75 f7b27b fff0d9",
    "14213d 3d5a80 98c1d9 ee6c4d fdf3ec",
    "1d2f2a 3f6c51 a3b565 fcdc9a fffbe9",
    "240046 5a189a 9d4edd ff9e5e fff1e6",
    "132a3e 2f6690 81c3d7 f2c57c fff8e7",
    "2b2118 6f4e37 b98b5e e9c9a1 fff7ea",
    "1a1423 3d314a 684756 d98f8f fdeceb",
    "0f2027 203a63 5b6fb5 c3a6ff f6f0ff",
    "2f0a28 8c1c52 e0527a ffc36b fff6df",
    "0d3b36 17756c 3fb98f f6e27a fffce6",
)


def choose_palette(rng: Random) -> Palette:
    deep, cool, warm, bright, light = map(to_colour, rng.choice(_HEX).split())
    return Palette(deep=deep, cool=cool, warm=warm, bright=bright, light=light)
