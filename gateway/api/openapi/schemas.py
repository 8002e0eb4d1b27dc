"""The answers' structs as schemas: every field required, enumerations left open."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import msgspec
from msgspec import Struct

from gateway.accounts.health import HealthState
from gateway.api.openapi.words import FIELDS
from gateway.api.problems.catalogue import KINDS
from gateway.jobs.states import JobStatus
from gateway.plugin.model import Action, Kind, Role, SourceState, Status, Visibility
from gateway.plugin.operations import Makes, Method, OperationScope
from gateway.ports.stores import StoreState
from gateway.settings.redis_address import RedisKind


def _refer(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_GROWING: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Kind": ("What something is", get_args(Kind)),
    "Status": ("How far something has come", get_args(Status)),
    "Role": ("What an asset is to its item", get_args(Role)),
    "Visibility": ("Who may see an item", get_args(Visibility)),
    "Action": ("What may be done with an item", get_args(Action)),
    "SourceState": ("How a provider fared in an answer", get_args(SourceState)),
    "JobStatus": ("How far a job has come", get_args(JobStatus)),
    "Makes": ("What an operation gives", get_args(Makes)),
    "Method": ("How an operation is asked for", get_args(Method)),
    "Scope": ("What a key has to allow", get_args(OperationScope)),
    "HealthState": (
        "How a provider has fared lately; `open`: it is left alone for a while",
        get_args(HealthState),
    ),
    "StoreState": (
        "How the shared cache is; `memory`: there is none",
        get_args(StoreState),
    ),
    "RedisKind": ("Of how many servers the shared cache is", get_args(RedisKind)),
    "ProblemCode": ("What went wrong; `/problems/CODE` explains it", tuple(KINDS)),
}
_NAMES = {frozenset(words): name for name, (_, words) in _GROWING.items()}

_OBJECTS: Mapping[str, str] = {
    "Native": "An upstream's own fields, which the common ones have no place for",
    "InputSchema": "The JSON Schema of a body, with an example",
    "OutputSchema": "The JSON Schema of an answer",
    "FilterSchema": "The JSON Schema of an object: its properties are the filters",
}

_TIME = {"type": "string", "format": "date-time"}
_OWN: Mapping[str, Mapping[str, Any]] = {
    "code": _refer("ProblemCode"),
    "native": _refer("Native"),
    "filters": _refer("FilterSchema"),
    "input_schema": _refer("InputSchema"),
    "output_schema": _refer("OutputSchema"),
    "finished_at": _TIME,
    "created_at": _TIME,
    "updated_at": _TIME,
    "links_expire_at": _TIME,
    "read_through": _TIME,
    "retry_at": _TIME,
    "expires_at": _TIME,
    "time": _TIME,
}
"""What a struct's types say too little of, by the field's name."""


def to_schemas(structs: Sequence[type[Struct]]) -> dict[str, Any]:
    """Describe structs and what they are made of, by their names."""
    _, found = msgspec.json.schema_components(
        structs, ref_template="#/components/schemas/{name}"
    )
    growing = {name: _to_growing(name, *fields) for name, fields in _GROWING.items()}
    objects = {
        name: {"type": "object", "description": words, "additionalProperties": True}
        for name, words in _OBJECTS.items()
    }
    whole = {name: _to_whole(name, schema) for name, schema in found.items()}
    return {**whole, **growing, **objects}


def _to_growing(name: str, words: str, known: Sequence[str]) -> dict[str, Any]:
    """Describe an enumeration that may grow: a known word, or any other.

    The title is what generators call the known ones.
    """
    closed = {"title": name, "type": "string", "enum": list(known)}
    return {"description": f"{words}; may grow", "anyOf": [closed, {"type": "string"}]}


def _to_whole(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Require every field: what is absent is null, never a missing key.

    Only where a field stands in for another, it may be left out: then it has no default.
    """
    words = FIELDS[name]
    properties = {
        field: {**_to_field(field, own), "description": words[field]}
        for field, own in schema["properties"].items()
    }
    described = " ".join(schema["description"].split())
    return {
        **schema,
        "description": described,
        "properties": properties,
        "required": [
            field
            for field, own in schema["properties"].items()
            if field in schema.get("required", ()) or "default" in own
        ],
    }


def _to_field(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    own = _OWN.get(name)
    if own is None:
        return _to_open({key: schema[key] for key in schema if key != "default"})
    return {"anyOf": [own, {"type": "null"}]} if "anyOf" in schema else {**own}


def _to_open(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Put the names of enumerations in their places."""
    name = _NAMES.get(frozenset(schema.get("enum", ())))
    if name is not None:
        return _refer(name)
    opened = {"type": "string", **schema} if "enum" in schema else dict(schema)
    for key in ("items", "additionalProperties"):
        if key in schema:
            opened[key] = _to_open(schema[key])
    if "anyOf" in schema:
        opened["anyOf"] = [_to_open(one) for one in schema["anyOf"]]
    return opened
