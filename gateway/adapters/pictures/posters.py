"""A frame of a video, where PyAV is installed (the extra `video`)."""

import io
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

from PIL import Image

from gateway.adapters.claims.claims import check_movie
from gateway.media.files import Content, Ends
from gateway.plugin.errors import UnsupportedMediaError

_MOST_PIXELS = 36_000_000
_MICROSECONDS = 1_000_000
_MOST_RATIO = 4
"""The most that a pixel is wider than high, or higher than wide: what is more is a fault."""
_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}
"""By degrees, against the clock."""
_DEMUXERS = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/matroska": "matroska",
}
_NOTHING_ELSE = {
    "protocol_whitelist": "",  # the bytes at hand, nothing that they name
    "enable_drefs": "0",  # likewise, a track of a MOV in another file
    "max_pixels": str(_MOST_PIXELS),  # of any frame, whatever its track says
}


def has_posters() -> bool:
    return find_spec("av") is not None


def to_poster(content: Content, media_type: str) -> tuple[Image.Image, float | None]:
    """Return a video's first frame, and how many seconds it takes.

    FFmpeg is told the format: by itself it takes some bytes for texts that name
    addresses, and opens them.

    Raises:
        UnsupportedMediaError: it cannot be decoded, or PyAV is not there.
        Exception: whatever FFmpeg and PyAV make of foreign bytes.
    """
    if not has_posters():
        raise UnsupportedMediaError("no frames of videos are drawn here")
    import av  # noqa: PLC0415  # an extra: it may not be there

    file = _to_file(content)
    if _DEMUXERS[media_type] != "matroska":
        check_movie(file, len(content) if isinstance(content, bytes) else content.size)
    file.seek(0)
    with av.open(
        file,
        mode="r",
        format=_DEMUXERS[media_type],
        options=_NOTHING_ELSE,
    ) as container:
        if not container.streams.video:
            raise UnsupportedMediaError("a video without pictures")
        stream = container.streams.video[0]
        if stream.width * stream.height > _MOST_PIXELS:
            raise UnsupportedMediaError("the video has too many pixels")
        stream.codec_context.options = {"max_pixels": str(_MOST_PIXELS)}
        taken = container.duration
        seconds = None if taken is None else taken / _MICROSECONDS
        for frame in container.decode(stream):
            picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV's own gap
            return _to_shown(picture, stream.sample_aspect_ratio, frame), seconds
    raise UnsupportedMediaError("a video without pictures")


def _to_shown(
    picture: Image.Image, aspect_ratio: Fraction | None, frame: Any
) -> Image.Image:
    """Stretch and turn a frame as a player does (ISO/IEC 14496-12, 8.5.2 and 12.1.4)."""
    width, height = picture.size
    ratio = aspect_ratio or 1
    if 1 < ratio <= _MOST_RATIO:
        picture = picture.resize((round(width * ratio), height))
    elif 1 / _MOST_RATIO <= ratio < 1:
        picture = picture.resize((width, round(height / ratio)))
    turn = _TURNS.get(round(frame.rotation) % 360)
    return picture if turn is None else picture.transpose(turn)


def _to_file(content: Content) -> io.BufferedIOBase | io.RawIOBase:
    return _Ends(content) if isinstance(content, Ends) else io.BytesIO(content)


class _Ends(io.RawIOBase):
    """A file to seek in, of which what lies between its ends cannot be read."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._ends.size}
        self._at = max(0, start[whence] + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        ends, at = self._ends, self._at
        tail_at = ends.size - len(ends.tail)
        if at < len(ends.head):
            rest = ends.head[at:]
        elif at >= tail_at:
            rest = ends.tail[at - tail_at :]
        else:
            raise OSError("what is wanted lies between the ends")
        part = rest if size < 0 else rest[:size]
        self._at += len(part)
        return part
