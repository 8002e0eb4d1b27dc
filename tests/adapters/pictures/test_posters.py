"""Frames of large videos, of which only the ends are at hand."""

import io
import os
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from gateway.adapters.pictures.images import draw
from gateway.adapters.pictures.posters import to_poster
from gateway.media.files import Content, Ends
from gateway.plugin.errors import UnsupportedMediaError
from gateway.sandbox.media import read_clip
from tests.stack.films import SECONDS, make_film

END_BYTES = 2**20
SESSION = b"""
c=IN IP4 127.0.0.1
m=video 5014 RTP/AVP 96
a=rtpmap:96 H264/90000
"""
"""A text that FFmpeg knows, and listens for what it announces."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A film of some 30 MB, red at first, with its index at the end."""
    path: Path = tmp_path_factory.mktemp("film") / "film.mp4"
    make_film(path)
    return path.read_bytes()


def to_ends(content: bytes, size: int = END_BYTES) -> Ends:
    return Ends(size=len(content), head=content[:size], tail=content[-size:])


def is_red(content: bytes) -> bool:
    red, _, blue = ImageStat.Stat(Image.open(io.BytesIO(content)).convert("RGB")).mean
    return red > blue


def test_a_poster_is_drawn_from_the_ends_as_from_the_whole(film: bytes) -> None:
    whole, ends = draw(film, 480), draw(to_ends(film), 480)

    assert is_red(ends.content)
    assert ends == whole
    assert (ends.width, ends.height) == (640, 360)
    assert ends.duration_seconds == SECONDS


@pytest.mark.parametrize(
    "content",
    [
        Ends(size=30_000_000, head=b"\x00\x00\x00\x20ftypisom" + bytes(100), tail=b"x"),
        Ends(size=30_000_000, head=b"\xff\xd8\xff\xe0" + bytes(100), tail=b"\xff\xd9"),
        Ends(size=100, head=b"", tail=b""),
    ],
)
def test_ends_that_no_frame_can_be_had_of_are_refused(content: Content) -> None:
    with pytest.raises(UnsupportedMediaError):
        draw(content, 480)


def test_ends_without_the_index_are_refused(film: bytes) -> None:
    ends = Ends(size=len(film), head=film[:END_BYTES], tail=film[-100:])

    with pytest.raises(UnsupportedMediaError):
        draw(ends, 480)


def open_sockets() -> set[str]:
    found = set()
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208  # links, not files
        try:
            found.add(os.readlink(f"/proc/self/fd/{number}"))  # noqa: PTH115  # ditto
        except FileNotFoundError:
            continue
    return {link for link in found if link.startswith("socket:")}


@pytest.mark.parametrize(
    "head",
    [
        b"\x1aE\xdf\xa3",
        b"\x1aE\xdf\xa3\x8bB\x82\x88matroska",
        b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00",
        b"\x00\x00\x00\x10ftypqt  \x00\x00\x00\x00",
    ],
)
def test_a_text_that_names_addresses_opens_none(head: bytes) -> None:
    before, seen = open_sockets(), set[str]()

    with ThreadPoolExecutor(1) as pool:
        drawing = pool.submit(draw, head + SESSION, 480)
        while not drawing.done():
            seen |= open_sockets() - before

    assert not seen
    with pytest.raises(UnsupportedMediaError):
        drawing.result()


ONE, UNIT = 1 << 16, 1 << 30
MATRICES = {
    90: (0, ONE, 0, -ONE, 0, 0, 0, 0, UNIT),
    180: (-ONE, 0, 0, 0, -ONE, 0, 0, 0, UNIT),
    270: (0, -ONE, 0, ONE, 0, 0, 0, 0, UNIT),
}
"""By degrees, with the clock: as phones write them."""


@pytest.mark.parametrize("degrees", MATRICES)
def test_a_video_is_turned_as_it_says(degrees: int) -> None:
    clip = read_clip("dunes-wide.mp4")
    at = clip.index(b"tkhd") + 4 + 40
    matrix = struct.pack(">9i", *MATRICES[degrees])
    plain, _ = to_poster(clip, "video/mp4")

    turned, _ = to_poster(clip[:at] + matrix + clip[at + 36 :], "video/mp4")

    assert turned.tobytes() == plain.rotate(-degrees, expand=True).tobytes()
    assert turned.size == (plain.size if degrees == 180 else plain.size[::-1])
