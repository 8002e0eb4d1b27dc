"""Colours as callers write them: hexadecimal digits, or a name."""

import re
from hashlib import sha256
from typing import Final

from PIL import ImageColor

from gateway.sandbox.painting.palettes import Colour, to_colour

_DIGITS: Final = re.compile(r"#?([0-9a-f]{6})(?:[0-9a-f]{2})?")
SKINS: Final = tuple(
    to_colour(digits)
    for digits in ("f6d3bd", "eebd9c", "d9a27a", "b97d54", "875636", "5b3825")
)


def read_colour(told: str) -> Colour:
    """A name that is not known stands for some colour, always the same; alpha is left.

    `6B4F30FF`, `#6b4f30` and `Light Blue` are known.
    """
    text = told.strip().lower()
    match = _DIGITS.fullmatch(text)
    if match:
        return to_colour(match[1])
    name = text.replace(" ", "")
    if name in ImageColor.colormap:
        red, green, blue, *_ = ImageColor.getrgb(name)
        return red, green, blue
    red, green, blue = sha256(name.encode()).digest()[:3]
    return red, green, blue


def to_skin(tone: int) -> Colour:
    """From light to dark; a tone beyond the last one is the last one."""
    return SKINS[min(max(tone, 0), len(SKINS) - 1)]
