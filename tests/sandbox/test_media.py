from io import BytesIO

import av
import pytest
from hypothesis import given, strategies as st
from PIL import Image

from gateway.sandbox.delivery import to_span
from gateway.sandbox.media import MediaShelf, choose_clip, clip_names, read_clip
from gateway.sandbox.painting.pictures import PEOPLE, SHAPES, Motif, draw_picture, paint
from gateway.sandbox.painting.scenes import SCENES, Scene


@pytest.mark.parametrize("name", clip_names())
def test_a_clip_is_small_starts_at_once_and_can_be_decoded(name: str) -> None:
    content = read_clip(name)

    with av.open(BytesIO(content)) as container:
        stream = container.streams.video[0]
        frames = [frame.format.name for frame in container.decode(stream)]

    assert stream.codec_context.name == "h264"
    assert set(frames) == {"yuv420p"}
    assert 2 * 20 <= len(frames) <= 4 * 20
    assert len(content) <= 60 * 1024
    assert content.index(b"moov") < content.index(b"mdat")


def test_all_clips_are_used_and_each_key_keeps_its_own() -> None:
    chosen = [choose_clip(str(number)) for number in range(100)]

    assert set(chosen) == set(clip_names())
    assert chosen == [choose_clip(str(number)) for number in range(100)]


@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_fills_its_picture(scene: Scene) -> None:
    image = paint("key", Motif(scenes=(scene,), sizes=((320, 200),)))

    colours = image.getcolors(320 * 200)
    assert image.size == (320, 200)
    assert colours is not None
    assert len(colours) > 50


async def test_one_key_gives_the_same_bytes_and_another_key_others() -> None:
    shelf, other = MediaShelf(1, kept=1), MediaShelf(2)

    first = await shelf.picture("a", SHAPES)
    second = await shelf.picture("b", SHAPES)
    again = await shelf.picture("a", SHAPES)

    assert first == again == await shelf.picture("a", SHAPES)
    assert first != second
    assert first != await other.picture("a", SHAPES)


async def test_a_thumbnail_has_its_pictures_shape() -> None:
    shelf = MediaShelf(1)

    picture = Image.open(BytesIO(await shelf.picture("a", PEOPLE)))
    thumbnail = Image.open(BytesIO(await shelf.thumbnail("a", PEOPLE)))

    ratio = picture.width / picture.height
    assert thumbnail.width / thumbnail.height == pytest.approx(ratio, abs=0.02)


def test_a_png_is_a_png() -> None:
    content = draw_picture("a", PEOPLE, "PNG")

    assert Image.open(BytesIO(content)).format == "PNG"


@given(first=st.integers(0, 50), last=st.integers(0, 50), size=st.integers(1, 40))
def test_a_range_lies_within_the_file_or_is_beyond_it(
    first: int, last: int, size: int
) -> None:
    span = to_span(f"bytes={first}-{last}", size)

    if first >= size:
        assert span is not None
        assert span[0] >= size
    elif last < first:
        assert span is None
    else:
        assert span == (first, min(last, size - 1))


@given(st.text())
def test_any_text_is_a_range_or_ignored(text: str) -> None:
    span = to_span(text, 10)

    assert span is None or span[0] >= 0


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("bytes=5-", (5, 9)),
        ("bytes=-3", (7, 9)),
        ("bytes=-30", (0, 9)),
        ("bytes=-0", (10, 10)),
        ("bytes=-", None),
        ("bytes=0-1,4-5", None),
        ("lines=0-1", None),
    ],
)
def test_a_range_is_read_as_the_standard_says(
    asked: str, span: tuple[int, int] | None
) -> None:
    assert to_span(asked, 10) == span
