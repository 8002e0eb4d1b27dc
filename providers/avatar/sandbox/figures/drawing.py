"""Puts a figure into its picture, at any size and moment of its movement."""

from io import BytesIO
from math import sin, tau
from typing import Final

from msgspec import structs
from PIL import Image

from gateway.sandbox.palettes import mix
from providers.avatar.sandbox.figures.bodies import draw_body
from providers.avatar.sandbox.figures.hair import draw_hair, draw_hair_behind
from providers.avatar.sandbox.figures.heads import draw_head
from providers.avatar.sandbox.figures.looks import Look
from providers.avatar.sandbox.figures.pen import Pen, shade
from providers.avatar.sandbox.figures.skeletons import Skeleton, to_skeleton

SIZE: Final = (768, 1024)
_MARGIN: Final = 0.5  # of a head, above and below
_LEAST_SIDE: Final = 16
_SWAY, _SWING = 14.0, 6.0


def draw_figure(look: Look, width: int = SIZE[0], *, phase: float = 0.0) -> Image.Image:
    """Draw it `width` pixels wide; `phase` goes from 0 to 1 in one movement."""
    height = max(1, round(width * SIZE[1] / SIZE[0]))
    size = (max(width, _LEAST_SIDE), max(height, _LEAST_SIDE))
    moved = _move(look, phase)
    bones = to_skeleton(moved)
    head = _to_scale(look, size)
    spare = size[1] / head - bones.height
    top = spare / 2 if look.view.is_whole else _MARGIN
    pen = Pen(size, look.background, head=head, top=head * top)
    _draw_ground(pen, look, bones)
    draw_hair_behind(pen, moved)
    draw_body(pen, moved, bones)
    draw_head(pen, moved)
    draw_hair(pen, moved)
    image = pen.finish()
    return image if size == (width, height) else image.resize((width, height))


def to_jpeg(image: Image.Image, quality: int) -> bytes:
    sink = BytesIO()
    image.save(sink, "JPEG", quality=quality)
    return sink.getvalue()


def _move(look: Look, phase: float) -> Look:
    """Turn a little and lift the arms, there and back; nothing at 0."""
    turn, stance = sin(tau * phase), look.stance
    lift = _SWING * (1 - (1 - turn**2) ** 0.5)
    return structs.replace(
        look,
        view=structs.replace(look.view, turn=look.view.turn + _SWAY * turn),
        stance=structs.replace(
            stance,
            left_arm=stance.left_arm + lift,
            right_arm=stance.right_arm + lift,
        ),
    )


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
