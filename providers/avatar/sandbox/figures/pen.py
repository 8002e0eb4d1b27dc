"""Draws smooth, lightly shaded shapes in lengths of a head."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import hypot
from typing import Final

from PIL import Image, ImageDraw

from gateway.sandbox.painting.palettes import Colour, mix

Point = tuple[float, float]
Level = tuple[float, float]
Bead = tuple[Point, float]
_SCALE: Final = 2  # drawn this much larger, then reduced
_STEPS: Final = 6
_NIGHT: Final = (30, 26, 48)
_SHADE: Final = 0.2
_SLIP, _THIN = 0.16, 0.82  # the lit part of a limb: aside by, and as wide as


def shade(colour: Colour, share: float = _SHADE) -> Colour:
    return mix(colour, _NIGHT, share)


class Pen:
    """The middle of the picture's width is x = 0; y grows downwards from `top`."""

    def __init__(
        self, size: tuple[int, int], ground: Colour, *, head: float, top: float
    ) -> None:
        """`head` and `top` are in pixels."""
        width, height = size
        self._image = Image.new("RGB", (width * _SCALE, height * _SCALE), ground)
        self._draw = ImageDraw.Draw(self._image)
        self._unit = head * _SCALE
        self._middle, self._top = width * _SCALE / 2, top * _SCALE

    def finish(self) -> Image.Image:
        return self._image.reduce(_SCALE)

    def _at(self, point: Point) -> Point:
        x, y = point
        return self._middle + x * self._unit, self._top + y * self._unit

    def ellipse(self, centre: Point, half: Point, colour: Colour) -> None:
        (x, y), (across, down) = self._at(centre), half
        across, down = across * self._unit, down * self._unit
        self._draw.ellipse((x - across, y - down, x + across, y + down), fill=colour)

    def arc(self, centre: Point, half: Point, span: Point, colour: Colour) -> None:
        """A line along an ellipse, `span` in degrees, clockwise from the right."""
        (x, y), (across, down) = self._at(centre), half
        across, down = across * self._unit, down * self._unit
        box = (x - across, y - down, x + across, y + down)
        width = max(1, round(0.035 * self._unit))
        self._draw.arc(box, *span, fill=colour, width=width)

    def line(self, first: Point, last: Point, colour: Colour, width: float) -> None:
        pixels = max(1, round(width * self._unit))
        ends = [self._at(first), self._at(last)]
        self._draw.line(ends, fill=colour, width=pixels)

    def blob(self, points: Sequence[Point], colour: Colour) -> None:
        """A closed shape whose outline goes smoothly through the points."""
        self._fill(_smooth(points, points[-1], points[0], points[1]), colour)

    def column(self, levels: Sequence[Level], colour: Colour, x: float = 0.0) -> None:
        """A body around an upright line: half its width at each height, lit."""
        edge = [(half, y) for y, half in levels]
        edge = _smooth(edge[:-1], edge[0], edge[-1], edge[-1])
        left = [(x - half, y) for half, y in reversed(edge)]
        for share, told in ((1.0, shade(colour)), (0.7, colour)):
            self._fill([*((x + half * share, y) for half, y in edge), *left], told)

    def limb(
        self, joints: Sequence[Point], halves: Sequence[float], colour: Colour
    ) -> None:
        """A round-ended limb, half as wide as told at each joint, lit."""
        self._string(joints, halves, shade(colour))
        lit = [
            (x - half * _SLIP, y) for (x, y), half in zip(joints, halves, strict=True)
        ]
        self._string(lit, [half * _THIN for half in halves], colour)

    def _string(
        self, joints: Sequence[Point], halves: Sequence[float], colour: Colour
    ) -> None:
        beads = list(zip(joints, halves, strict=True))
        for first, last in pairwise(beads):
            self._fill(_to_taper(first, last), colour)
        for point, half in beads:
            self.ellipse(point, (half, half), colour)

    def _fill(self, points: Iterable[Point], colour: Colour) -> None:
        self._draw.polygon([self._at(point) for point in points], fill=colour)


def _to_taper(first: Bead, last: Bead) -> list[Point]:
    (start, wide), (end, narrow) = first, last
    across, down = end[0] - start[0], end[1] - start[1]
    length = hypot(across, down) or 1.0
    x, y = -down / length, across / length
    return [
        (start[0] + x * wide, start[1] + y * wide),
        (start[0] - x * wide, start[1] - y * wide),
        (end[0] - x * narrow, end[1] - y * narrow),
        (end[0] + x * narrow, end[1] + y * narrow),
    ]


def _smooth(
    points: Sequence[Point], before: Point, behind: Point, last: Point
) -> list[Point]:
    """Points of the Catmull-Rom curve from the first one to `behind`."""
    knots = [before, *points, behind, last]
    found = [
        _between(knots[place : place + 4], step / _STEPS)
        for place in range(len(points))
        for step in range(_STEPS)
    ]
    return [*found, behind]


def _between(knots: Sequence[Point], share: float) -> Point:
    square, cube = share**2, share**3
    weights = (
        (2 * square - share - cube) / 2,
        (2 - 5 * square + 3 * cube) / 2,
        (share + 4 * square - 3 * cube) / 2,
        (cube - square) / 2,
    )
    told = list(zip(weights, knots, strict=True))
    x, y = (sum(weight * knot[axis] for weight, knot in told) for axis in (0, 1))
    return x, y
