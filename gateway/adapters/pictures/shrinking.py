"""Pictures and frames of videos, decoded and made smaller, upright, in sRGB.

Whatever is decoded is refused first if it would take too much: by its bytes, by the
pixels that it says it has, and by its format. Nothing is trusted beyond its picture.
"""

import io
import warnings
from contextlib import AbstractContextManager, ExitStack, nullcontext

from msgspec import Struct
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from gateway.adapters.claims.claims import check_avif, check_tiles
from gateway.adapters.claims.scans import count_scans
from gateway.adapters.pictures.colours import keeps_inks, to_mode, to_srgb
from gateway.adapters.pictures.posters import to_poster
from gateway.adapters.pictures.reducing import reduce
from gateway.media.content.sniff import GLANCE_BYTES, sniff
from gateway.media.files import Content, Ends
from gateway.plugin.errors import UnsupportedMediaError

MOST_PIXELS = 100_000_000
_LARGE_PIXELS = 25_000_000
"""From here on one of an account is drawn at a time."""
_HELD_OFTEN = frozenset({"WEBP", "AVIF"})
"""Their decoders take up to 18 bytes for a pixel, where others take four."""
_MOST_SCANS = 100
_JPEG = b"\xff\xd8\xff"
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
ANYTIME = nullcontext()
_ORIENTATION = 0x0112
_TILE = 322, 323
"""TileWidth and TileLength (TIFF 6.0, section 15)."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by its orientation (Exif 2.32, 4.6.4)."""
_ON_THEIR_SIDE = frozenset(_TURNS[orientation] for orientation in (5, 6, 7, 8))


class Small(Struct, frozen=True, kw_only=True):
    """A picture made smaller and upright, and the sides that it had, upright too."""

    picture: Image.Image
    sides: tuple[int, int]
    duration_seconds: float | None


def shrink(
    content: Content, most_pixels: int, turn: AbstractContextManager[object] = ANYTIME
) -> Small:
    """Decode a picture, and make its sides no longer than so many pixels.

    A large one is decoded within `turn`.

    Raises:
        UnsupportedMediaError: it cannot be read, or is too large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _shrink(content, most_pixels, turn)
    except UnsupportedMediaError:
        raise
    # Foreign decoders at foreign bytes: what they raise is in no list of theirs.
    except Exception as error:
        raise UnsupportedMediaError("the picture cannot be decoded") from error


def _shrink(
    content: Content, most_pixels: int, turn: AbstractContextManager[object]
) -> Small:
    head = content.head if isinstance(content, Ends) else content
    found, duration_seconds = sniff(head[:GLANCE_BYTES]), None
    if found is not None and found.kind == "video":
        first, duration_seconds = to_poster(content, found.media_type)
    elif isinstance(content, Ends):
        raise UnsupportedMediaError("a picture is drawn from the whole of it")
    else:
        first = _open(content)
    with ExitStack() as stack, first as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS:
            raise UnsupportedMediaError("the picture has too many pixels")
        if width * height > _LARGE_PIXELS:
            if opened.format in _HELD_OFTEN:
                raise UnsupportedMediaError("the picture takes too much memory")
            stack.enter_context(turn)
        if isinstance(opened, TiffImageFile):
            opened.load()  # which turns it upright by itself
            width, height = opened.size
        turned = _TURNS.get(_to_orientation(opened))
        opened.draft("RGB", (most_pixels * 2, most_pixels * 2))
        profile = opened.info.get("icc_profile")
        small = _to_plain(opened, most_pixels)
        small.thumbnail((most_pixels, most_pixels), reducing_gap=2.0)
        small.load()
        small = to_srgb(small, profile)
    return Small(
        picture=small if turned is None else small.transpose(turned),
        sides=(height, width) if turned in _ON_THEIR_SIDE else (width, height),
        duration_seconds=duration_seconds,
    )


def _open(content: bytes) -> Image.Image:
    is_jpeg = content.startswith(_JPEG)  # by its bytes: Pillow has several names for it
    if is_jpeg and count_scans(content, _MOST_SCANS) > _MOST_SCANS:
        raise UnsupportedMediaError("the picture has too many scans")
    if content[4:8] == b"ftyp":
        check_avif(content)
    picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    if isinstance(picture, TiffImageFile):
        width, height = (picture.tag_v2.get(tag, 0) for tag in _TILE)
        check_tiles(picture.size, (int(width), int(height)))
    return picture


def _to_orientation(picture: Image.Image) -> int:
    """Read how the camera was held (Exif); metadata that cannot be read says nothing."""
    # Foreign bytes once more; a picture is not refused for what is written beside it.
    try:
        orientation = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001
        return 1
    return orientation if isinstance(orientation, int) else 1


def _to_plain(picture: Image.Image, most_pixels: int) -> Image.Image:
    """Take the first frame, in colours that WebP has."""
    picture.seek(0)
    has_alpha = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    wanted = "RGBA" if has_alpha else "RGB"
    if picture.width * picture.height > _LARGE_PIXELS:
        return reduce(picture, most_pixels, wanted)
    if picture.mode == wanted or keeps_inks(picture):
        return picture
    return to_mode(picture, wanted)
