"""Pictures made from a key: the same key gives the same bytes, on any machine."""

import io
from collections.abc import Sequence
from random import Random
from typing import Final, Literal

from msgspec import Struct
from PIL import Image

from gateway.sandbox.painting.easel import Easel
from gateway.sandbox.painting.palettes import choose_palette
from gateway.sandbox.painting.portraits import portrait
from gateway.sandbox.painting.scenes import SCENES, Scene

Format = Literal["JPEG", "PNG"]
_THUMBNAIL_SIDE: Final = 256
_ANIMATION_STEPS: Final = 8
_SIZES: Final = (
    (1024, 1024),
    (768, 1024),
    (1024, 768),
    (640, 960),
    (960, 640),
    (1024, 576),
    (720, 900),
    (640, 640),
)


class Motif(Struct, frozen=True, kw_only=True):
    """What a sandbox shows: the scenes to choose from and the sizes they come in."""

    scenes: Sequence[Scene]
    sizes: Sequence[tuple[int, int]] = _SIZES


SHAPES: Final = Motif(scenes=SCENES)
PEOPLE: Final = Motif(
    scenes=(portrait,), sizes=((768, 1024), (640, 960), (720, 900), (768, 768))
)
FACES: Final = Motif(scenes=(portrait,), sizes=((256, 256),))


def paint(
    key: str, motif: Motif, *, within: int | None = None, phase: float = 0.0
) -> Image.Image:
    """Paint the picture of `key`; `within` bounds its longer side in pixels."""
    rng = Random(key)  # noqa: S311  it only has to be repeatable
    palette, scene = choose_palette(rng), rng.choice(motif.scenes)
    width, height = rng.choice(motif.sizes)
    if within is not None:
        shrink = within / max(width, height, within)
        width, height = round(width * shrink), round(height * shrink)
    easel = Easel((width, height), palette, rng, phase)
    scene(easel)
    reach = easel.unit
    easel.glow((-reach, -reach, reach, reach), palette.light, 0.22)
    return easel.image


def draw_picture(key: str, motif: Motif, kind: Format) -> bytes:
    return _encode(paint(key, motif), kind)


def draw_thumbnail(key: str, motif: Motif, side: int = _THUMBNAIL_SIDE) -> bytes:
    """The same picture within `side` pixels, as JPEG."""
    return _encode(paint(key, motif, within=side), "JPEG")


def draw_animation(key: str, motif: Motif, side: int = _THUMBNAIL_SIDE) -> bytes:
    """One turn of the picture's scene within `side` pixels, as WebP that loops."""
    turn = [
        paint(key, motif, within=side, phase=step / _ANIMATION_STEPS)
        for step in range(_ANIMATION_STEPS)
    ]
    sink = io.BytesIO()
    turn[0].save(sink, "WEBP", save_all=True, append_images=turn[1:], duration=125)
    return sink.getvalue()


def _encode(image: Image.Image, kind: Format) -> bytes:
    sink = io.BytesIO()
    if kind == "PNG":
        image.save(sink, "PNG", compress_level=3)
    else:
        image.save(sink, "JPEG", quality=85)
    return sink.getvalue()
