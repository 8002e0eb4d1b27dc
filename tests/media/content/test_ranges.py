import pytest
from hypothesis import given, strategies as st

from gateway.media.content.ranges import (
    Range,
    Span,
    parse_range,
    parse_size,
    parse_span,
)
from gateway.plugin.errors import RangeNotSatisfiableError

NUMBERS = st.none() | st.integers(0, 50)


@given(NUMBERS, NUMBERS, st.integers(0, 40))
def test_a_range_is_what_slicing_gives(
    first: int | None, last: int | None, size: int
) -> None:
    asked = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    content = bytes(range(size))
    if first is None:
        wanted = content[-last:] if last else b""
    else:
        wanted = content[first : size if last is None else last + 1]

    parsed = parse_range(asked)

    if parsed is None:
        assert (first, last) == (None, None) or (first or 0) > (last or 0)
        return
    assert parse_range(str(parsed)) == parsed
    if not wanted:
        with pytest.raises(RangeNotSatisfiableError):
            parsed.resolve(size)
        return
    span = parsed.resolve(size)
    assert content[span.first : span.last + 1] == wanted
    assert span.length == len(wanted)
    assert parse_span(str(span)) == span


@given(st.text())
def test_any_text_is_read_without_a_fault(text: str) -> None:
    parse_range(text)
    parse_span(text)
    parse_size(text)


@pytest.mark.parametrize(
    "text", [None, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=0-1,2-3", "bytes=2-1"]
)  # fmt: skip
def test_what_is_no_single_range_is_none(text: str | None) -> None:
    assert parse_range(text) is None


def test_a_range_is_read_with_blanks_and_in_any_case() -> None:
    assert parse_range(" Bytes = 1 - 2 ") == Range(1, 2)


@pytest.mark.parametrize(
    "text", ["bytes 2-1/5", "bytes 0-5/5", "bytes 4-0/*", "bytes */5", "0-4/5"]
)
def test_a_content_range_that_makes_no_sense_is_none(text: str) -> None:
    assert parse_span(text) is None


def test_lengths_are_read() -> None:
    assert parse_span("bytes 0-4/5") == Span(0, 4, 5)
    assert parse_span("bytes 0-4/*") == Span(0, 4, None)
    assert str(Span(0, 4, None)) == "bytes 0-4/*"
    assert parse_size("bytes */5") == parse_size(" */5") == 5


@pytest.mark.parametrize(
    ("wanted", "span", "is_met"),
    [
        (Range(2, 5), Span(2, 5, 9), True),
        (Range(2, 5), Span(2, 3, 9), True),
        (Range(2, 5), Span(2, 6, 9), False),
        (Range(2, 5), Span(1, 5, 9), False),
        (Range(2, None), Span(2, 8, 9), True),
        (Range(None, 4), Span(5, 8, 9), True),
        (Range(None, 4), Span(4, 8, 9), False),
        (Range(2, 5), Span(2, 5, None), True),
        (Range(2, 5), Span(2, 9, None), False),
        (Range(2, None), Span(2, 9, None), True),
        (Range(2, None), Span(3, 9, None), False),
        (Range(None, 4), Span(5, 8, None), True),
        (Range(None, 4), Span(4, 8, None), False),
    ],
)
def test_a_part_is_what_was_asked_for_or_its_beginning(
    wanted: Range,
    span: Span,
    is_met: bool,  # noqa: FBT001
) -> None:
    assert wanted.is_met_by(span) is is_met


def test_only_the_end_of_a_file_can_be_more_than_there_is() -> None:
    assert Range(None, 9).is_longer_than(9)
    assert not Range(None, 8).is_longer_than(9)
    assert not Range(None, 9).is_longer_than(0)
    assert not Range(9, None).is_longer_than(9)
