"""A time is text in one canonical spelling, which sorts as it reads.

The spelling is RFC 3339 in UTC with three fraction digits and `Z`, as in
`2025-03-02T08:00:00.000Z`: what answers show, what the cache keeps, and what
the walk compares. Its width is fixed, so text order is time order.
"""

from datetime import UTC, datetime, timedelta

EARLIEST = "2000-01-01T00:00:00.000Z"
LATEST = "9999-12-31T23:59:59.999Z"

_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # UTC by this file's convention
_EPOCH = _NAIVE_EPOCH.replace(tzinfo=UTC)
_DAY = timedelta(days=1)


def to_time(moment: datetime) -> str:
    """Spell a moment canonically; one without a zone is taken as UTC.

    Raises:
        OverflowError: brought to UTC, it falls outside of the years 1 to 9999.
    """
    if moment.tzinfo is not None and moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    text = moment.isoformat()
    return f"{text[:23]}Z" if moment.microsecond else f"{text[:19]}.000Z"


def from_epoch_ms(milliseconds: int) -> str | None:
    """Spell a count of milliseconds since 1970; None outside of the calendar."""
    try:
        return to_time(_NAIVE_EPOCH + timedelta(milliseconds=milliseconds))
    except OverflowError:
        return None


def parse(text: str | None) -> str | None:
    """Read an upstream's ISO 8601 date-time; None when it is not one.

    Fractions of any length and a missing zone (UTC) are accepted.
    """
    if text is None:
        return None
    try:
        return to_time(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def tomorrow(now: float) -> str:
    """Return the latest time that a created item may have, from `now` in epoch seconds."""
    return to_time(_EPOCH + timedelta(seconds=now) + _DAY)


def within(time: str | None, latest: str) -> str | None:
    """Keep a time from the year 2000 to `latest`; any other counts as none."""
    return time if time is not None and EARLIEST <= time <= latest else None
