"""How often a JPEG goes over its picture."""

import io
import time

import pytest
from hypothesis import given, strategies as st
from PIL import Image

from gateway.adapters.claims.scans import count_scans
from gateway.adapters.pictures.images import draw
from gateway.plugin.errors import UnsupportedMediaError


def jpeg(side: int = 64, **options: object) -> bytes:
    made = io.BytesIO()
    picture = Image.effect_noise((side, side), 50).convert("RGB")
    picture.save(made, "JPEG", **options)  # type: ignore[arg-type]  # the format's own
    return made.getvalue()


def repeat_last_scan(content: bytes, times: int) -> bytes:
    last, end = content.rindex(b"\xff\xda"), content.rindex(b"\xff\xd9")
    return content[:end] + content[last:end] * times + content[end:]


def test_a_plain_jpeg_has_one_scan_and_a_progressive_one_ten() -> None:
    assert count_scans(jpeg(), 100) == 1
    assert count_scans(jpeg(progressive=True), 100) == 10


def test_the_scans_of_a_thumbnail_and_those_behind_the_end_do_not_count() -> None:
    inside = jpeg(progressive=True)[:5000]

    content = jpeg(exif=b"Exif\x00\x00" + inside) + jpeg()

    assert count_scans(content, 100) == 1


@pytest.mark.parametrize("restart", [1, 4])
def test_restart_markers_are_no_scans(restart: int) -> None:
    assert count_scans(jpeg(restart_marker_blocks=restart), 100) == 1


def test_many_scans_of_a_large_picture_are_refused_at_once() -> None:
    content = repeat_last_scan(jpeg(1500, progressive=True, quality=5), 500)
    before = time.thread_time()

    with pytest.raises(UnsupportedMediaError):
        draw(content, 480)

    assert time.thread_time() - before < 1


def test_the_scans_that_programs_make_are_drawn() -> None:
    assert draw(repeat_last_scan(jpeg(progressive=True), 90), 480).width == 64


@given(st.binary())
def test_any_bytes_are_counted(rest: bytes) -> None:
    assert count_scans(b"\xff\xd8" + rest, 100) <= rest.count(b"\xff\xda")


@pytest.mark.parametrize("filling", [b"\xff", b"\xff\x00", b"\xff\x01", b"\xff\xc4"])
def test_fillings_cost_no_time(filling: bytes) -> None:
    before = time.thread_time()

    count_scans(b"\xff\xd8" + filling * 2**21, 100)

    assert time.thread_time() - before < 1
