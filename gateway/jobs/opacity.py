"""Which pictures cannot be saved as JPEG as they are, by their headers alone.

An upstream that does just that, with Pillow, fails at transparency, palettes and
sixteen bits of grey.
"""

from gateway.media.content.sniff import GLANCE_BYTES, sniff

_GREY_TYPE, _COLOUR_TYPE = 0, 2
"""PNG's colour types without alpha or palette (PNG, 11.2.1)."""
_WORD_BITS = 16
_ALPHA, _ANIMATED = 0x10, 0x02
"""Of a VP8X chunk's flags (RFC 9649, 2.7)."""
_LOSSLESS_ALPHA = 0x10
"""Of the fourth byte behind a VP8L chunk's signature (RFC 9649, 3.4)."""


def needs_flattening(content: bytes) -> bool:
    """Return whether a JPEG, PNG or WebP is to be flattened to be a JPEG.

    It is, too, where the header makes no sense: then flattening tells.
    """
    found = sniff(content[:GLANCE_BYTES])
    match None if found is None else found.media_type:
        case "image/png":
            return _is_png_to_flatten(content)
        case "image/webp":
            return _is_webp_to_flatten(content)
        case _:
            return False


def _is_png_to_flatten(content: bytes) -> bool:
    """The header comes first: depth and colour type are its ninth and tenth byte."""
    if content[12:16] != b"IHDR" or len(content) < 26:  # noqa: PLR2004  up to there
        return True
    depth, colour_type = content[24], content[25]
    if colour_type == _GREY_TYPE:
        return depth == _WORD_BITS
    return colour_type != _COLOUR_TYPE


def _is_webp_to_flatten(content: bytes) -> bool:
    match content[12:16]:
        case b"VP8 ":
            return False
        case b"VP8L":
            return bool(_to_byte(content, 24) & _LOSSLESS_ALPHA)
        case b"VP8X":
            return bool(_to_byte(content, 20) & (_ALPHA | _ANIMATED))
        case _:
            return True


def _to_byte(content: bytes, at: int) -> int:
    """Return a byte; one that is missing has every bit."""
    return content[at] if at < len(content) else 0xFF
