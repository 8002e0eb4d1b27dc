import base64
import contextlib
import io
import struct
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw, ImageOps

from gateway.adapters.pictures.images import draw
from gateway.plugin.errors import UnsupportedMediaError
from gateway.sandbox.media import clip_names, read_clip
from tests.adapters.pictures.profiles import P3


def save(picture: Image.Image, form: str, **options: object) -> bytes:
    made = io.BytesIO()
    picture.save(made, form, **options)  # type: ignore[arg-type]  # the format's own
    return made.getvalue()


def half(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new(mode, size, "red")
    ImageDraw.Draw(picture).rectangle((size[0] // 2, 0, *size), "blue")
    return picture


def read(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def is_red(picture: Image.Image, place: tuple[int, int]) -> bool:
    pixel = picture.getpixel(place)
    assert isinstance(pixel, tuple)
    return pixel[0] > pixel[2]


MODES = {
    "JPEG": ("RGB", "L", "CMYK", "1"),
    "PNG": ("RGB", "L", "P", "RGBA", "1", "I;16"),
    "GIF": ("RGB", "L", "P", "RGBA", "1"),
    "WEBP": ("RGB", "L", "P", "RGBA", "1"),
    "BMP": ("RGB", "L", "P", "RGBA", "1"),
    "TIFF": ("RGB", "L", "P", "CMYK", "RGBA", "1", "I;16"),
}


@pytest.mark.parametrize(
    ("form", "mode"), [(form, mode) for form, modes in MODES.items() for mode in modes]
)
def test_any_picture_becomes_a_small_webp(form: str, mode: str) -> None:
    content = save(half((700, 500)).convert(mode), form)

    drawn = draw(content, 480)

    assert Image.open(io.BytesIO(drawn.content)).format == "WEBP"
    assert read(drawn.content).size == (480, 343)
    assert (drawn.width, drawn.height) == (700, 500)


@pytest.mark.parametrize("options", [{}, {"transparency": 40_000}])
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize("side", [64, 5_100])
def test_sixteen_bits_of_grey_are_scaled_not_cut_off(
    form: str, side: int, options: dict[str, int]
) -> None:
    grey = Image.new("I;16", (side, side), 0x8000)

    drawn = draw(save(grey, form, **options), 60)

    shade = read(drawn.content).getpixel((20, 20))
    assert isinstance(shade, tuple)
    assert all(120 < channel < 136 for channel in shade)


def test_a_small_picture_is_not_made_larger() -> None:
    assert read(draw(save(half((70, 50)), "PNG"), 480).content).size == (70, 50)


def test_the_orientation_is_honoured_and_the_metadata_dropped() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    exif[0x010F] = "a secret"

    drawn = draw(save(half((600, 400)), "JPEG", exif=exif), 300)

    picture = read(drawn.content)
    assert picture.size == (200, 300)
    assert (drawn.width, drawn.height) == (400, 600)
    assert is_red(picture, (100, 20))
    assert not is_red(picture, (100, 280))
    assert b"secret" not in drawn.content


def test_of_an_animation_the_first_frame_is_drawn() -> None:
    frames = [Image.new("RGB", (50, 50), c) for c in ("red", "blue", "blue")]
    content = save(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert is_red(read(draw(content, 480).content), (25, 25))


def test_a_pixel_bomb_is_refused_before_it_is_decoded() -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        checked = name + content
        size = struct.pack(">I", len(content))
        return size + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"")

    with pytest.raises(UnsupportedMediaError):
        draw(bomb, 480)


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg/>", b"GIF89a", b"\xff\xd8\xff\xe0", b"%!PS-Adobe", bytes(99)],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(UnsupportedMediaError):
        draw(content, 480)


def test_a_picture_that_is_cut_short_is_refused() -> None:
    content = save(Image.effect_noise((300, 300), 50), "PNG")

    with pytest.raises(UnsupportedMediaError):
        draw(content[: len(content) // 2], 480)


def test_a_placeholder_is_some_bytes_that_tell_the_average_colour() -> None:
    drawn = draw(save(Image.new("RGB", (90, 60), "white"), "PNG"), 480)

    packed = base64.b64decode(drawn.placeholder)
    assert len(packed) < 30
    assert packed[0] & 63 == 63  # as light as can be


def test_transparency_is_kept() -> None:
    picture = Image.new("RGBA", (60, 60), (255, 0, 0, 0))

    drawn = draw(save(picture, "PNG"), 480)

    made = Image.open(io.BytesIO(drawn.content))
    assert made.mode == "RGBA"
    assert made.getpixel((5, 5))[3] == 0  # type: ignore[index]  # four channels
    assert base64.b64decode(drawn.placeholder)[2] & 128


def test_a_video_gives_a_frame_and_its_duration() -> None:
    drawn = draw(read_clip(clip_names()[0]), 480)

    assert max(read(drawn.content).size) <= 480
    assert drawn.duration_seconds is not None
    assert drawn.duration_seconds > 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(60, 40), (5_400, 4_800)])
def test_each_orientation_is_made_upright(
    orientation: int, size: tuple[int, int]
) -> None:
    """Red above and left: turned back by what Pillow itself would do."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    content = save(picture, "JPEG", exif=exif)

    drawn = draw(content, 120)

    with Image.open(io.BytesIO(content)) as opened:
        upright = ImageOps.exif_transpose(opened)
    assert (drawn.width, drawn.height) == upright.size
    with Image.open(io.BytesIO(drawn.content)) as shown:
        assert to_corners(shown) == to_corners(upright)


def to_corners(picture: Image.Image) -> list[bool]:
    """Return which of the four quarters is the red one."""
    width, height = picture.size
    places = [
        (x, y)
        for y in (height // 4, height * 3 // 4)
        for x in (width // 4, width * 3 // 4)
    ]
    pixels = [picture.convert("RGB").getpixel(place) for place in places]
    return [pixel[0] > pixel[2] for pixel in pixels]


@pytest.mark.parametrize(
    ("form", "options"), [("WEBP", {"method": 0}), ("AVIF", {"speed": 10})]
)
def test_formats_whose_decoders_take_much_are_refused_sooner(
    form: str, options: dict[str, int]
) -> None:
    content = save(Image.new("RGB", (6_000, 4_200)), form, **options)

    with pytest.raises(UnsupportedMediaError, match="memory"):
        draw(content, 480)


def test_large_pictures_are_drawn_one_at_a_time() -> None:
    turns = []

    @contextlib.contextmanager
    def turn() -> Iterator[None]:
        turns.append("begun")
        yield
        turns.append("ended")

    draw(save(Image.new("L", (5_100, 5_000)), "PNG"), 480, turn())
    draw(save(Image.new("L", (100, 100)), "PNG"), 480, turn())

    assert turns == ["begun", "ended"]


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_is_made_upright_once(orientation: int, compression: str | None) -> None:
    upright = Image.new("RGB", (60, 40), "white")
    upright.paste("red", (0, 0, 20, 10))
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = upright.transpose(UNDONE[orientation]) if orientation > 1 else upright
    made = io.BytesIO()
    turned.save(made, "TIFF", exif=exif, compression=compression)

    drawn = draw(made.getvalue(), 480)

    shown = Image.open(io.BytesIO(drawn.content)).convert("RGB")
    assert (drawn.width, drawn.height) == shown.size == (60, 40)
    red, green, _ = shown.getpixel((5, 5))  # type: ignore[misc]  # of three
    assert red > 200
    assert green < 60
    assert shown.getpixel((55, 35)) > (240, 240, 240)


UNDONE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What a picture lies by, for each orientation that says how it is to be turned."""


@pytest.mark.parametrize(
    ("mode", "colour"), [("RGB", (221, 30, 31)), ("RGBA", (221, 30, 31, 255))]
)
def test_a_picture_with_a_profile_is_drawn_in_srgb(
    mode: str, colour: tuple[int, ...]
) -> None:
    made = io.BytesIO()
    Image.new(mode, (64, 64), colour).save(made, "PNG", icc_profile=P3)

    drawn = draw(made.getvalue(), 480)

    shown = Image.open(io.BytesIO(drawn.content)).convert("RGB")
    red, green, blue = shown.getpixel((32, 32))  # type: ignore[misc]  # of three
    assert red > 236
    assert green < 12
    assert blue < 22


@pytest.mark.parametrize("profile", [b"none at all", P3[:200], P3[:-8]])
def test_a_profile_that_cannot_be_read_says_nothing(profile: bytes) -> None:
    made = io.BytesIO()
    Image.new("RGB", (64, 64), (0, 128, 0)).save(made, "PNG", icc_profile=profile)

    assert draw(made.getvalue(), 480).width == 64
