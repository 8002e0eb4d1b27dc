"""One parameter of a query: how it is described, and how its values are read.

The OpenAPI document and the reading of a request are made from the same parameter.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Struct

from gateway.plugin.query import to_folded
from gateway.plugin.times import LATEST, to_time

LONGEST = 1_000
_WHOLE = re.compile(r"[0-9]{1,9}")
_TIME = re.compile(
    r"(?P<minute>.{16}):(?P<second>[0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]{1,3})(?P<finer>[0-9]*))?(?P<zone>.*)"
)
_LEAP = "60"
_SECOND, _MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)
_Zoned: TypeAlias = Annotated[datetime, Meta(tz=True)]
_TEXT: Mapping[str, Any] = {"type": "string", "maxLength": LONGEST}


class Parameter(Struct, frozen=True, kw_only=True):
    """A parameter by its name; `schema` is a single value's, as JSON Schema.

    `read` is given the value or, where it `repeats`, the list of all, and raises
    ValueError with what it expected. Without any value it has the `default`.
    One that `is_opaque` is judged by whoever reads it, whatever its characters and length.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    read: Callable[[Any], Any]
    default: Any = None
    repeats: bool = False
    is_opaque: bool = False


def whole(
    name: str, description: str, *, least: int, most: int, default: int
) -> Parameter:
    """Take a whole number from `least` to `most`."""

    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise ValueError(f"expected a whole number from {least} to {most}")
        return int(text)

    return Parameter(
        name=name,
        description=description,
        schema={
            "type": "integer",
            "minimum": least,
            "maximum": most,
            "default": default,
        },
        read=read,
        default=default,
    )


def choice(name: str, description: str, words: Sequence[str]) -> Parameter:
    """Take one of some words; without it, the first."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(to_expected(words))
        return text

    return Parameter(
        name=name,
        description=description,
        schema={"type": "string", "enum": list(words), "default": words[0]},
        read=read,
        default=words[0],
    )


def choices(name: str, description: str, words: Sequence[str]) -> Parameter:
    """Take any of some words, repeatedly; without it, no set of them."""

    def read(texts: Sequence[str]) -> frozenset[str]:
        if any(text not in words for text in texts):
            raise ValueError(to_expected(words))
        return frozenset(texts)

    return Parameter(
        name=name,
        description=description,
        schema={"type": "string", "enum": list(words)},
        read=read,
        default=frozenset(),
        repeats=True,
    )


def words(name: str, description: str) -> Parameter:
    """Take a text, as its folded words in their order in the alphabet."""

    def read(text: str) -> tuple[str, ...]:
        return tuple(sorted(set(to_folded(text).split())))

    return Parameter(
        name=name, description=description, schema=_TEXT, read=read, default=()
    )


def moment(name: str, description: str) -> Parameter:
    """Take a time; one between two milliseconds, as items have them, is the later."""

    def read(text: str) -> str:
        found = _TIME.fullmatch(text)
        try:
            if found is not None:
                return _to_moment(found)
        except (msgspec.ValidationError, OverflowError):
            pass
        raise ValueError(
            "expected an RFC 3339 time, as 2026-01-01T00:00:00Z (spell + as %2B)"
        )

    schema = {**_TEXT, "format": "date-time"}
    return Parameter(name=name, description=description, schema=schema, read=read)


def _to_moment(spelt: re.Match[str]) -> str:
    """Read a time; a fraction is cut before that, as msgspec rounds it.

    A leap second is the moment after 23:59:59, the last of a month in UTC (RFC 3339, 5.7).

    Raises:
        msgspec.ValidationError, OverflowError: there is no such time in the years 1 to 9999.
    """
    parts = spelt.groupdict(default="")
    is_leap = parts["second"] == _LEAP
    second = "59" if is_leap else parts["second"]
    fraction = parts["fraction"].ljust(3, "0")
    text = f"{parts['minute']}:{second}.{fraction}{parts['zone']}"
    time = msgspec.convert(text, _Zoned).astimezone(UTC)
    if is_leap:
        time = _to_next_month(time)
    if parts["finer"].strip("0") and to_time(time) != LATEST:
        time += _MILLISECOND
    return to_time(time)


def _to_next_month(utc: datetime) -> datetime:
    after = utc + _SECOND
    if (after.day, after.hour, after.minute, after.second) != (1, 0, 0, 0):
        raise msgspec.ValidationError("no leap second")
    return after


def opaque(name: str, description: str) -> Parameter:
    """Take any text at all, as it is."""
    return Parameter(
        name=name,
        description=description,
        schema={"type": "string"},
        read=str,
        is_opaque=True,
    )


def to_expected(words: Sequence[str]) -> str:
    """Say which words there are."""
    if not words:
        return "expected nothing: there is none"
    return f"expected one of: {', '.join(words)}"
