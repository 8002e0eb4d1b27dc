"""Pictures as any upstream takes them: upright, opaque, in sRGB, as JPEG."""

import io
from contextlib import AbstractContextManager

from PIL import Image

from gateway.adapters.pictures.shrinking import ANYTIME, shrink
from gateway.media.content.sniff import GLANCE_BYTES, sniff
from gateway.plugin.errors import UnsupportedMediaError

MOST_PIXELS = 4_096
"""What a side has at most; a larger picture is made smaller."""
_QUALITY = 92


def flatten(content: bytes, turn: AbstractContextManager[object] = ANYTIME) -> bytes:
    """Lay a picture onto white, of an animation the first frame.

    A large one is decoded within `turn`.

    Raises:
        UnsupportedMediaError: it is no picture, cannot be read, or is too large.
    """
    found = sniff(content[:GLANCE_BYTES])
    if found is None or found.kind != "image":
        raise UnsupportedMediaError("it is no picture")
    picture = shrink(content, MOST_PIXELS, turn).picture
    made = io.BytesIO()
    opaque = Image.new("RGB", picture.size, "white")
    opaque.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    opaque.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()
