"""Puts a figure into its picture, at any size."""

from io import BytesIO
from typing import Final

from PIL import Image

from gateway.sandbox.painting.palettes import mix
from providers.avatar.sandbox.figures.bodies import draw_body
from providers.avatar.sandbox.figures.hair import draw_hair, draw_hair_behind
from providers.avatar.sandbox.figures.heads import draw_head
from providers.avatar.sandbox.figures.looks import Look
from providers.avatar.sandbox.figures.pen import Pen, shade
from providers.avatar.sandbox.figures.skeletons import Skeleton, to_skeleton

SIZE: Final = (768, 1024)
_MARGIN: Final = 0.5  # of a head, above and below
_LEAST_SIDE: Final = 16


def draw_figure(look: Look, width: int = SIZE[0]) -> Image.Image:
    """Draw it `width` pixels wide."""
    height = max(1, round(width * SIZE[1] / SIZE[0]))
    size = (max(width, _LEAST_SIDE), max(height, _LEAST_SIDE))
    bones = to_skeleton(look)
    head = _to_scale(look, size)
    spare = size[1] / head - bones.height
    top = spare / 2 if look.view.is_whole else _MARGIN
    pen = Pen(size, look.background, head=head, top=head * top)
    _draw_ground(pen, look, bones)
    draw_hair_behind(pen, look)
    draw_body(pen, look, bones)
    draw_head(pen, look)
    draw_hair(pen, look)
    image = pen.finish()
    return image if size == (width, height) else image.resize((width, height))


def to_jpeg(image: Image.Image, quality: int) -> bytes:
    sink = BytesIO()
    image.save(sink, "JPEG", quality=quality)
    return sink.getvalue()


def _to_scale(look: Look, size: tuple[int, int]) -> float:
    """Pixels of a head, so that all fits that the camera is to see."""
    width, height = size
    if not look.view.is_whole:
        return height / (look.view.heads + _MARGIN)
    bones = to_skeleton(look)
    return min(height / (bones.height + 2 * _MARGIN), width / (2 * bones.reach))


def _draw_ground(pen: Pen, look: Look, bones: Skeleton) -> None:
    """A disc of light behind the figure, and its shadow on the floor."""
    pen.ellipse((0, 2.6), (2.7, 2.7), mix(look.background, (255, 255, 255), 0.32))
    floor = bones.height - 0.12
    pen.ellipse((0, floor), (1.5, 0.2), shade(look.background, 0.22))
