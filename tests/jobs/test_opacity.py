"""What is told by a header is what Pillow finds when it saves the picture as JPEG."""

import io
from functools import cache

import pytest
from hypothesis import given, strategies as st
from PIL import Image

from gateway.jobs.opacity import needs_flattening

MODES = {
    "JPEG": ("RGB", "L", "CMYK"),
    "PNG": ("RGB", "L", "P", "RGBA", "LA", "1", "I;16"),
    "WEBP": ("RGB", "RGBA"),
}


def save(picture: Image.Image, form: str, **options: object) -> bytes:
    made = io.BytesIO()
    picture.save(made, form, **options)  # type: ignore[arg-type]  # the format's own
    return made.getvalue()


def is_refused(content: bytes) -> bool:
    try:
        Image.open(io.BytesIO(content)).save(io.BytesIO(), "JPEG")
    except OSError:
        return True
    return False


@cache
def sample(form: str, mode: str) -> bytes:
    return save(Image.new(mode, (8, 8)), form)


@pytest.mark.parametrize("options", [{}, {"lossless": True}])
@pytest.mark.parametrize(
    ("form", "mode"), [(form, mode) for form, modes in MODES.items() for mode in modes]
)
def test_each_kind_of_picture_is_told(
    form: str, mode: str, options: dict[str, bool]
) -> None:
    picture = Image.new("RGBA", (8, 8), (9, 9, 9, 9)) if mode == "RGBA" else None
    content = save(picture or Image.new(mode, (8, 8)), form, **options)

    assert needs_flattening(content) == is_refused(content)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_of_a_palette_are_told(bits: int) -> None:
    content = save(Image.new("P", (8, 8)), "PNG", bits=bits)

    assert needs_flattening(content)
    assert is_refused(content)


def test_an_animation_is_to_be_flattened() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]

    assert needs_flattening(
        save(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    )


def test_opaque_pictures_with_metadata_are_not() -> None:
    exif = Image.Exif()
    exif[0x010F] = "somebody"
    content = save(Image.new("RGB", (8, 8)), "WEBP", exif=exif)

    assert content[12:16] == b"VP8X"
    assert not needs_flattening(content)


@given(st.data())
def test_a_header_that_is_cut_short_is_to_be_flattened(data: st.DataObject) -> None:
    form, mode = data.draw(st.sampled_from([("PNG", "RGB"), ("WEBP", "RGBA")]))
    content = sample(form, mode)[: data.draw(st.integers(12, 20))]

    assert needs_flattening(content)


@given(
    st.binary(max_size=64),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"RIFFaaaaWEBP"]),
)
def test_any_bytes_are_told(content: bytes, begin: bytes) -> None:
    assert needs_flattening(begin + content) in {True, False}
