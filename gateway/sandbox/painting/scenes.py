"""The motifs of the sandboxes' pictures; each paints one easel."""

from collections.abc import Callable, Sequence
from itertools import product
from math import ceil, cos, sin, tau
from typing import Final

from PIL import Image, ImageDraw

from gateway.sandbox.painting.easel import Easel, Point
from gateway.sandbox.painting.palettes import Colour, mix

Scene = Callable[[Easel], None]
# the corner a quarter circle is drawn around, and the angle it starts at
_CORNERS: Final = (((0, 0), 0), ((1, 0), 90), ((1, 1), 180), ((0, 1), 270))
_WHOLE_DISCS: Final = 0.25


def dunes(easel: Easel) -> None:
    """Layered hills under a low sun."""
    palette, rng, unit = easel.palette, easel.rng, easel.unit
    easel.image = easel.fade(palette.cool, palette.bright, palette.light)
    x, y = easel.width * rng.uniform(0.25, 0.75), easel.height * rng.uniform(0.22, 0.4)
    radius = unit * rng.uniform(0.08, 0.14)
    reach = radius * 4.5
    easel.glow((x - reach, y - reach, x + reach, y + reach), palette.light, 0.8)
    easel.ellipse((x - radius, y - radius, x + radius, y + radius), palette.light)
    layers = rng.randint(4, 6)
    for layer in range(layers):
        near = layer / (layers - 1)
        base = easel.height * (0.46 + 0.44 * near)
        line = easel.wave(base, unit * (0.05 + 0.05 * near), rng.choice((1, 2)))
        ground = [*line, (easel.width, easel.height), (0.0, easel.height)]
        crest = mix(palette.bright, palette.cool, near * 1.15)
        foot = mix(palette.warm, palette.deep, 0.25 + 0.75 * near)
        easel.polygon(ground, easel.fade(crest, crest, foot, foot), 0.96)


def orbs(easel: Easel) -> None:
    """Glossy spheres afloat in soft colour."""
    palette, rng, unit = easel.palette, easel.rng, easel.unit
    easel.mesh((palette.deep, palette.cool, mix(palette.warm, palette.deep, 0.35)))
    count = rng.randint(5, 8)
    for rank in range(count):
        radius = unit * (0.05 + 0.2 * ((rank + 1) / count) ** 2)
        bob = sin(tau * (easel.phase + rank / count)) * unit * 0.03
        x = easel.width * rng.uniform(0.12, 0.88)
        y = easel.height * rng.uniform(0.14, 0.8) + bob
        shadow = (x - radius, y + radius * 0.3, x + radius * 1.7, y + radius * 1.7)
        easel.glow(shadow, (0, 0, 0), 0.32)
        easel.ball((x, y), radius, rng.choice(palette.body))


def ribbons(easel: Easel) -> None:
    """Silk that flows from side to side."""
    palette, rng, unit = easel.palette, easel.rng, easel.unit
    easel.image = easel.fade(palette.deep, mix(palette.deep, palette.cool, 0.6))
    bands = rng.randint(7, 10)
    for band in range(bands):
        base = easel.height * (0.1 + 0.8 * band / bands)
        upper = easel.wave(base, unit * 0.13, 1)
        lower = easel.wave(base + unit * rng.uniform(0.1, 0.24), unit * 0.1, 1)
        first, second = rng.sample(palette.all[1:], 2)
        silk = easel.fade(first, second, first, sideways=True)
        easel.polygon([*upper, *reversed(lower)], silk, 0.62)


def facets(easel: Easel) -> None:
    """Cut glass: triangles that take their colours from a gradient below."""
    palette, rng = easel.palette, easel.rng
    easel.mesh(palette.all, 3, 3)
    columns, rows = 9, max(5, round(9 * easel.height / easel.width))
    turn = tau * easel.phase

    def corner(column: int, row: int) -> Point:
        push, way = rng.uniform(0.1, 0.36), rng.random() * tau + turn
        edge = column in {0, columns} or row in {0, rows}
        across = column + (0 if edge else cos(way) * push)
        down = row + (0 if edge else sin(way) * push)
        return across / columns * easel.width, down / rows * easel.height

    grid = [[corner(c, r) for c in range(columns + 1)] for r in range(rows + 1)]
    large = Image.new("RGB", (easel.width * 2, easel.height * 2))
    pen = ImageDraw.Draw(large)
    for row, column in product(range(rows), range(columns)):
        a, b = grid[row][column : column + 2]
        d, c = grid[row + 1][column : column + 2]
        for facet in ((a, b, c), (a, c, d)):
            tint = rng.choice((palette.light, palette.deep))
            colour = mix(_colour_under(easel, facet), tint, rng.uniform(0, 0.2))
            pen.polygon([(x * 2, y * 2) for x, y in facet], fill=colour)
    easel.image = large.reduce(2)


