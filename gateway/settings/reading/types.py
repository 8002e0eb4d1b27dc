"""What a field's type says: its shape, its annotations, and how to call it."""

import types
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from gateway.settings.checks import Check

_ABSENT = {types.NoneType, msgspec.UnsetType}


def without_null(type_: Any) -> Any:
    """Return the type of a value that is there, for one that may be absent or null."""
    base, metadata = peel(type_)
    some = [arm for arm in _to_arms(base) if arm not in _ABSENT]
    if len(some) != 1:
        return type_
    return Annotated[(some[0], *metadata)] if metadata else some[0]


def allows_null(type_: Any) -> bool:
    return types.NoneType in _to_arms(peel(type_)[0])


def _to_arms(type_: Any) -> Sequence[Any]:
    is_union = get_origin(type_) in {Union, types.UnionType}
    return get_args(type_) if is_union else (type_,)


def peel(type_: Any) -> tuple[Any, Sequence[Any]]:
    """Part a type into its plain form and its annotations."""
    if get_origin(type_) is Annotated:
        base, *metadata = get_args(type_)
        return base, metadata
    return type_, ()


def item_type(base: Any) -> Any | None:
    """Return the type of an array's items; None for what is no array."""
    match get_origin(base), get_args(base):
        case (origin, (inner, *rest)) if origin is list or (
            origin is tuple and rest == [...]
        ):
            return inner
    return None


def describe(type_: Any, table: str = "a table") -> str:
    """Say what is expected, for messages that may not show what was found.

    `table` is what the file's kind calls keys and their values.
    """
    base, metadata = peel(type_)
    for mark in metadata:
        if isinstance(mark, Check):
            return mark.expected
    inner = item_type(base)
    if inner is not None:
        marks = [mark for mark in metadata if isinstance(mark, Meta)]
        fewest = max((mark.min_length or 0 for mark in marks), default=0)
        count = f" of {fewest} or more" if fewest else ""
        return f"an array{count}, each {describe(inner, table)}"
    if get_origin(base) is Literal:
        return "one of " + ", ".join(str(word) for word in get_args(base))
    if isinstance(base, type) and issubclass(base, Struct):
        required = [f.encode_name for f in msgspec.structs.fields(base) if f.required]
        return f"{table} with {', '.join(required)}" if required else table
    return f"`{getattr(base, '__name__', base)}`"
