"""A time in a query, to the millisecond that items have, however finely it is spelt."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import example, given, strategies as st

from gateway.api.parameters.parameter import moment

read = moment("created_after", "Only items made then or later").read
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001  # with any zone
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.integers(-23 * 60, 23 * 60).map(
        lambda minutes: timezone(timedelta(minutes=minutes))
    ),
).map(lambda time: time.replace(microsecond=0))
_DIGITS = st.text("0123456789", max_size=12)


def to_milliseconds(spelt: str) -> int:
    since = datetime.fromisoformat(spelt) - _EPOCH
    return since // timedelta(milliseconds=1)


@given(time=_SECONDS, digits=_DIGITS)
@example(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "9999999")
@example(datetime(2026, 1, 1, tzinfo=UTC), "1229999999")
@example(datetime(2026, 1, 1, tzinfo=UTC), "123000000")
def test_it_is_the_first_millisecond_that_is_not_before(
    time: datetime, digits: str
) -> None:
    whole, zone = time.isoformat()[:19], time.isoformat()[19:]
    fraction = f".{digits}" if digits else ""

    found = read(f"{whole}{fraction}{zone}")

    wanted = (time - _EPOCH) // timedelta(seconds=1) + Fraction(f"0{fraction}")
    assert 0 <= to_milliseconds(found) - wanted * 1000 < 1


@pytest.mark.parametrize(
    ("spelt", "found"),
    [
        ("1990-12-31T23:59:60Z", "1991-01-01T00:00:00.000Z"),
        ("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000Z"),
        ("2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00.500Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_leap_second_and_the_calendars_end_are_times(spelt: str, found: str) -> None:
    assert read(spelt) == found


@pytest.mark.parametrize(
    "spelt",
    [
        "9999-12-31T23:59:59-02:00",
        "9999-12-31T23:59:60Z",
        "0001-01-01T00:00:00+02:00",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:61Z",
        "2026-01-30T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1\u0663Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00Z",
        "2026-01-01",
        "1767225600",
        "",
    ],
)
def test_what_is_no_time_is_refused(spelt: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        read(spelt)


@given(text=st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    found = None
    with suppress(ValueError):
        found = read(text)

    assert found is None or len(found) == len("2026-01-01T00:00:00.000Z")
