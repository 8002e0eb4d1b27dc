"""The parts that paths of the OpenAPI document share."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.api.openapi import examples
from gateway.api.openapi.headers import to_headers
from gateway.api.parameters.parameter import Parameter
from gateway.api.problems.catalogue import KINDS

CALLER = ("unauthorized", "forbidden", "rate-limited", "too-large")
"""How whatever needs a key may refuse its caller."""

_HEADERS: Mapping[str, tuple[str, ...]] = {
    "unauthorized": ("WWW-Authenticate",),
    "unsupported-by-provider": ("Allow",),
    "range-not-satisfiable": ("Content-Range",),
    "rate-limited": ("Retry-After",),
    "upstream-unavailable": ("Retry-After",),
    "store-unavailable": ("Retry-After",),
    "idempotency-in-progress": ("Retry-After",),
}


def to_problems(*codes: str, headers: Sequence[str] = ()) -> dict[str, Any]:
    """Describe the errors of an operation by status; any may fail with a 500.

    `headers` are the headers that all of its answers have.
    """
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for code in (*codes, "internal"):
        by_status[KINDS[code].status].append(code)
    return {
        str(status): _to_problem(by_status[status], headers) for status in by_status
    }


def _to_problem(codes: Sequence[str], headers: Sequence[str]) -> dict[str, Any]:
    """Describe the errors that share a status."""
    own = {name for code in codes for name in _HEADERS.get(code, ())}
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {
            code: {"value": examples.to_problem(code, KINDS[code])} for code in codes
        },
    }
    return {
        "description": "; ".join(KINDS[code].title for code in codes),
        "headers": to_headers("Cache-Control", *own, *headers),
        "content": {"application/problem+json": content},
    }


def to_unchanged(*headers: str) -> dict[str, Any]:
    """Describe the answer to who has the same already."""
    return {
        "description": "It is the same as before",
        "headers": to_headers("ETag", "Cache-Control", *headers),
    }


def to_path_parameter(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", "minLength": 1},
        "example": example,
    }


def to_header_parameter(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


IF_NONE_MATCH = to_header_parameter(
    "If-None-Match", "The `ETag` of what is at hand", 'W/"9a0364b9e99bb480"'
)


PREFERENCES = (
    to_header_parameter(
        "Prefer",
        "`wait=N`: wait for slow sources for so many seconds, 0 to 30",
        "wait=5",
    ),
    to_header_parameter(
        "Cache-Control", "`no-cache` asks every source anew", "no-cache"
    ),
)


def to_query(table: Sequence[Parameter]) -> list[dict[str, Any]]:
    """Describe a route's parameters."""
    return [_to_parameter(parameter) for parameter in table]


def _to_parameter(parameter: Parameter) -> dict[str, Any]:
    many = {"type": "array", "items": parameter.schema, "minItems": 1}
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "schema": many if parameter.repeats else parameter.schema,
    }


def to_link(operation_id: str, **parameters: str) -> dict[str, Any]:
    """Describe what an answer leads to; parameters are runtime expressions."""
    return {"operationId": operation_id, "parameters": parameters}
