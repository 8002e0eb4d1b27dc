"""Smaller pictures and poster frames, as WebP, without what was written beside them."""

import base64
import io
from contextlib import AbstractContextManager

from PIL import Image

from gateway.adapters.pictures.shrinking import ANYTIME, Small, shrink
from gateway.adapters.pictures.thumbhash import PLACEHOLDER_PIXELS, to_thumbhash
from gateway.media.files import Content, Drawn

_QUALITY = 80


def draw(
    content: Content, most_pixels: int, turn: AbstractContextManager[object] = ANYTIME
) -> Drawn:
    """Draw a picture with sides of at most so many pixels, as WebP.

    A large one is drawn within `turn`.

    Raises:
        UnsupportedMediaError: it cannot be read, or is too large.
    """
    return _to_drawn(shrink(content, most_pixels, turn))


def _to_drawn(small: Small) -> Drawn:
    made = io.BytesIO()
    bare = Image.new(small.picture.mode, small.picture.size)
    bare.paste(small.picture)
    bare.save(made, "WEBP", quality=_QUALITY, method=2)
    width, height = small.sides
    return Drawn(
        content=made.getvalue(),
        width=width,
        height=height,
        placeholder=_to_placeholder(bare),
        duration_seconds=small.duration_seconds,
    )


def _to_placeholder(picture: Image.Image) -> str:
    tiny = picture.convert("RGBA")
    tiny.thumbnail((PLACEHOLDER_PIXELS, PLACEHOLDER_PIXELS))
    width, height = tiny.size
    return base64.b64encode(to_thumbhash(width, height, tiny.tobytes())).decode()
