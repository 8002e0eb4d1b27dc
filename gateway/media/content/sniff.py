"""What bytes are, by how they begin: pictures, videos and known model formats alone.

Text formats are never told from others by their beginning, so SVG, HTML, OBJ and the
like are nothing here.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from gateway.plugin.model import Kind

GLANCE_BYTES = 512
"""So many bytes are enough to tell."""


class Format(Struct, frozen=True):
    kind: Kind
    media_type: str
    suffix: str


_JPEG = Format("image", "image/jpeg", ".jpg")
_PNG = Format("image", "image/png", ".png")
_GIF = Format("image", "image/gif", ".gif")
_BMP = Format("image", "image/bmp", ".bmp")
_TIFF = Format("image", "image/tiff", ".tif")
WEBP = Format("image", "image/webp", ".webp")
_AVIF = Format("image", "image/avif", ".avif")
_HEIC = Format("image", "image/heic", ".heic")
_MP4 = Format("video", "video/mp4", ".mp4")
_MOV = Format("video", "video/quicktime", ".mov")
_WEBM = Format("video", "video/webm", ".webm")
_MKV = Format("video", "video/matroska", ".mkv")
_GLB = Format("model", "model/gltf-binary", ".glb")
_FBX = Format("model", "application/octet-stream", ".fbx")
_PLY = Format("model", "application/octet-stream", ".ply")
_USDZ = Format("model", "model/vnd.usdz+zip", ".usdz")
_USDC = Format("model", "model/vnd.usd", ".usdc")
_KINDS: Mapping[str, Kind] = {
    known.media_type: known.kind
    for known in (
        *(_JPEG, _PNG, _GIF, _BMP, _TIFF, WEBP, _AVIF, _HEIC),
        *(_MP4, _MOV, _WEBM, _MKV),
        *(_GLB, _FBX, _USDZ, _USDC),
    )
}

_PREFIXES: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", _JPEG),
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"II*\x00", _TIFF),
    (b"MM\x00*", _TIFF),
    (b"glTF\x02\x00\x00\x00", _GLB),
    (b"Kaydara FBX Binary  \x00", _FBX),
    (b"ply\nformat ", _PLY),
    (b"ply\r\nformat ", _PLY),
    (b"PXR-USDC", _USDC),
)
_BRANDS: dict[bytes, Format] = {
    b"avif": _AVIF,
    b"avis": _AVIF,
    b"heic": _HEIC,
    b"heix": _HEIC,
    b"hevc": _HEIC,
    b"hevx": _HEIC,
    b"qt  ": _MOV,
}
_OF_MANY: dict[bytes, Format] = {b"mif1": _HEIC, b"msf1": _HEIC, b"miaf": _HEIC}
"""What may hold pictures of several kinds: the compatible brands tell which."""
_VIDEO_BRANDS = (
    *(b"iso", b"mp4", b"avc1", b"M4V", b"dash", b"MSNV", b"3gp", b"3g2", b"f4v"),
    *(b"cmf", b"XAVC", b"hvc1", b"hev1", b"piff", b"dby1", b"mmp4"),
)
_SOUND_BRANDS = (b"M4A", b"M4B", b"M4P", b"F4A", b"F4B")
_MATROSKA = re.compile(
    # An EBML header, and in it a DocType with its length.
    rb"\x1aE\xdf\xa3.{1,72}?B\x82(?:[\x84-\xbf]|\x01\x00{6}.)(webm|matroska)",
    re.DOTALL,
)
_ZIP = b"PK\x03\x04"
_ZIP_NAME_AT = 30
_BMP_HEADERS = frozenset({12, 40, 52, 56, 108, 124})


def sniff(head: bytes) -> Format | None:
    """Return the format of what begins so; None for anything else."""
    for prefix, found in _PREFIXES:
        if head.startswith(prefix):
            return found
    if head[4:8] == b"ftyp":
        return _sniff_brands(head)
    if document := _MATROSKA.match(head):
        return _WEBM if document[1] == b"webm" else _MKV
    return _sniff_zip(head) if head[:4] == _ZIP else _sniff_picture(head)


def _sniff_picture(head: bytes) -> Format | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    is_bitmap = int.from_bytes(head[14:18], "little") in _BMP_HEADERS
    return _BMP if head[:2] == b"BM" and is_bitmap else None


def _sniff_brands(head: bytes) -> Format | None:
    """Go by the major brand, and where that is not enough by those it is compatible with.

    ISO/IEC 14496-12, 4.3: the box's length, its type, major brand, version, brands.
    """
    end = int.from_bytes(head[:4], "big")
    major = head[8:12]
    others = [head[at : at + 4] for at in range(16, min(end, len(head)) - 3, 4)]
    if major in _BRANDS:
        return _BRANDS[major]
    if major.startswith(_VIDEO_BRANDS):
        return _MP4
    if major.startswith(_SOUND_BRANDS):
        return None
    named = (_BRANDS[brand] for brand in others if brand in _BRANDS)
    if found := next(named, _OF_MANY.get(major)):
        return found
    return _MP4 if any(brand.startswith(_VIDEO_BRANDS) for brand in others) else None


def _sniff_zip(head: bytes) -> Format | None:
    """A USDZ is a ZIP, uncompressed, whose first file is a USD."""
    length = int.from_bytes(head[26:28], "little")
    name = head[_ZIP_NAME_AT : _ZIP_NAME_AT + length].lower()
    is_stored = head[8:10] == b"\x00\x00"
    return _USDZ if is_stored and name.endswith((b".usd", b".usda", b".usdc")) else None


def to_kind(media_type: str | None) -> Kind | None:
    """Return what files of a media type are; None: it is none that is served."""
    return _KINDS.get(media_type or "")
