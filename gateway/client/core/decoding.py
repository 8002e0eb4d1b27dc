"""Answers to structs: what a later gateway adds is no error.

Unknown fields are left out. Unknown words of an enumeration stay as they are, although
the struct's annotation does not name them.
"""

import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct, structs

from gateway.client.core.errors import GatewayError, to_error, to_unexpected
from gateway.client.core.exchange import Reply
from gateway.client.core.structs import Problem

T = TypeVar("T")


def decode(reply: Reply, kind: type[T]) -> T:
    """Decode an answer's JSON.

    Raises:
        GatewayError: it is no JSON of that shape.
    """
    try:
        return decode_json(reply.content, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise to_unexpected(reply, f"not a {kind.__name__}: {error}") from error


def decode_json(content: bytes, kind: type[T]) -> T:
    """Decode JSON; raises what msgspec raises."""
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError:
        grown: T = _convert(msgspec.json.decode(content), kind)
        return grown


def to_refusal(reply: Reply) -> GatewayError:
    """Return the error that a refusal's problem tells of."""
    try:
        problem = decode_json(reply.content, Problem)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        problem = None
    return to_error(reply, problem)


@cache
def _fields(kind: type[Struct]) -> Mapping[str, tuple[str, Any]]:
    """Return a struct's fields by their names in JSON: each one's own name and type."""
    hints = get_type_hints(kind)
    return {
        field.encode_name: (field.name, hints[field.name])
        for field in structs.fields(kind)
    }


def _convert(value: Any, kind: Any) -> Any:
    """Convert what is decoded, with words that a `Literal` does not know."""
    if isinstance(kind, type) and issubclass(kind, Struct) and isinstance(value, dict):
        return _to_struct(value, kind)
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return None if value is None else _convert(value, _to_present(kind))
    if origin is tuple and isinstance(value, list):
        return tuple(_convert(one, get_args(kind)[0]) for one in value)
    if origin is Literal and isinstance(value, str):
        return value
    return msgspec.convert(value, kind)


def _to_struct(value: Mapping[str, Any], kind: type[Struct]) -> Struct:
    given = {
        name: _convert(value[spelt], hint)
        for spelt, (name, hint) in _fields(kind).items()
        if spelt in value
    }
    try:
        return kind(**given)
    except TypeError as error:  # a field is missing that has no default
        raise msgspec.ValidationError(str(error)) from error


def _to_present(kind: Any) -> Any:
    """Return what an optional is where it is something."""
    return next(one for one in get_args(kind) if one is not types.NoneType)
