"""A figure's head: its shape, its face and what it expresses."""

from math import cos, sin
from typing import Final

from gateway.sandbox.painting.palettes import Colour, mix
from providers.avatar.sandbox.figures.looks import Expression, Face, Look
from providers.avatar.sandbox.figures.pen import Level, Pen, Point, shade

_FACES: Final[dict[Face, tuple[Level, ...]]] = {
    "oval": (
        (-0.03, 0.0),
        (0.02, 0.17),
        (0.2, 0.33),
        (0.5, 0.38),
        (0.76, 0.29),
        (0.96, 0.13),
        (1.0, 0.0),
    ),
    "long": (
        (-0.03, 0.0),
        (0.02, 0.16),
        (0.2, 0.3),
        (0.5, 0.345),
        (0.8, 0.27),
        (1.01, 0.12),
        (1.05, 0.0),
    ),
    "round": (
        (-0.02, 0.0),
        (0.03, 0.19),
        (0.2, 0.37),
        (0.5, 0.43),
        (0.76, 0.34),
        (0.94, 0.17),
        (0.98, 0.0),
    ),
    "square": (
        (-0.03, 0.0),
        (0.02, 0.22),
        (0.16, 0.37),
        (0.5, 0.39),
        (0.82, 0.34),
        (0.97, 0.2),
        (1.0, 0.0),
    ),
    "heart": (
        (-0.03, 0.0),
        (0.02, 0.2),
        (0.2, 0.4),
        (0.45, 0.4),
        (0.76, 0.23),
        (0.95, 0.1),
        (1.0, 0.0),
    ),
}
_LIPS: Final = (178, 62, 74)
_WHITE: Final = (252, 250, 248)
_IRIS: Final = (52, 40, 38)
# where the mouth's line runs: how high, from which angle to which
_MOUTHS: Final[dict[Expression, tuple[float, Point]]] = {
    "neutral": (0.012, (0.0, 180.0)),
    "smile": (0.075, (10.0, 170.0)),
    "sad": (0.07, (190.0, 350.0)),
    "angry": (0.035, (190.0, 350.0)),
}


def draw_head(pen: Pen, look: Look) -> None:
    turn = look.view.radians
    for side in (-1, 1):
        _draw_ear(pen, look, side * 0.37 * cos(turn) - sin(turn) * 0.06)
    if _is_profile(look):
        _draw_nose_aside(pen, look, 1 if sin(turn) > 0 else -1)
    pen.column(_FACES[look.face], look.skin)
    if _is_profile(look):
        _draw_ear(pen, look, -sin(turn) * 0.06)
    if cos(turn) > -0.2:  # noqa: PLR2004  not from behind
        _draw_face(pen, look, turn)


def _is_profile(look: Look) -> bool:
    return abs(sin(look.view.radians)) > 0.8  # noqa: PLR2004  53 degrees


def _draw_ear(pen: Pen, look: Look, x: float) -> None:
    pen.ellipse((x, 0.55), (0.06, 0.1), shade(look.skin, 0.12))


def _draw_nose_aside(pen: Pen, look: Look, way: int) -> None:
    outline = ((0.24, 0.42), (0.36, 0.5), (0.43, 0.62), (0.4, 0.67), (0.24, 0.72))
    colour = shade(look.skin) if way > 0 else look.skin
    pen.blob([(x * way, y) for x, y in outline], colour)


def _draw_face(pen: Pen, look: Look, turn: float) -> None:
    squeeze, shift = max(cos(turn), 0.3), sin(turn) * 0.2
    is_aside, ahead = _is_profile(look), 1 if sin(turn) > 0 else -1
    for side in (ahead,) if is_aside else (-1, 1):
        _draw_eye(pen, look, shift + side * 0.15 * squeeze, side)
        cheek = (shift + side * 0.2 * squeeze, 0.68)
        pen.ellipse(cheek, (0.07 * squeeze, 0.05), mix(look.skin, _LIPS, 0.16))
    if not is_aside:
        dark, nose = shade(look.skin, 0.32), shift * 1.25
        tip = (nose + (0.05 + abs(sin(turn)) * 0.05) * ahead, 0.645)
        pen.line((nose, 0.54), tip, dark, 0.028)
        pen.line(tip, (nose, 0.665), dark, 0.028)
    _draw_mouth(pen, look, shift, squeeze)


def _draw_eye(pen: Pen, look: Look, x: float, side: int) -> None:
    tall = 0.065 if look.expression == "surprise" else 0.045
    wide = 0.05 if _is_profile(look) else 0.072
    pen.ellipse((x, 0.5), (wide, tall), _WHITE)
    pen.ellipse((x, 0.505), (0.037, 0.04), _IRIS)
    pen.ellipse((x - 0.012, 0.492), (0.012, 0.012), _WHITE)
    line = shade(look.hair, 0.35)
    if look.gender == "female":
        pen.arc((x, 0.505), (wide + 0.013, 0.062), (190, 350), line)
    rise = {"angry": -0.04, "sad": 0.035, "surprise": 0.0}.get(look.expression, 0.012)
    level = 0.36 if look.expression == "surprise" else 0.4
    inner, outer = x - side * 0.08, x + side * 0.09
    pen.line((inner, level - rise), (outer, level + rise), line, 0.034)


def _draw_mouth(pen: Pen, look: Look, x: float, squeeze: float) -> None:
    colour = _mouth_colour(look)
    if look.expression == "kiss":
        pen.ellipse((x, 0.79), (0.055 * squeeze + 0.01, 0.05), colour)
        pen.line(
            (x - 0.03 * squeeze, 0.79),
            (x + 0.03 * squeeze, 0.79),
            shade(colour, 0.4),
            0.014,
        )
    elif look.expression == "surprise":
        pen.ellipse((x, 0.81), (0.065 * squeeze, 0.085), shade(colour, 0.45))
    else:
        tall, span = _MOUTHS[look.expression]
        middle = 0.77 if span[0] < 180 else 0.83  # noqa: PLR2004  curved up or down
        pen.arc((x, middle), (0.13 * squeeze, tall), span, colour)


def _mouth_colour(look: Look) -> Colour:
    share = 0.75 if look.gender == "female" else 0.45
    return mix(look.skin, _LIPS, share)
