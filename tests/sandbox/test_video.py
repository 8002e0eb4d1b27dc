"""Films that are made of a picture, as a decoder sees them."""

from io import BytesIO
from random import Random

import av
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image, ImageDraw, ImageOps

from gateway.sandbox.painting.pictures import SHAPES, paint
from gateway.sandbox.video.bits import BitWriter
from gateway.sandbox.video.film import FRAMES_PER_SECOND, make_film
from gateway.sandbox.video.h264 import still
from gateway.sandbox.video.planes import to_planes

SIZE = (64, 48)
GROUND = (250, 220, 20)


def decode(film: bytes) -> list[av.VideoFrame]:
    with av.open(BytesIO(film)) as container:
        return list(container.decode(container.streams.video[0]))


def planes_of(frame: av.VideoFrame) -> list[bytes]:
    """The samples, without what pads the lines."""
    return [
        b"".join(
            bytes(plane)[line * plane.line_size :][: plane.width]
            for line in range(plane.height)
        )
        for plane in frame.planes
    ]


def samples_of(image: Image.Image) -> list[bytes]:
    return [plane.samples for plane in to_planes(image)]


def noise(seed: int) -> Image.Image:
    count = SIZE[0] * SIZE[1] * 3
    return Image.frombytes("RGB", SIZE, Random(seed).randbytes(count))  # noqa: S311


def framed(inner: Image.Image) -> Image.Image:
    """Within an even border, so that moving it a little loses nothing."""
    return ImageOps.expand(inner, 32, GROUND)


def shift(image: Image.Image, right: int) -> Image.Image:
    moved = Image.new("RGB", image.size, GROUND)
    moved.paste(image, (right, 0))
    return moved


def flat_with_a_disc() -> Image.Image:
    image = Image.new("RGB", SIZE, "navy")
    ImageDraw.Draw(image).ellipse((10, 10, 40, 40), fill="white")
    return image


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", SIZE, "black"),
        Image.new("RGB", SIZE, "white"),
        Image.linear_gradient("L").resize(SIZE).convert("RGB"),
        Image.linear_gradient("L").rotate(90).resize(SIZE).convert("RGB"),
        flat_with_a_disc(),
        noise(1),
    ],
    ids=["black", "white", "down", "across", "disc", "noise"],
)
def test_the_first_frame_is_the_picture_sample_for_sample(image: Image.Image) -> None:
    frames = decode(make_film(image, 1))

    assert frames[0].format.name == "yuv420p"
    assert planes_of(frames[0]) == samples_of(image)


@settings(max_examples=25, deadline=None)
@given(st.text(), st.integers(1, 5), st.integers(1, 5))
def test_any_picture_is_shown_exactly(key: str, columns: int, rows: int) -> None:
    image = paint(key, SHAPES).resize((columns * 16, rows * 16))

    frames = decode(make_film(image, 1))

    assert planes_of(frames[0]) == samples_of(image)


def test_the_picture_sways_to_both_sides() -> None:
    image = framed(noise(2))

    frames = decode(make_film(image, 2))

    places = [
        next(
            at
            for at in range(-14, 15, 2)
            if planes_of(frame) == samples_of(shift(image, at))
        )
        for frame in frames
    ]
    assert places[0] == 0
    assert (min(places), max(places)) == (-12, 12)
    assert places[:6] == sorted(places[:6])


@pytest.mark.parametrize("seconds", [1, 5, 30])
def test_a_film_lasts_as_long_as_asked_and_starts_at_once(seconds: int) -> None:
    film = make_film(flat_with_a_disc(), seconds)

    with av.open(BytesIO(film)) as container:
        stream = container.streams.video[0]
        count = sum(1 for _ in container.decode(stream))
        lasts = container.duration

    assert stream.codec_context.profile == "Constrained Baseline"
    assert count == seconds * FRAMES_PER_SECOND
    assert lasts == seconds * 1_000_000
    assert film.index(b"moov") < film.index(b"mdat")


def test_sides_are_cut_to_whole_macroblocks() -> None:
    frames = decode(make_film(flat_with_a_disc().resize((50, 39)), 1))

    assert (frames[0].width, frames[0].height) == (48, 32)


def test_even_areas_cost_next_to_nothing() -> None:
    even = still(Image.new("RGB", (320, 320), "teal"))

    assert len(even) < 1000
    assert len(still(noise(3))) > 64 * 48


@pytest.mark.parametrize(
    ("value", "code"), [(0, "1"), (1, "010"), (2, "011"), (3, "00100"), (7, "0001000")]
)
def test_numbers_are_coded_as_the_standards_table_says(value: int, code: str) -> None:
    out = BitWriter()
    out.unsigned(value)

    closed = code + "1"
    assert out.finish() == int(closed.ljust(8, "0"), 2).to_bytes(1)


def test_signs_alternate() -> None:
    for number, value in enumerate((0, 1, -1, 2, -2, 3)):
        signed, unsigned = BitWriter(), BitWriter()
        signed.signed(value)
        unsigned.unsigned(number)

        assert signed.finish() == unsigned.finish()
