"""Names of files, whatever upstreams call them."""

from urllib.parse import unquote

import pytest
from hypothesis import given, strategies as st

from gateway.api.views.filenames import (
    MOST_CHARACTERS,
    to_disposition,
    to_name,
    to_segment,
)
from gateway.plugin.foreign.privacy import has_email


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("image.jpg", 'inline; filename="image.jpg"'),
        (
            "000_\u00e9t\u00e9 001.jpg",
            "inline; filename=\"000_-t-001.jpg\"; filename*=UTF-8''000_%C3%A9t%C3%A9%20001.jpg",
        ),
        (
            "\u65e5\u672c.jpg",
            "inline; filename=\"file.jpg\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.jpg",
        ),
        ("../../etc/passwd", 'inline; filename="etc-passwd.jpg"'),
        ("photo.JPEG", 'inline; filename="photo.JPEG"'),
        ("a-gpj.exe", 'inline; filename="a-gpj.exe.jpg"'),
        ('x";y.html', 'inline; filename="x-y.html.jpg"'),
        (".jpg", 'inline; filename="jpg.jpg"'),
        ('a"b\r\nset-cookie: x', None),
        ("", 'inline; filename="file.jpg"'),
    ],
)
def test_a_name_is_told_in_ascii_and_as_it_is(name: str, told: str | None) -> None:
    disposition = to_disposition(name, ".jpg")

    assert told is None or disposition == told
    assert "\r" not in disposition
    assert "\n" not in disposition


def test_a_letter_that_only_looks_like_the_suffixs_is_none_of_it() -> None:
    disposition = to_disposition("x.m\u212av", ".mkv")

    assert (
        disposition
        == "inline; filename=\"x.m-v.mkv\"; filename*=UTF-8''x.m%E2%84%AAv.mkv"
    )


@given(st.text())
def test_any_name_becomes_one_harmless_segment(text: str) -> None:
    name = to_name(text)
    segment = to_segment(name)

    assert 0 < len(name) <= MOST_CHARACTERS
    assert name not in {".", ".."}
    assert not set(name) & set('/\\"<>:|?*%;\r\n')
    assert segment.isascii()
    assert unquote(segment) == name
    assert to_disposition(text, ".jpg").isascii()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('"quoted.leak"@upstream.example.png', "[e-mail]"),
        ("by joe@example.com 1.png", "by [e-mail] 1.png"),
        ("cc:@ada.b", "file"),
        ("0@0", "0-0"),
        ("@\uff200.0", "--0.0"),
    ],
)
def test_a_name_holds_no_email_address(text: str, name: str) -> None:
    assert to_name(text) == name


@given(st.text(alphabet='ab.@%40"(): \uff20\u3002'))
def test_no_name_reads_as_an_email_address(text: str) -> None:
    assert not has_email(to_name(text))
    assert "@" not in to_disposition(text, ".jpg")
