"""The eight hairstyles: what lies behind the head, and what on it."""

from math import cos, radians, sin
from typing import Final

from providers.avatar.sandbox.figures.looks import Look
from providers.avatar.sandbox.figures.pen import Level, Pen, shade

_BALD, _CROP, _BOB, _LONG, _BUN, _TAIL, _CURLS, _CREST = range(8)
_TIED: Final = (
    (-0.1, 0.0),
    (-0.05, 0.19),
    (0.1, 0.4),
    (0.4, 0.44),
    (0.66, 0.34),
    (0.78, 0.0),
)
_BEHIND: Final[dict[int, tuple[Level, ...]]] = {
    _BOB: (
        (-0.11, 0.0),
        (-0.06, 0.2),
        (0.1, 0.42),
        (0.5, 0.52),
        (0.86, 0.54),
        (1.0, 0.45),
        (1.03, 0.0),
    ),
    _LONG: (
        (-0.11, 0.0),
        (-0.06, 0.2),
        (0.1, 0.42),
        (0.7, 0.52),
        (1.5, 0.6),
        (1.85, 0.5),
        (1.98, 0.0),
    ),
    _BUN: _TIED,
    _TAIL: _TIED,
    _CROP: (
        (-0.1, 0.0),
        (-0.05, 0.19),
        (0.08, 0.38),
        (0.35, 0.43),
        (0.58, 0.36),
        (0.68, 0.0),
    ),
}


def draw_hair_behind(pen: Pen, look: Look) -> None:
    """Before the head is drawn; from behind there is nothing further off."""
    style, turn = look.hairstyle, look.view.radians
    dark = shade(look.hair, 0.28)
    if style in _BEHIND:
        pen.column(_BEHIND[style], dark, x=-sin(turn) * 0.17)
    if style == _BUN:
        pen.ellipse((-sin(turn) * 0.3, -0.16), (0.22, 0.2), dark)
        pen.ellipse((-sin(turn) * 0.3 - 0.03, -0.18), (0.17, 0.15), look.hair)
    if style == _TAIL:
        x = -sin(turn) * 0.5 + cos(turn) * 0.34
        pen.limb(((x * 0.7, 0.15), (x * 1.5, 1.35)), (0.15, 0.06), dark)
    if style == _CURLS:
        _draw_curls(pen, look)


def draw_hair(pen: Pen, look: Look) -> None:
    """On the head, once it is drawn."""
    style, turn = look.hairstyle, look.view.radians
    if style == _BALD:
        return
    if style == _CREST:
        levels = ((-0.26, 0.05), (-0.1, 0.12), (0.12, 0.1), (0.2, 0.04))
        pen.column(levels, look.hair, x=sin(turn) * 0.06)
        return
    if cos(turn) < -0.2:  # noqa: PLR2004  from behind
        pen.column(_BEHIND.get(style, _BEHIND[_CROP]), look.hair)
        return
    _draw_cap(pen, look)


def _draw_cap(pen: Pen, look: Look) -> None:
    """The hair over the forehead; a turned head shows more of its side."""
    shift = sin(look.view.radians)
    right, left = max(shift, 0.0), max(-shift, 0.0)
    cap = [
        (-0.41 + left * 0.05, 0.46 + right * 0.2 - left * 0.22),
        (-0.4, 0.14),
        (-0.2, -0.07),
        (0.1, -0.1),
        (0.34, 0.04),
        (0.41 - right * 0.04, 0.22),
        (0.41 - right * 0.05, 0.46 + left * 0.2 - right * 0.22),
        (0.335 - left * 0.3, 0.3 - right * 0.12 + left * 0.12),
        (0.14 + shift * 0.08, 0.16),
        (-0.12 + shift * 0.08, 0.24 - left * 0.06),
        (-0.335 + right * 0.3, 0.32 - left * 0.14 + right * 0.1),
    ]
    pen.blob(cap, look.hair)


def _draw_curls(pen: Pen, look: Look) -> None:
    for angle in range(150, 391, 20):
        x, y = cos(radians(angle)) * 0.44, sin(radians(angle)) * 0.44 + 0.36
        pen.ellipse((x, y), (0.19, 0.19), shade(look.hair, 0.2))
        pen.ellipse((x - 0.03, y - 0.03), (0.14, 0.14), look.hair)
