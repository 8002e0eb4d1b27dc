"""What every scene is painted with: smooth gradients, soft light, clean edges."""

from collections.abc import Callable, Sequence
from math import sin, tau
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw

from gateway.sandbox.painting.palettes import Colour, Palette, mix

_SCALE: Final = 2  # masks are drawn this much larger, then reduced
Point = tuple[float, float]
Box = tuple[float, float, float, float]


class Easel:
    """A picture in the making; lengths are shares of its shorter side's `unit`."""

    def __init__(
        self, size: tuple[int, int], palette: Palette, rng: Random, phase: float = 0.0
    ) -> None:
        self.width, self.height = size
        self.unit = min(size)
        self.palette = palette
        self.rng = rng
        self.phase = phase
        self.image = Image.new("RGB", size, palette.deep)

    def mesh(self, colours: Sequence[Colour], columns: int = 3, rows: int = 3) -> None:
        """Cover all with a few colours that flow into one another."""
        picks = [self.rng.choice(colours) for _ in range(columns * rows)]
        grid = Image.new("RGB", (columns, rows))
        grid.putdata(picks)
        self.image = grid.resize(self.image.size, Image.Resampling.BICUBIC)

    def fade(self, *colours: Colour, sideways: bool = False) -> Image.Image:
        """A picture-wide gradient through `colours`, top to bottom."""
        shape = (len(colours), 1) if sideways else (1, len(colours))
        strip = Image.new("RGB", shape)
        strip.putdata(colours)
        return strip.resize(self.image.size, Image.Resampling.BICUBIC)

    def mask(self, draw: Callable[[ImageDraw.ImageDraw, float], None]) -> Image.Image:
        """A mask with smooth edges; `draw` multiplies its lengths by the scale."""
        large = Image.new("L", (self.width * _SCALE, self.height * _SCALE))
        draw(ImageDraw.Draw(large), _SCALE)
        return large.reduce(_SCALE)

    def fill(
        self, mask: Image.Image, paint: Colour | Image.Image, opacity: float = 1.0
    ) -> None:
        if opacity < 1:
            mask = mask.point([round(level * opacity) for level in range(256)])
        self.image.paste(paint, (0, 0, *self.image.size), mask)

    def polygon(
        self, points: Sequence[Point], paint: Colour | Image.Image, opacity: float = 1.0
    ) -> None:
        def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
            pen.polygon([(x * scale, y * scale) for x, y in points], fill=255)

        self.fill(self.mask(draw), paint, opacity)

    def ellipse(
        self, box: Box, paint: Colour | Image.Image, opacity: float = 1.0
    ) -> None:
        def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
            pen.ellipse([edge * scale for edge in box], fill=255)

        self.fill(self.mask(draw), paint, opacity)

    def glow(self, box: Box, colour: Colour, opacity: float) -> None:
        """Light (or with a dark colour, shadow) that fades out to the box's edge."""
        left, top, right, bottom = (round(edge) for edge in box)
        size = (max(right - left, 1), max(bottom - top, 1))
        levels = [round(max(0, 255 - level * 1.41) * opacity) for level in range(256)]
        spot = Image.radial_gradient("L").point(levels)
        self.image.paste(colour, (left, top), spot.resize(size))

    def ball(self, centre: Point, radius: float, colour: Colour) -> None:
        """A glossy sphere lit from the upper left."""
        side = max(2, round(radius * 2))
        light, deep = self.palette.light, self.palette.deep
        shade = ImageChops.offset(Image.radial_gradient("L"), -38, -46)
        bright = Image.new("RGB", (256, 256), mix(colour, light, 0.45))
        dark = Image.new("RGB", (256, 256), mix(colour, deep, 0.62))
        curve = [min(255, round(level * 1.15)) for level in range(256)]
        skin = Image.composite(dark, bright, shade.point(curve))
        gleam = Image.radial_gradient("L").point(
            [max(0, 230 - level * 2) for level in range(256)]
        )
        skin.paste(light, (54, 40), gleam.resize((84, 72)))
        disc = Image.new("L", (512, 512))
        ImageDraw.Draw(disc).ellipse((2, 2, 509, 509), fill=255)
        corner = (round(centre[0] - side / 2), round(centre[1] - side / 2))
        self.image.paste(
            skin.resize((side, side)),
            corner,
            disc.resize((side, side), Image.Resampling.LANCZOS),
        )

    def wave(self, base: float, height: float, periods: float) -> list[Point]:
        """Points of a gentle line from side to side; it drifts with the phase."""
        start, second = self.rng.random(), self.rng.random()
        span = max(8, self.width // 12)
        line = []
        for step in range(span + 1):
            across = step / span
            turn = tau * (across * periods + start + self.phase)
            over = tau * (across * periods * 0.5 + second - self.phase)
            rise = height * (sin(turn) * 0.6 + sin(over) * 0.4)
            line.append((across * self.width, base + rise))
        return line
