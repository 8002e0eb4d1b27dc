"""Tables and JSON objects to structs, field by field, so that every fault is reported.

msgspec checks each field's value; its messages name types and ranges, and are
replaced where they would quote the value.
"""

import math
from collections.abc import Sequence
from typing import Any, TypeGuard, TypeVar

import msgspec
from msgspec import Struct

from gateway.settings.checks import Check, FaultError
from gateway.settings.reading.places import Place
from gateway.settings.reading.references import FAULTY, Resolved
from gateway.settings.reading.types import (
    allows_null,
    describe,
    item_type,
    peel,
    without_null,
)

S = TypeVar("S", bound=Struct)


def to_struct(struct: type[S], table: object, place: Place) -> S | None:
    """Convert a table; None when a fault in it was reported, now or before."""
    if table is FAULTY:
        return None
    if not isinstance(table, dict):
        place.report(f"expected {place.table}")
        return None
    fields = msgspec.structs.fields(struct)
    place.report_unknown(table, [field.encode_name for field in fields])
    values = {
        field.name: _to_field(field, table, place)
        for field in fields
        if field.required or field.encode_name in table
    }
    if any(value is FAULTY for value in values.values()):
        return None
    return _build(struct, values, place)


def _to_field(
    field: msgspec.structs.FieldInfo, table: dict[str, object], place: Place
) -> Any:
    inner = place.key(field.encode_name)
    if field.encode_name in table:
        return _to_value(field.type, table[field.encode_name], inner)
    inner.report(f"missing; expected {_describe(field.type, place)}")
    return FAULTY


def _build(struct: type[S], values: dict[str, Any], place: Place) -> S | None:
    try:
        return struct(**values)
    except (ValueError, TypeError) as error:
        message = str(error)
    # a struct's own rule: its author may have quoted what it found
    texts = [value for value in values.values() if isinstance(value, str) and value]
    spelt = {*texts, *(repr(text)[1:-1] for text in texts)}
    if not message or any(text in message for text in spelt):
        message = "expected other values; its plugin refuses these"
    place.report(message)
    return None


def _to_value(type_: Any, value: object, place: Place) -> Any:
    """Convert one value; `FAULTY` when a fault in it was reported."""
    if value is FAULTY:
        return FAULTY
    if value is None and allows_null(type_):
        return None
    type_ = without_null(type_)
    base, metadata = peel(type_)
    if isinstance(base, type) and issubclass(base, Struct):
        converted = to_struct(base, value, place)
        return FAULTY if converted is None else converted
    if base is int and place.has_whole_floats and _is_whole(value):
        value = int(value)
    inner = item_type(base)
    if inner is not None:
        value = _to_items(inner, value, place)
        if value is FAULTY:
            return FAULTY
    return _to_leaf(type_, metadata, value, place)


def _is_whole(value: object) -> TypeGuard[float]:
    return isinstance(value, float) and value.is_integer()


def _to_items(inner: Any, value: object, place: Place) -> Any:
    if not isinstance(value, list):
        place.report("expected an array")
        return FAULTY
    items = [
        _to_value(inner, item, place.index(index)) for index, item in enumerate(value)
    ]
    return FAULTY if any(item is FAULTY for item in items) else items


def _to_leaf(type_: Any, metadata: Sequence[Any], value: object, place: Place) -> Any:
    # the environment knows text only, so there "8000" may be a number
    is_strict = not isinstance(value, Resolved)
    # and no `Resolved` goes on: msgspec encodes `str` itself, but none of its kinds
    plain = value if is_strict else str(value)
    try:
        converted = msgspec.convert(plain, type_, strict=is_strict)
        for check in metadata:
            if isinstance(check, Check):
                converted = check.read(converted)
    except msgspec.ValidationError as error:
        place.report(_to_message(error, type_, place))
    except FaultError as fault:
        place.report(f"expected {fault}")
    except (ValueError, OverflowError):
        place.report(f"expected {_describe(type_, place)}")
    else:
        if not isinstance(converted, float) or math.isfinite(converted):
            return converted
        place.report("expected a finite number")
    return FAULTY


def _to_message(error: msgspec.ValidationError, type_: Any, place: Place) -> str:
    message = str(error)
    if message.startswith("Expected"):
        return message.replace("Expected", "expected").replace("`object`", place.table)
    # the other messages may quote the value
    return f"expected {_describe(type_, place)}"


def _describe(type_: Any, place: Place) -> str:
    return describe(type_, place.table)
