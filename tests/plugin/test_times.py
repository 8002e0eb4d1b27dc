from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from gateway.plugin.times import (
    EARLIEST,
    LATEST,
    from_epoch_ms,
    parse,
    to_time,
    tomorrow,
    within,
)

FIRST_MS = -62_135_596_800_000
LAST_MS = 253_402_300_799_999
NOON = 1_700_000_000.0
moments = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001  # the strategy adds the zone
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))),
)
epochs_ms = st.integers(FIRST_MS, LAST_MS)


@given(moments, moments)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    texts = to_time(one), to_time(other)

    if one <= other - timedelta(milliseconds=1):
        assert texts[0] < texts[1]
    if one <= other:
        assert texts[0] <= texts[1]


@given(moments)
def test_a_spelling_reads_back_as_the_same_millisecond(moment: datetime) -> None:
    time = to_time(moment)

    assert len(time) == len(EARLIEST)
    assert parse(time) == time
    gap = moment - datetime.fromisoformat(time)
    assert timedelta() <= gap < timedelta(milliseconds=1)


@given(epochs_ms)
def test_milliseconds_since_1970_round_trip(milliseconds: int) -> None:
    time = from_epoch_ms(milliseconds)

    assert time is not None
    gap = datetime.fromisoformat(time) - datetime(1970, 1, 1, tzinfo=UTC)
    assert gap == timedelta(milliseconds=milliseconds)


@given(st.integers(max_value=FIRST_MS - 1) | st.integers(min_value=LAST_MS + 1))
def test_milliseconds_outside_of_the_calendar_are_no_time(milliseconds: int) -> None:
    assert from_epoch_ms(milliseconds) is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025-03-02T08:00:00Z", "2025-03-02T08:00:00.000Z"),
        ("2025-03-02T08:00:00", "2025-03-02T08:00:00.000Z"),
        ("2025-03-02 08:00:00", "2025-03-02T08:00:00.000Z"),
        ("2025-03-02T08:00:00.5", "2025-03-02T08:00:00.500Z"),
        ("2025-03-02T08:00:00.123456789+02:00", "2025-03-02T06:00:00.123Z"),
        ("2025-03-02T23:30:00-01:00", "2025-03-03T00:30:00.000Z"),
        ("0001-01-01T00:00:00+00:01", None),
        ("9999-12-31T23:00:00-05:00", None),
        ("2025-02-30T08:00:00Z", None),
        ("2025-03-02", "2025-03-02T00:00:00.000Z"),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_an_upstreams_times_are_read_or_are_none(
    text: str | None, time: str | None
) -> None:
    assert parse(text) == time


@given(st.text())
def test_whatever_an_upstream_sends_as_a_time_is_read_or_is_none(text: str) -> None:
    time = parse(text)

    assert time is None or parse(time) == time


def test_a_moment_outside_of_the_calendar_has_no_spelling() -> None:
    west = timezone(timedelta(hours=-5))
    moment = datetime(9999, 12, 31, 23, tzinfo=west)

    with pytest.raises(OverflowError):
        to_time(moment)


def test_a_moment_without_a_zone_is_taken_as_utc() -> None:
    moment = datetime(2025, 3, 2, 8, tzinfo=UTC)

    assert to_time(moment.replace(tzinfo=None)) == to_time(moment)


def test_tomorrow_is_a_day_from_now() -> None:
    assert tomorrow(NOON) == "2023-11-15T22:13:20.000Z"


@given(epochs_ms)
def test_only_times_from_2000_to_the_latest_count(milliseconds: int) -> None:
    time = from_epoch_ms(milliseconds)
    latest = tomorrow(NOON)

    kept = within(time, latest)

    assert time is not None
    assert kept == (time if EARLIEST <= time <= latest else None)


def test_both_ends_of_the_span_count_and_no_time_does_not() -> None:
    latest = tomorrow(NOON)

    assert within(EARLIEST, latest) == EARLIEST
    assert within(latest, latest) == latest
    assert within(LATEST, latest) is None
    assert within(None, latest) is None
