"""What a caller asks for, as the parameters of `GET /v1/gallery`."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from gateway.client.core.exchange import Query

Value: TypeAlias = str | int | float | bool | datetime
Filter: TypeAlias = Value | Iterable[Value] | Mapping[str, object] | None
"""A value, several of them, or a provider's own filters by their names."""


def to_query(filters: Mapping[str, Filter]) -> Query:
    """Spell filters as parameters; None leaves one out.

    Raises:
        ValueError: a time has no zone.
        TypeError: a filter is nothing of what it may be.
    """
    return tuple(_to_parameters(filters, ""))


def _to_parameters(
    filters: Mapping[str, object], prefix: str
) -> Iterator[tuple[str, str]]:
    for name, value in filters.items():
        if isinstance(value, Mapping):
            yield from _to_parameters(value, f"{prefix}{name}.")
        elif isinstance(value, Iterable) and not isinstance(value, str):
            yield from ((prefix + name, _to_text(name, one)) for one in value)
        elif value is not None:
            yield prefix + name, _to_text(name, value)


def _to_text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _to_time(name, value)
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError(f"{name}: {type(value).__name__} is no filter")


def _to_time(name: str, moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError(f"{name}: a time needs a zone, as datetime.now(UTC) has")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