def _colour_under(easel: Easel, facet: Sequence[Point]) -> Colour:
    x, y = (sum(point[axis] for point in facet) / len(facet) for axis in (0, 1))
    spot = easel.image.getpixel((int(x), int(y)))
    return spot[:3] if isinstance(spot, tuple) else easel.palette.warm  # type: ignore[return-value]  # RGB has three


def tiles(easel: Easel) -> None:
    """A quilt of quarter circles and rings."""
    palette, rng = easel.palette, easel.rng
    side = ceil(easel.width / round(easel.width * 4 / easel.unit))
    large = Image.new("RGB", (easel.width * 2, easel.height * 2), palette.light)
    pen = ImageDraw.Draw(large)
    for top in range(0, easel.height, side):
        for left in range(0, easel.width, side):
            ground, figure, heart = rng.sample(palette.all, 3)
            x, y, span = left * 2, top * 2, side * 2
            pen.rectangle((x, y, x + span, y + span), fill=ground)
            (right, low), start = rng.choice(_CORNERS)
            middle, reach = (x + right * span, y + low * span), float(span)
            end = start + 90
            if rng.random() < _WHOLE_DISCS:
                middle, reach, end = (x + side, y + side), side * 0.9, start + 360
            for colour, share in ((figure, 1.0), (heart, 0.5)):
                half = reach * share
                box = (middle[0] - half, middle[1] - half)
                pen.pieslice(
                    (*box, middle[0] + half, middle[1] + half), start, end, fill=colour
                )
    easel.image = large.reduce(2)


def studio(easel: Easel) -> None:
    """Solids on a plinth, as a three-dimensional model is shown."""
    palette, rng, unit = easel.palette, easel.rng, easel.unit
    wall = mix(palette.cool, palette.deep, 0.35)
    easel.image = easel.fade(palette.deep, wall, mix(palette.warm, palette.light, 0.2))
    middle, floor = easel.width / 2, easel.height * 0.8
    reach = unit * 0.55
    halo = (middle - reach, floor - reach * 1.9, middle + reach, floor)
    easel.glow(halo, palette.light, 0.45)
    half, tall, flat = unit * rng.uniform(0.22, 0.3), unit * 0.16, unit * 0.06
    shadow = (middle - half * 1.7, floor - flat, middle + half * 2, floor + flat * 3)
    easel.glow(shadow, (0, 0, 0), 0.5)
    stone = mix(palette.warm, palette.light, 0.5)
    side = easel.fade(stone, stone, mix(stone, palette.deep, 0.75), sideways=True)
    easel.ellipse((middle - half, floor - flat, middle + half, floor + flat), side)
    top = floor - tall
    corners = (middle - half, floor), (middle + half, floor)
    easel.polygon([*corners, (middle + half, top), (middle - half, top)], side)
    lid = (middle - half, top - flat, middle + half, top + flat)
    easel.ellipse(lid, mix(stone, palette.light, 0.55))
    foot, radius = top, half * rng.uniform(0.62, 0.78)
    for _ in range(rng.randint(1, 3)):
        sway = sin(tau * (easel.phase + rng.random())) * unit * 0.012
        dark = (middle - radius, foot - radius * 0.3, middle + radius, foot + flat)
        easel.glow(dark, palette.deep, 0.55)
        easel.ball((middle + sway, foot - radius), radius, rng.choice(palette.body))
        foot -= radius * 1.86
        radius *= rng.uniform(0.55, 0.72)


SCENES: Final[tuple[Scene, ...]] = (dunes, orbs, ribbons, facets, tiles, studio)
