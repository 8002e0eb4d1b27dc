"""Whatever is in a file: it is drawn, or unsupported."""

import contextlib
import io
from functools import cache

import av
import pytest
from av.video.stream import VideoStream
from hypothesis import given, settings, strategies as st
from PIL import Image

from gateway.adapters.pictures.flattening import flatten
from gateway.adapters.pictures.images import draw
from gateway.plugin.errors import UnsupportedMediaError

SIZE = (48, 32)
STILLS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
FILMS = {"matroska": "libx264", "mp4": "libx264", "mov": "mpeg4", "webm": "libvpx"}
SAMPLES = (*STILLS, *FILMS)


@cache
def sample(form: str) -> bytes:
    return film(form) if form in FILMS else still(form)


def still(form: str) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "somebody"
    picture, made = Image.effect_noise(SIZE, 50).convert("RGB"), io.BytesIO()
    picture.save(made, form, **({} if form in {"GIF", "BMP"} else {"exif": exif}))
    return made.getvalue()


def film(form: str) -> bytes:
    made = io.BytesIO()
    with av.open(made, "w", format=form) as container:
        stream = container.add_stream(FILMS[form], rate=5)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for _ in range(3):
            picture = Image.effect_noise(SIZE, 50).convert("RGB")
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    return made.getvalue()


@pytest.mark.parametrize("form", SAMPLES)
def test_each_sample_is_drawn(form: str) -> None:
    drawn = draw(sample(form), 480)

    assert sorted((drawn.width, drawn.height)) == sorted(SIZE)


def with_exif(form: str, exif: bytes) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", SIZE).save(made, form, exif=b"Exif\x00\x00" + exif)
    return made.getvalue()


TURNED = b"\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"
BROKEN = {
    "cut short": b"II*\x00\x08",
    "cut short before its entries": b"MM\x00*\x00\x00\x00\x08",
    "a date in numbers": b"II*\x00\x08\x00\x00\x00\x02\x00" + TURNED
    + b"2\x01\x08\x00d\x00\x00\x00\x08\x00\x00\x00",
    "a maker in fractions": b"II*\x00\x08\x00\x00\x00\x02\x00" + TURNED
    + b"\x0f\x01\n\x00\x03\x00\x00\x00\x06\x00\x00\x00" + bytes(24),
    "a resolution in bytes": b"II*\x00\x08\x00\x00\x00\x02\x00" + TURNED
    + b"\x1a\x01\x01\x00\x02" + bytes(16),
}  # fmt: skip


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
@pytest.mark.parametrize("exif", BROKEN.values(), ids=BROKEN)
def test_a_picture_is_drawn_whatever_its_metadata_are(form: str, exif: bytes) -> None:
    drawn = draw(with_exif(form, exif), 480)

    assert sorted((drawn.width, drawn.height)) == sorted(SIZE)


@pytest.mark.parametrize(
    "codec", [b"V_UNKNOWN/CODEC", b"V_REAL/RV60\0\0\0\0", b"V_QUICKTIME\0\0\0\0"]
)
def test_a_codec_that_nobody_knows_is_unsupported(codec: bytes) -> None:
    content = sample("matroska").replace(b"V_MPEG4/ISO/AVC", codec)

    with pytest.raises(UnsupportedMediaError):
        draw(content, 480)


@st.composite
def mangled(draws: st.DrawFn) -> bytes:
    """A sample with bytes of it changed, left out or put in."""
    content = bytearray(sample(draws(st.sampled_from(SAMPLES))))
    for _ in range(draws(st.integers(1, 8))):
        at = draws(st.integers(0, len(content)))
        removed = draws(st.integers(0, 8))
        content[at : at + removed] = draws(st.binary(max_size=8))
    return bytes(content)


@settings(max_examples=400, deadline=None)
@given(mangled())
def test_mangled_bytes_are_drawn_or_unsupported(content: bytes) -> None:
    draw_or_refuse(content)


@settings(max_examples=200, deadline=None)
@given(mangled())
def test_mangled_bytes_are_flattened_or_unsupported(content: bytes) -> None:
    with contextlib.suppress(UnsupportedMediaError):
        flat = Image.open(io.BytesIO(flatten(content)))
        assert (flat.format, flat.mode) == ("JPEG", "RGB")


def draw_or_refuse(content: bytes) -> None:
    with contextlib.suppress(UnsupportedMediaError):
        drawn = draw(content, 480)
        assert max(Image.open(io.BytesIO(drawn.content)).size) <= 480
