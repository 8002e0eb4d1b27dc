"""Structs from foreign values of which some are not what they should be.

A field that a struct can do without is left at its default where its value is malformed;
a whole number may be spelt `1.0`.
"""

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Struct, structs

Wire = TypeVar("Wire")
T = TypeVar("T", bound=Struct)


def to_tolerated(body: bytes, wire: type[Wire]) -> Wire:
    """Decode JSON to a type, as far as that goes.

    Raises:
        msgspec.DecodeError: it is no JSON, or what cannot be left out is malformed.
    """
    tolerated: Wire
    if get_origin(wire) is None and issubclass(wire, Struct):
        raws = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        tolerated = _to_struct(raws, wire, _read)
    else:
        tolerated = _convert(msgspec.json.decode(body), wire)
    return tolerated


def _read(raw: Any, kind: Any) -> Any:
    """Decode a field; a list whose entries stay as they are is tried as such first."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError:
        return _convert(msgspec.json.decode(raw), kind)


def _convert(value: object, kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _to_struct(value, kind, _convert)
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return _to_any_of(value, get_args(kind))
    if origin is list and isinstance(value, list):
        return _to_list(value, get_args(kind)[0])
    if isinstance(value, float) and value.is_integer() and _is_whole(kind):
        value = int(value)
    return msgspec.convert(value, kind)


def _to_struct(value: object, kind: type[T], make: Callable[[Any, Any], Any]) -> T:
    if not isinstance(value, Mapping):
        return msgspec.convert(value, kind)
    hints = get_type_hints(kind, include_extras=True)
    given: dict[str, Any] = {}
    for field in structs.fields(kind):
        if field.encode_name not in value:
            continue
        try:
            given[field.name] = make(value[field.encode_name], hints[field.name])
        except msgspec.ValidationError:
            if field.default is NODEFAULT and field.default_factory is NODEFAULT:
                raise
    try:
        return kind(**given)
    except TypeError as error:
        raise msgspec.ValidationError(str(error)) from error


def _to_any_of(value: object, kinds: Sequence[Any]) -> Any:
    """Take the first that fits as it is, else the first that can be made of it."""
    for convert_to in (msgspec.convert, _convert):
        for kind in kinds:
            try:
                return convert_to(value, kind)
            except msgspec.ValidationError:
                continue
    raise msgspec.ValidationError("it is none of what it may be")


def _to_list(values: Sequence[object], kind: Any) -> list[Any]:
    """Leave out what is malformed, or null in its place where that may be."""
    made = []
    may_be_null = type(None) in get_args(kind)
    for value in values:
        try:
            made.append(_convert(value, kind))
        except msgspec.ValidationError:
            if may_be_null:
                made.append(None)
    return made


def _is_whole(kind: Any) -> bool:
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return kind is int
