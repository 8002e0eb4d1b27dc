"""Whatever a picture is like: flattened it is an upright, opaque JPEG in sRGB."""

import io

import pytest
from PIL import Image, ImageOps

from gateway.adapters.pictures.flattening import MOST_PIXELS, flatten
from gateway.plugin.errors import UnsupportedMediaError
from gateway.sandbox.media import clip_names, read_clip
from tests.adapters.pictures.profiles import P3

WHITE = (255, 255, 255)
MODES = {
    "JPEG": ("RGB", "L", "CMYK"),
    "PNG": ("RGB", "L", "P", "RGBA", "LA", "1", "I;16"),
    "WEBP": ("RGB", "RGBA"),
}


def save(picture: Image.Image, form: str, **options: object) -> bytes:
    made = io.BytesIO()
    picture.save(made, form, **options)  # type: ignore[arg-type]  # the format's own
    return made.getvalue()


def flat(content: bytes) -> Image.Image:
    made = Image.open(io.BytesIO(flatten(content)))
    assert (made.format, made.mode) == ("JPEG", "RGB")
    return made


def is_near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= 4 for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize(
    ("form", "mode"), [(form, mode) for form, modes in MODES.items() for mode in modes]
)
def test_any_picture_keeps_its_size(form: str, mode: str) -> None:
    content = save(Image.new(mode, (70, 50)), form)

    assert flat(content).size == (70, 50)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_is_transparent_lies_on_white(form: str) -> None:
    picture = Image.new("RGBA", (60, 60), (255, 0, 0, 0))
    picture.paste((255, 0, 0, 128), (0, 20, 60, 40))
    picture.paste((255, 0, 0, 255), (0, 40, 60, 60))
    options = {"lossless": True} if form == "WEBP" else {}

    made = flat(save(picture, form, **options))

    assert is_near(made.getpixel((30, 8)), WHITE)
    assert is_near(made.getpixel((30, 30)), (255, 127, 127))
    assert is_near(made.getpixel((30, 52)), (254, 0, 0))


def test_the_transparent_colour_of_a_palette_lies_on_white() -> None:
    picture = Image.new("P", (32, 32))
    picture.putpalette([0, 0, 0, 255, 0, 0])
    picture.paste(1, (0, 0, 16, 32))

    made = flat(save(picture, "PNG", transparency=0))

    assert is_near(made.getpixel((24, 16)), WHITE)
    assert is_near(made.getpixel((4, 16)), (254, 0, 0))


def test_sixteen_bits_of_grey_keep_their_shade() -> None:
    made = flat(save(Image.new("I;16", (32, 32), 0x8000), "PNG"))

    assert is_near(made.getpixel((16, 16)), (128, 128, 128))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_upright_and_its_metadata_are_gone(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "a secret"
    picture = Image.new("RGB", (64, 32), "blue")
    picture.paste("red", (0, 0, 32, 16))
    content = save(picture, "JPEG", exif=exif, quality=95)

    made = flat(content)

    with Image.open(io.BytesIO(content)) as opened:
        upright = ImageOps.exif_transpose(opened)
    assert made.size == upright.size
    for place in [(8, 8), (8, made.height - 8), (made.width - 8, 8)]:
        assert is_near(made.getpixel(place), upright.getpixel(place))  # type: ignore[arg-type]  # three channels
    assert not made.getexif()
    assert b"secret" not in flatten(content)


def test_a_profile_of_its_own_becomes_srgb() -> None:
    made = flat(save(Image.new("RGB", (64, 64), (221, 30, 31)), "PNG", icc_profile=P3))

    red, green, blue = made.getpixel((32, 32))  # type: ignore[misc]  # of three
    assert red > 236
    assert green < 16
    assert blue < 26
    assert "icc_profile" not in made.info


def test_a_side_has_at_most_so_many_pixels() -> None:
    wide = save(Image.new("RGB", (2 * MOST_PIXELS, 100)), "PNG")
    most = save(Image.new("RGB", (MOST_PIXELS, 100)), "PNG")

    assert flat(wide).size == (MOST_PIXELS, 50)
    assert flat(most).size == (MOST_PIXELS, 100)


@pytest.mark.parametrize("form", ["WEBP", "PNG", "GIF"])
def test_of_an_animation_the_first_frame_is_taken(form: str) -> None:
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "blue", "blue")]
    content = save(frames[0], form, save_all=True, append_images=frames[1:])

    red, _, blue = flat(content).getpixel((25, 25))  # type: ignore[misc]  # of three
    assert red > 200
    assert blue < 50


@pytest.mark.parametrize(
    "content",
    [b"", b"text", b"<svg/>", read_clip(clip_names()[0]), b"\xff\xd8\xff\xe0"],
    ids=["nothing", "text", "drawing", "video", "cut short"],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(UnsupportedMediaError):
        flatten(content)
