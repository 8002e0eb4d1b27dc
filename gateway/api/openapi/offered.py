"""The operations of the configured providers, each with a path of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from gateway.api.openapi import examples
from gateway.api.openapi.headers import COUNTED, to_headers
from gateway.api.openapi.media import FILES, GUARDED, to_conditions
from gateway.api.openapi.parts import (
    CALLER,
    IF_NONE_MATCH,
    to_header_parameter,
    to_link,
    to_problems,
    to_unchanged,
)
from gateway.api.routes.providers import PATH
from gateway.jobs.jobs import Job
from gateway.plugin.operations import (
    AnswerOperation,
    FileOperation,
    Input,
    JobOperation,
    JsonInput,
    Operation,
)

_SOURCES = ("upstream-unauthorized", "upstream-unavailable", "upstream-rejected")
_CHANGING = (
    "outcome-unknown",
    "idempotency-mismatch",
    "idempotency-in-progress",
    "store-unavailable",
)
_KEY = {
    **to_header_parameter(
        "Idempotency-Key",
        "Of the caller's own: the same key with the same body gives the first answer"
        " again, for a day",
        "6f1c3b52-0a0e-4c55-a6a5-1f2f3a4b5c6d",
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_BINARY: Mapping[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FORM = {
    "schema": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    }
}


def to_offered_paths(
    offered: Mapping[str, Sequence[Operation]],
) -> dict[str, Any]:
    """Describe all operations by their paths."""
    return {
        PATH.format(name=provider, operation=operation.name): {
            operation.method.lower(): _to_operation(provider, operation)
        }
        for provider, operations in offered.items()
        for operation in operations
    }


def to_offered_schemas(
    offered: Mapping[str, Sequence[Operation]],
) -> dict[str, Any]:
    """Describe what operations take and give, by names that begin with the provider's."""
    schemas: dict[str, Any] = {}
    for provider, operations in offered.items():
        taken = [
            one.input.type for one in operations if isinstance(one.input, JsonInput)
        ]
        given = [one.output for one in operations if isinstance(one, AnswerOperation)]
        for structs, to_own in ((taken, dict), (given, _to_whole)):
            _, found = msgspec.json.schema_components(
                structs, ref_template=f"#/components/schemas/{provider}_{{name}}"
            )
            schemas |= {
                f"{provider}_{name}": {
                    **to_own(_to_plain(schema)),
                    "title": f"{provider}_{name}",
                }
                for name, schema in found.items()
            }
    return schemas


def _to_plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what only tells that a field may be left out."""
    properties = {
        name: {key: value for key, value in field.items() if key != "default"}
        for name, field in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties}


def _to_whole(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Require every field: what is absent is null, never a missing key."""
    return {**schema, "required": list(schema["properties"])}


def _to_operation(provider: str, operation: Operation) -> dict[str, Any]:
    described = {
        "operationId": f"{provider}_{operation.name}",
        "tags": ["operations"],
        "summary": operation.title,
        "description": f"{operation.description} Scope: `{operation.scope}`.",
        "parameters": _to_parameters(operation),
        "responses": _to_responses(provider, operation),
    }
    if operation.input is not None:
        described["requestBody"] = _to_body(provider, operation.input)
    return described


def _to_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.method == "POST":
        return [_KEY]
    if isinstance(operation, FileOperation):
        return list(to_conditions())
    return [IF_NONE_MATCH]


def _to_body(provider: str, wanted: Input) -> dict[str, Any]:
    if isinstance(wanted, JsonInput):
        schema = _refer(provider, wanted.type)
        content = {"application/json": {"schema": schema, "example": wanted.example}}
        return {"required": True, "content": content}
    return {
        "required": True,
        "description": f"By its bytes one of: {', '.join(wanted.media_types)}",
        "content": {"application/octet-stream": _BINARY, "multipart/form-data": _FORM},
    }


def _to_responses(provider: str, operation: Operation) -> dict[str, Any]:
    refusals = ["invalid-parameter", "not-found", "upstream-refused"]
    if operation.method == "POST":
        refusals += _CHANGING
    if not isinstance(operation.input, JsonInput | None):
        refusals.append("unsupported-media-type")
    match operation:
        case AnswerOperation():
            good = _to_answer(provider, operation)
        case JobOperation():
            good = {"202": _to_accepted()}
        case _:
            good = _to_files()
            refusals += ("unsupported-media-type", "range-not-satisfiable")
    return {**good, **to_problems(*refusals, *CALLER, *_SOURCES, headers=COUNTED)}


def _to_answer(provider: str, operation: AnswerOperation) -> dict[str, Any]:
    content = {
        "schema": _refer(provider, operation.output),
        "example": operation.example,
    }
    is_get = operation.method == "GET"
    own = ("ETag",) if is_get else ("Idempotency-Replayed",)
    answer = {
        "description": "The upstream's answer",
        "headers": to_headers("Cache-Control", *own, *COUNTED),
        "content": {"application/json": content},
    }
    return {"200": answer, **({"304": to_unchanged(*COUNTED)} if is_get else {})}


def _to_accepted() -> dict[str, Any]:
    return {
        "description": "The job, which goes on: `GET /v1/jobs/{job_id}` follows it",
        "headers": to_headers(
            "Location",
            "Retry-After",
            "Cache-Control",
            "Idempotency-Replayed",
            *COUNTED,
        ),
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Job"},
                "example": examples.ANSWERS[Job],
            }
        },
        "links": {"job": to_link("getJob", job_id="$response.body#/id")},
    }


def _to_files() -> dict[str, Any]:
    headers = to_headers(*GUARDED, "Content-Disposition", *COUNTED)
    part = to_headers(*GUARDED, "Content-Disposition", "Content-Range", *COUNTED)
    return {
        "200": {"description": "The file", "headers": headers, "content": FILES},
        "206": {"description": "A part of it", "headers": part, "content": FILES},
        "304": to_unchanged(*COUNTED),
    }


def _refer(provider: str, struct: type[Struct]) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{provider}_{struct.__name__}"}
