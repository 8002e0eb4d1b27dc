"""The whole document, made from the structs that the answers are made from."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gateway.api.edge.tokens import MintedToken
from gateway.api.openapi import examples
from gateway.api.openapi.headers import COUNTED, HEADERS, to_headers
from gateway.api.openapi.media import to_deletion, to_media_paths
from gateway.api.openapi.offered import to_offered_paths, to_offered_schemas
from gateway.api.openapi.operations import TAGS, to_operation
from gateway.api.openapi.parts import (
    CALLER,
    IF_NONE_MATCH,
    PREFERENCES,
    to_header_parameter,
    to_link,
    to_path_parameter,
    to_problems,
    to_query,
    to_unchanged,
)
from gateway.api.openapi.schemas import to_schemas
from gateway.api.openapi.tokens import to_token_paths, to_token_schemas
from gateway.api.parameters import gallery, jobs
from gateway.api.problems.problem import Problem
from gateway.api.routes.health import Liveness, Readiness
from gateway.api.routes.jobs import JobList
from gateway.api.routes.providers import Provider, ProviderList
from gateway.jobs.jobs import Job
from gateway.plugin.model import GalleryItem, GalleryPage
from gateway.plugin.operations import Operation
from gateway.plugin.provider import Plugin

_DESCRIPTION = (
    "One gallery over many generation services, newest first. `HEAD` works wherever"
    " `GET` does. Absent values are null, never missing; enumerations may grow."
)
_ANSWERS = (
    *(GalleryPage, GalleryItem, ProviderList, Provider),
    *(Job, JobList, Liveness, Readiness),
)
_SOURCES = ("upstream-unauthorized", "upstream-unavailable")
_TAGGED = ("ETag", "Cache-Control", "Vary")
_PAGED = ("Link", "Age", "Cache-Status", "Server-Timing", "Preference-Applied")


def to_document(
    plugins: Mapping[str, Plugin],
    offered: Mapping[str, Sequence[Operation]],
    version: str,
    public_url: str = "",
) -> dict[str, Any]:
    """Describe the API; `plugins` and `offered` are the configured providers' by name."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gallery gateway",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": public_url or "/"}],
        "security": [{"bearer": []}, {"key": []}, {}],
        "tags": [{"name": name, "description": TAGS[name]} for name in TAGS],
        "paths": _to_paths(plugins) | to_offered_paths(offered),
        "components": {
            "schemas": to_schemas((*_ANSWERS, MintedToken, Problem))
            | to_offered_schemas(offered)
            | to_token_schemas(plugins),
            "headers": dict(HEADERS),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _to_paths(plugins: Mapping[str, Plugin]) -> dict[str, Any]:
    item_id = to_path_parameter(
        "item_id", "As `id` in a page: `provider:native`", "hyper3d:4f0c"
    )
    return {
        "/v1/gallery": _to_gallery(plugins),
        "/v1/gallery/{item_id}": _to_item(item_id) | to_deletion(item_id),
        **to_media_paths(item_id),
        **_to_job_paths([*plugins]),
        **_to_provider_paths(next(iter(plugins), "hyper3d")),
        **to_token_paths(),
        **_to_open_paths(),
    }


def _to_gallery(plugins: Mapping[str, Plugin]) -> dict[str, Any]:
    return _get(
        "listGallery",
        [*to_query(gallery.to_table(plugins)), *PREFERENCES, IF_NONE_MATCH],
        {
            "200": {
                **_to_good("The page", GalleryPage, *_TAGGED, *_PAGED, *COUNTED),
                "links": {
                    "next": to_link(
                        "listGallery", cursor="$response.body#/next_cursor"
                    ),
                    "first": to_link("getItem", item_id="$response.body#/items/0/id"),
                },
            },
            "304": to_unchanged(*_PAGED, *COUNTED),
            **to_problems(
                "invalid-parameter",
                "invalid-cursor",
                "expired-cursor",
                *CALLER,
                *_SOURCES,
                headers=COUNTED,
            ),
        },
    )


def _to_item(item_id: Mapping[str, Any]) -> dict[str, Any]:
    return _get(
        "getItem",
        [item_id, *to_query((gallery.INCLUDE,)), IF_NONE_MATCH],
        {
            "200": _to_good("The item", GalleryItem, *_TAGGED, *COUNTED),
            "304": to_unchanged(*COUNTED),
            **to_problems(
                "invalid-parameter", "not-found", *CALLER, *_SOURCES, headers=COUNTED
            ),
        },
    )


def _to_job_paths(providers: Sequence[str]) -> dict[str, Any]:
    job_id = to_path_parameter("job_id", "As `id` of a job", "job_AQ7nCTtV0b3Zz8y1")
    wait = to_header_parameter(
        "Prefer",
        "How many seconds, up to 30, to wait for another status or position than"
        " `If-None-Match` names",
        "wait=20",
    )
    headers = (*_TAGGED, "Retry-After", "Preference-Applied", *COUNTED)
    return {
        "/v1/jobs": _get(
            "listJobs",
            [*to_query(jobs.to_table(providers)), IF_NONE_MATCH],
            {
                "200": {
                    **_to_good("The jobs", JobList, *_TAGGED, *COUNTED),
                    "links": {
                        "first": to_link("getJob", job_id="$response.body#/jobs/0/id")
                    },
                },
                "304": to_unchanged(*COUNTED),
                **to_problems("invalid-parameter", *CALLER, headers=COUNTED),
            },
        ),
        "/v1/jobs/{job_id}": _get(
            "getJob",
            [job_id, wait, IF_NONE_MATCH],
            {
                "200": _to_good("The job", Job, *headers),
                "304": to_unchanged("Retry-After", "Preference-Applied", *COUNTED),
                **to_problems(
                    "invalid-parameter",
                    "not-found",
                    *CALLER,
                    *_SOURCES,
                    headers=COUNTED,
                ),
            },
        ),
    }


def _to_provider_paths(example: str) -> dict[str, Any]:
    name = to_path_parameter("name", "A provider's name", example)
    headers = ("Cache-Control", *COUNTED)
    return {
        "/v1/providers": _get(
            "listProviders",
            [],
            {
                "200": _to_good("All of them", ProviderList, *headers),
                **to_problems("invalid-parameter", *CALLER, headers=COUNTED),
            },
        ),
        "/v1/providers/{name}": _get(
            "getProvider",
            [name],
            {
                "200": _to_good("The provider", Provider, *headers),
                **to_problems(
                    "invalid-parameter", "not-found", *CALLER, headers=COUNTED
                ),
            },
        ),
    }


def _to_open_paths() -> dict[str, Any]:
    """Describe what needs no key."""
    code = to_path_parameter("code", "A problem's code", "invalid-cursor")
    page = {
        "description": "What the error means and what to do",
        "headers": to_headers("Cache-Control", "ETag"),
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
    live = {"200": _to_good("It does", Liveness, "Cache-Control"), **to_problems()}
    ready = {
        "200": _to_good("It is", Readiness, "Cache-Control"),
        **to_problems("upstream-unavailable"),
    }
    explained = {"200": page, "304": to_unchanged(), **to_problems("not-found")}
    return {
        path: {"get": {**methods["get"], "security": []}}
        for path, methods in {
            "/health/live": _get("live", [], live),
            "/health/ready": _get("ready", [], ready),
            "/problems/{code}": _get(
                "explainProblem",
                [code, IF_NONE_MATCH],
                explained,
            ),
        }.items()
    }


def _get(
    operation_id: str,
    parameters: Sequence[Mapping[str, Any]],
    responses: Mapping[str, Any],
) -> dict[str, Any]:
    return {"get": to_operation(operation_id, parameters, responses)}


def _to_good(
    description: str, answer: type[msgspec.Struct], *headers: str
) -> dict[str, Any]:
    content = {
        "schema": {"$ref": f"#/components/schemas/{answer.__name__}"},
        "example": examples.ANSWERS[answer],
    }
    return {
        "description": description,
        "headers": to_headers(*headers),
        "content": {"application/json": content},
    }
