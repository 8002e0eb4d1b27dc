"""What files claim beyond their bytes is seen before a decoder believes it."""

import io
import struct
from collections.abc import Callable

import av
import pytest
from hypothesis import given, strategies as st
from PIL import Image

from gateway.adapters.claims.av1 import find_sides
from gateway.adapters.claims.claims import check_avif, check_movie
from gateway.adapters.pictures.images import draw
from gateway.adapters.pictures.posters import to_poster
from gateway.plugin.errors import UnsupportedMediaError
from gateway.sandbox.media import clip_names, read_clip
from tests.adapters.claims.hostile_files import (
    endless_samples,
    larger_than_it_says,
    larger_than_its_track,
    one_huge_tile,
)


def check(content: bytes) -> None:
    check_movie(io.BytesIO(content), len(content))


def save(*frames: Image.Image) -> bytes:
    made = io.BytesIO()
    first, *more = frames
    first.save(made, "AVIF", speed=10, save_all=bool(more), append_images=more)
    return made.getvalue()


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 50).convert("RGB")


def longer_tables(kind: bytes, at: int) -> bytes:
    """A good clip with a number of a table replaced by 40 million."""
    content = read_clip(clip_names()[0])
    place = content.index(kind) + 4 + at
    return content[:place] + struct.pack(">I", 40_000_000) + content[place + 4 :]


@pytest.mark.parametrize("name", clip_names())
def test_honest_clips_pass(name: str) -> None:
    check(read_clip(name))


@pytest.mark.parametrize(
    "frames", [(noise(300, 200),), tuple(noise(120, 80) for _ in range(3))]
)
def test_honest_avif_passes(frames: tuple[Image.Image, ...]) -> None:
    content = save(*frames)

    check_avif(content)

    assert draw(content, 480).width == frames[0].width


@pytest.mark.parametrize(
    "content",
    [
        endless_samples(),
        longer_tables(b"stts", 4),
        longer_tables(b"stts", 8),
        longer_tables(b"stsz", 8),
        longer_tables(b"stsc", 4),
        longer_tables(b"stco", 4),
    ],
)
def test_tables_that_claim_more_than_the_file_holds_are_refused(content: bytes) -> None:
    with pytest.raises(UnsupportedMediaError, match="claims"):
        check(content)


def test_runs_of_a_fragment_are_bounded_too() -> None:
    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(content), kind) + content

    run = box(b"trun", struct.pack(">II", 0, 40_000_000))

    with pytest.raises(UnsupportedMediaError, match="samples"):
        check(box(b"moof", box(b"traf", run)))


@pytest.mark.parametrize(
    ("create", "why"),
    [
        (larger_than_it_says, "larger than it says"),
        (one_huge_tile, "larger than itself"),
    ],
)
def test_pictures_larger_than_they_say_are_refused_before_they_are_decoded(
    create: Callable[[], bytes], why: str
) -> None:
    with pytest.raises(UnsupportedMediaError, match=why):
        draw(create(), 480)


def test_a_frame_larger_than_its_track_is_not_decoded() -> None:
    # else it is decoded while the file is opened, and refused for its size then
    with pytest.raises(av.ArgumentError):
        to_poster(larger_than_its_track(), "video/quicktime")


CLIP, PICTURE = read_clip(clip_names()[0]), save(noise(64, 48))


@given(
    st.sampled_from([CLIP, PICTURE]),
    st.lists(st.tuples(st.integers(0, 6_000), st.binary(min_size=1, max_size=8))),
)
def test_garbage_in_the_boxes_is_refused_or_left_to_the_decoder(
    content: bytes, changes: list[tuple[int, bytes]]
) -> None:
    changed = bytearray(content)
    for at, new in changes:
        place = at % len(content)
        changed[place : place + len(new)] = new

    for look in (check, check_avif):
        try:
            look(bytes(changed))
        except UnsupportedMediaError as error:
            assert str(error)  # noqa: PT017  # that, or nothing, is what may come


@given(st.binary(max_size=600))
def test_any_bytes_are_read_as_a_stream_to_their_end(stream: bytes) -> None:
    for width, height in find_sides(stream):
        assert 0 < width <= 2**16
        assert 0 < height <= 2**16
