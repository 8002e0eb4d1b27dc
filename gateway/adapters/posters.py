"""A frame of a video, where PyAV is installed (the extra `video`)."""

import io
from importlib.util import find_spec

from PIL import Image

from gateway.core.errors import UnsupportedMediaError

_MOST_PIXELS = 36_000_000
_MICROSECONDS = 1_000_000


def has_posters() -> bool:
    return find_spec("av") is not None


def to_poster(content: bytes) -> tuple[Image.Image, float | None]:
    """Give a video's first frame, and how many seconds it takes.

    Raises:
        UnsupportedMediaError: it cannot be decoded, or PyAV is not there.
        OSError, ValueError: likewise.
    """
    if not has_posters():
        raise UnsupportedMediaError("no frames of videos are drawn here")
    import av  # noqa: PLC0415  # an extra: it may not be there

    with av.open(io.BytesIO(content), mode="r") as container:
        if not container.streams.video:
            raise UnsupportedMediaError("a video without pictures")
        stream = container.streams.video[0]
        if stream.width * stream.height > _MOST_PIXELS:
            raise UnsupportedMediaError("the video has too many pixels")
        taken = container.duration
        seconds = None if taken is None else taken / _MICROSECONDS
        for frame in container.decode(stream):
            picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV's own gap
            return picture, seconds
    raise UnsupportedMediaError("a video without pictures")
