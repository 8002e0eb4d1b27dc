"""The raw query of a gallery request to values, all its faults at once."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeAlias, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Struct

from gateway.plugin.errors import Fault, InvalidParameterError
from gateway.plugin.model import KINDS, STATUSES
from gateway.plugin.query import Query, to_folded
from gateway.plugin.times import to_time

SINGLE = (
    "limit",
    "cursor",
    "q",
    "created_after",
    "created_before",
    "assets_limit",
    "require",
)
REPEATABLE = ("provider", "kind", "status", "include")
LONGEST = 1_000
_MOST_FIELDS = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_Zoned: TypeAlias = Annotated[datetime, Meta(tz=True)]
_WHOLE = re.compile(r"[0-9]{1,9}")
_FINER = re.compile(r"\.[0-9]{6}([0-9]+)")
"""What of a second's fraction is less than a microsecond."""
_MILLISECOND = timedelta(milliseconds=1)

Value = TypeVar("Value")


class GalleryParameters(Struct, frozen=True, kw_only=True):
    """What the query of `GET /v1/gallery` says."""

    query: Query
    limit: int = 24
    cursor: str | None = None
    assets_limit: int = 4
    has_native: bool = False
    needs_all: bool = False


def parse(raw: bytes, filters: Mapping[str, type[Struct]]) -> GalleryParameters:
    """Read a query; `filters` are the caller's providers with their own filters.

    Raises:
        InvalidParameterError: with every fault, each naming its parameter.
    """
    return _Parser(_to_values(raw), filters).parse()


def parse_item(raw: bytes) -> bool:
    """Read the query of a single item: tell whether it includes native fields.

    Raises:
        InvalidParameterError: it has another parameter.
    """
    return bool(parse_choices(raw, {"include": ("native",)})["include"])


def parse_choices(
    raw: bytes, choices: Mapping[str, Sequence[str]]
) -> dict[str, frozenset[str]]:
    """Read a query of repeatable parameters alone, each with the words that it takes.

    Raises:
        InvalidParameterError: it has another parameter, or another word.
    """
    values = _to_values(raw)
    faults = [_to_odd(name) for name in values if name not in choices]
    faults += [
        Fault(where=name, message=f"expected {_to_choice(words)}")
        for name, words in choices.items()
        if any(value not in words for value in values.get(name, ()))
    ]
    if faults:
        raise InvalidParameterError(faults)
    return {name: frozenset(values.get(name, ())) for name in choices}


def refuse_parameters(raw: bytes) -> None:
    """Let nobody believe in a parameter where there is none.

    Raises:
        InvalidParameterError: there is one.
    """
    if faults := [_to_odd(name) for name in _to_values(raw)]:
        raise InvalidParameterError(faults)


def _to_odd(name: str) -> Fault:
    return Fault(where=_show(name), message="not a parameter here")


def _show(name: str) -> str:
    return (name if name.isprintable() else ascii(name))[:100]


def _to_values(raw: bytes) -> dict[str, list[str]]:
    values: defaultdict[str, list[str]] = defaultdict(list)
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except UnicodeDecodeError as error:
        fault = Fault(where="query", message="expected percent-encoded UTF-8")
        raise InvalidParameterError([fault]) from error
    except ValueError as error:
        fault = Fault(where="query", message=f"more than {_MOST_FIELDS} parameters")
        raise InvalidParameterError([fault]) from error
    for name, value in pairs:
        values[name].append(value)
    return values


