"""The motif of the sandboxes that show people: a calm, faceless portrait."""

from math import sin, tau
from typing import Final

from gateway.sandbox.painting.easel import Easel
from gateway.sandbox.painting.palettes import Colour, mix, to_colour

_SKINS: Final = ("f6d3bd", "eab895", "cf9468", "a86d45", "7b4b30", "573422")
_HAIRS: Final = ("2a1d18", "5a3825", "8d5a2b", "c9974f", "3b3b46", "a34a2c")
_ROSE: Final = (206, 78, 84)


def portrait(easel: Easel) -> None:
    """Head and shoulders before a halo, sized to the easel."""
    palette, rng, unit = easel.palette, easel.rng, easel.unit
    easel.mesh((palette.cool, palette.warm, palette.bright))
    middle = easel.width * 0.5 + sin(tau * easel.phase) * unit * 0.012
    crown = easel.height * 0.5 - unit * 0.3
    halo = unit * 0.42
    centre = crown + unit * 0.3
    box = (middle - halo, centre - halo, middle + halo, centre + halo)
    easel.ellipse(box, palette.light, 0.34)
    skin, hair = to_colour(rng.choice(_SKINS)), to_colour(rng.choice(_HAIRS))
    _draw_hair(easel, middle, crown, hair, is_long=rng.choice((True, False)))
    _draw_body(easel, middle, crown, skin)
    _draw_head(easel, middle, crown, skin, hair)
    easel.glow((0, 0, easel.width * 0.9, easel.height * 0.7), palette.light, 0.16)


def _draw_hair(
    easel: Easel, middle: float, crown: float, hair: Colour, *, is_long: bool
) -> None:
    unit = easel.unit
    half, top = unit * 0.17, crown - unit * 0.055
    easel.ellipse((middle - half, top, middle + half, top + unit * 0.32), hair)
    if not is_long:
        return
    level, low = top + unit * 0.16, top + unit * 0.5
    easel.polygon(
        [
            (middle - half, level),
            (middle + half, level),
            (middle + half * 1.15, low),
            (middle - half * 1.15, low),
        ],
        easel.fade(hair, mix(hair, easel.palette.deep, 0.3)),
    )


def _draw_body(easel: Easel, middle: float, crown: float, skin: Colour) -> None:
    palette, unit = easel.palette, easel.unit
    chest = crown + unit * 0.44
    half = unit * easel.rng.uniform(0.3, 0.36)
    colour = easel.rng.choice(palette.body)
    fold = mix(palette.deep, colour, 0.4)
    cloth = easel.fade(fold, colour, fold, sideways=True)
    easel.ellipse((middle - half, chest, middle + half, chest + unit * 0.7), cloth)
    base = [(middle - half, chest + unit * 0.35), (middle + half, chest + unit * 0.35)]
    floor = [(middle + half, float(easel.height)), (middle - half, float(easel.height))]
    easel.polygon([*base, *floor], cloth)
    collar = unit * 0.1
    easel.ellipse(
        (middle - collar, chest - unit * 0.05, middle + collar, chest + unit * 0.08),
        mix(skin, palette.deep, 0.12),
    )
    neck = unit * 0.062
    top, bottom = crown + unit * 0.28, chest + unit * 0.02
    sides = [(middle - neck, top), (middle + neck, top)]
    shade = easel.fade(skin, mix(skin, palette.deep, 0.3), skin)
    easel.polygon([*sides, (middle + neck, bottom), (middle - neck, bottom)], shade)


def _draw_head(
    easel: Easel, middle: float, crown: float, skin: Colour, hair: Colour
) -> None:
    unit, rng = easel.unit, easel.rng
    half = unit * 0.135
    chin = crown + unit * 0.36
    face = easel.fade(
        mix(skin, easel.palette.light, 0.25),
        skin,
        mix(skin, easel.palette.deep, 0.3),
        sideways=True,
    )
    easel.ellipse((middle - half, crown, middle + half, chin), face)
    for side in (-1, 1):
        x, y, reach = middle + side * unit * 0.075, crown + unit * 0.24, unit * 0.045
        blush = (x - reach, y - reach, x + reach, y + reach)
        easel.glow(blush, mix(skin, _ROSE, 0.5), 0.5)
    part = unit * rng.uniform(-0.07, 0.07)
    for side in (-1, 1):
        left, right = sorted((middle + side * half * 1.1, middle + part * 0.6))
        top, low = crown - unit * 0.05, crown + unit * 0.085
        easel.ellipse((left, top, right, low), mix(hair, easel.palette.light, 0.06))
