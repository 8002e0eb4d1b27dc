"""The OpenAPI 3.1 document, made from the structs that the answers are made from."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gateway.api import examples
from gateway.api.health import Liveness, Readiness
from gateway.api.openapi_media import to_deletion, to_media_paths
from gateway.api.openapi_parts import to_path_parameter, to_problem
from gateway.api.parameters import LONGEST, is_repeatable
from gateway.api.problems import KINDS, Problem
from gateway.api.providers import Provider, Providers
from gateway.core.model import KINDS as ITEM_KINDS, STATUSES, GalleryItem, GalleryPage
from gateway.core.ports import Plugin

_TEXT = {"type": "string", "maxLength": LONGEST}
_TIME = {**_TEXT, "format": "date-time"}


def to_document(plugins: Mapping[str, Plugin], version: str) -> dict[str, Any]:
    """Describe the API; `plugins` are the configured providers by name."""
    structs = [GalleryPage, GalleryItem, Providers, Provider]
    described = [*structs, Liveness, Readiness, Problem]
    _, schemas = msgspec.json.schema_components(
        described, ref_template="#/components/schemas/{name}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gallery gateway",
            "version": version,
            "description": "One gallery over many generation services, newest first.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"key": []}, {}],
        "paths": _to_paths(plugins),
        "components": {
            "schemas": {name: _to_whole(schema) for name, schema in schemas.items()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _to_whole(schema: dict[str, Any]) -> dict[str, Any]:
    """Require every field: what is absent is null, never a missing key."""
    return {**schema, "required": list(schema["properties"])}


def _to_paths(plugins: Mapping[str, Plugin]) -> dict[str, Any]:
    item_id = to_path_parameter(
        "item_id", "As `id` in a page: `provider:native`", "hyper3d:4f0c"
    )
    code = to_path_parameter("code", "A problem's code", "invalid-cursor")
    name = to_path_parameter(
        "name", "A provider's name", next(iter(plugins), "hyper3d")
    )
    return {
        "/v1/gallery": _get(
            "listGallery",
            "One page of the gallery, newest first",
            GalleryPage,
            ("invalid-parameter", "expired-cursor", *_SOURCES),
            [*_gallery_parameters(plugins), *_HEADERS],
        ),
        "/v1/gallery/{item_id}": _get(
            "getItem",
            "One item with all its assets",
            GalleryItem,
            ("invalid-parameter", "not-found", *_SOURCES),
            [item_id, _INCLUDE],
        )
        | to_deletion(item_id),
        **to_media_paths(item_id),
        "/v1/providers": _get(
            "listProviders",
            "The tenant's providers",
            Providers,
            _CALLER,
        ),
        "/v1/providers/{name}": _get(
            "getProvider",
            "One provider",
            Provider,
            ("not-found", *_CALLER),
            [name],
        ),
        "/health/live": _open(_get("live", "Whether it answers", Liveness, ())),
        "/health/ready": _open(_get("ready", "Whether it is ready", Readiness, ())),
        "/problems/{code}": _open(
            _get_text("explainProblem", "What an error means", [code])
        ),
    }


_CALLER = ("unauthorized", "forbidden", "rate-limited")
_SOURCES = (*_CALLER, "upstream-unauthorized", "upstream-unavailable")


def _get(
    operation_id: str,
    summary: str,
    answer: type[msgspec.Struct],
    problems: Sequence[str],
    parameters: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    schema: dict[str, Any] = {"$ref": f"#/components/schemas/{answer.__name__}"}
    example = examples.ANSWERS.get(answer)
    media = {"schema": schema} | ({"example": example} if example else {})
    good = {"description": summary, "content": {"application/json": media}}
    faults = {str(KINDS[code].status): to_problem(code) for code in problems}
    return {
        "get": {
            "operationId": operation_id,
            "summary": summary,
            "parameters": list(parameters),
            "responses": {"200": good, **faults},
        }
    }


def _open(path: dict[str, Any]) -> dict[str, Any]:
    """Mark what needs no key."""
    return {method: {**what, "security": []} for method, what in path.items()}


def _get_text(
    operation_id: str, summary: str, parameters: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    content = {"text/html": {"schema": {"type": "string"}}}
    good = {"description": summary, "content": content}
    return {
        "get": {
            "operationId": operation_id,
            "summary": summary,
            "parameters": list(parameters),
            "responses": {"200": good, "404": to_problem("not-found")},
        }
    }


def _query(
    name: str, description: str, schema: Mapping[str, Any], *, repeats: bool = False
) -> dict[str, Any]:
    many = {"type": "array", "items": schema}
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": many if repeats else schema,
    }


_INCLUDE = _query(
    "include",
    "`native`: the upstream's own fields",
    {"type": "string", "enum": ["native"]},
    repeats=True,
)

_HEADERS = (
    {
        "name": "Prefer",
        "in": "header",
        "description": "`wait=N`: wait for slow sources for so many seconds, 0 to 30",
        "schema": {"type": "string"},
        "example": "wait=5",
    },
    {
        "name": "Cache-Control",
        "in": "header",
        "description": "`no-cache` asks every source anew",
        "schema": {"type": "string"},
    },
)


def _gallery_parameters(plugins: Mapping[str, Plugin]) -> list[dict[str, Any]]:
    return [
        _query("limit", "Items on a page", _whole(1, 100, 24)),
        _query("cursor", "`next_cursor` of the page before", {"type": "string"}),
        _query("provider", "Only these", _enum(tuple(plugins)), repeats=True),
        _query("kind", "Only these", _enum(ITEM_KINDS), repeats=True),
        _query("status", "Only these", _enum(STATUSES), repeats=True),
        _query("q", "Words that all occur in title, prompt or a file name", _TEXT),
        _query("created_after", "Inclusive", _TIME),
        _query("created_before", "Exclusive", _TIME),
        _query("assets_limit", "Assets listed of each item", _whole(0, 200, 4)),
        _INCLUDE,
        _query("require", "`all`: 503 unless every source answers", _REQUIRE),
        *(own for name, plugin in plugins.items() for own in _to_own(name, plugin)),
    ]


_REQUIRE = {"type": "string", "enum": ["any", "all"], "default": "any"}


def _to_own(provider: str, plugin: Plugin) -> list[dict[str, Any]]:
    """Describe a provider's own filters; a list is a repeatable parameter."""
    return [
        _query(
            f"{provider}.{field.name}",
            f"{plugin.title}'s own filter",
            _to_element(field.type),
            repeats=is_repeatable(field.type),
        )
        for field in msgspec.structs.fields(plugin.filters)
    ]


def _to_element(annotation: Any) -> dict[str, Any]:
    schema = msgspec.json.schema(annotation)
    items: dict[str, Any] = schema.get("items", schema)
    return items


def _whole(least: int, most: int, default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most, "default": default}


def _enum(words: Sequence[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}