class _Parser:
    def __init__(
        self, values: Mapping[str, list[str]], filters: Mapping[str, type[Struct]]
    ) -> None:
        self._values = values
        self._filters = filters
        self._faults: list[Fault] = []

    def parse(self) -> GalleryParameters:
        self._refuse_odd_ones()
        parameters = GalleryParameters(
            query=self._to_query(),
            limit=self._single("limit", _to_whole(1, 100), 24),
            cursor=self._single("cursor", str, None),
            assets_limit=self._single("assets_limit", _to_whole(0, 200), 4),
            has_native="native" in self._several("include", ("native",)),
            needs_all=self._single("require", _to_one_of("any", "all"), "any") == "all",
        )
        if self._faults:
            raise InvalidParameterError(self._faults)
        return parameters

    def _to_query(self) -> Query:
        return Query(
            providers=self._several("provider", tuple(self._filters)),
            kinds=self._several("kind", KINDS),
            statuses=self._several("status", STATUSES),
            words=tuple(sorted(set(self._single("q", _to_short, "").split()))),
            created_after=self._single("created_after", _to_moment, None),
            created_before=self._single("created_before", _to_moment, None),
            filters=self._to_filters(),
        )

    def _fault(self, where: str, message: str) -> None:
        self._faults.append(Fault(where=where, message=message))

    def _refuse_odd_ones(self) -> None:
        for name, values in self._values.items():
            shown = _show(name)
            if not self._is_known(name):
                self._faults.append(_to_odd(name))
            elif any(len(v) > LONGEST for v in values) and name != "cursor":
                self._fault(shown, f"longer than {LONGEST} characters")
            elif any(_CONTROL.search(value) for value in values):
                self._fault(shown, "holds control characters")

    def _is_known(self, name: str) -> bool:
        if name in SINGLE or name in REPEATABLE:
            return True
        provider, _, field = name.partition(".")
        own = self._filters.get(provider)
        return own is not None and field in own.__struct_fields__

    def _single(self, name: str, convert: Callable[[str], Value], default: Any) -> Any:
        values = self._values.get(name, [])
        if not values:
            return default
        if len(values) > 1:
            self._fault(name, "given more than once")
            return default
        try:
            return convert(values[0])
        except ValueError as error:
            self._fault(name, str(error))
            return default

    def _several(self, name: str, allowed: Sequence[str]) -> Any:
        values = self._values.get(name, [])
        if any(value not in allowed for value in values):
            self._fault(name, f"expected {_to_choice(allowed)}")
        return frozenset(values)

    def _to_filters(self) -> dict[str, Struct]:
        found = {}
        for provider, struct in self._filters.items():
            given = {
                name.partition(".")[2]: values
                for name, values in self._values.items()
                if name.startswith(f"{provider}.") and self._is_known(name)
            }
            if given:
                found[provider] = self._to_own(provider, struct, given)
        return found

    def _to_own(
        self, provider: str, struct: type[Struct], given: Mapping[str, list[str]]
    ) -> Struct:
        """Convert a provider's filters one by one, to name each fault."""
        good: dict[str, Any] = {}
        for field in msgspec.structs.fields(struct):
            values = given.get(field.name)
            if values is None:
                continue
            where = f"{provider}.{field.name}"
            value: Any = values if is_repeatable(field.type) else values[0]
            if value is not values and len(values) > 1:
                self._fault(where, "given more than once")
                continue
            try:
                good[field.name] = msgspec.convert(value, field.type, strict=False)
            except msgspec.ValidationError as error:
                self._fault(where, _to_expected(field.type) or str(error))
        return struct(**good)


def _to_expected(annotation: Any) -> str | None:
    """Say which words a filter takes, where these are told one by one."""
    schema = msgspec.json.schema(annotation)
    words = schema.get("items", schema).get("enum")
    return None if words is None else f"expected {_to_choice(words)}"


def is_repeatable(annotation: Any) -> bool:
    """Return whether a filter is a list, which takes its parameter several times."""
    kind = msgspec.inspect.type_info(annotation)
    if isinstance(kind, msgspec.inspect.Metadata):
        kind = kind.type
    return isinstance(
        kind,
        msgspec.inspect.VarTupleType
        | msgspec.inspect.ListType
        | msgspec.inspect.SetType
        | msgspec.inspect.FrozenSetType,
    )


def _to_whole(least: int, most: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise ValueError(f"expected a whole number from {least} to {most}")
        return int(text)

    return convert


def _to_short(text: str) -> str:
    """Fold a text that is not too long, which has been told if it is."""
    return "" if len(text) > LONGEST else to_folded(text)


def _to_one_of(*words: str) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in words:
            raise ValueError(f"expected {_to_choice(words)}")
        return text

    return convert


def _to_choice(words: Sequence[str]) -> str:
    return f"one of: {', '.join(words)}" if words else "nothing: there is none"


def _to_moment(text: str) -> str:
    """Read a time; one between two milliseconds, as items have them, is the later."""
    try:
        moment = msgspec.convert(text, _Zoned)
        finer = _FINER.search(text)
        if moment.microsecond % 1000 or (finer and finer[1].strip("0")):
            moment += _MILLISECOND
        return to_time(moment)
    except (msgspec.ValidationError, OverflowError) as error:
        raise ValueError(
            "expected an RFC 3339 time, as 2026-01-01T00:00:00Z (spell + as %2B)"
        ) from error
