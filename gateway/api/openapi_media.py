"""The paths of the OpenAPI document whose answers are files, or none at all."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.api.openapi_parts import to_path_parameter, to_problem
from gateway.api.problems import KINDS

_FILE_TYPES = ("image/*", "video/*", "model/*", "application/octet-stream")
_FILES: Mapping[str, Any] = {
    media_type: {"schema": {"type": "string", "format": "binary"}}
    for media_type in _FILE_TYPES
}
_ETAG = {"ETag": {"schema": {"type": "string"}}}
_SOURCES = ("upstream-rejected", "upstream-unavailable")


def to_media_paths(item_id: dict[str, Any]) -> dict[str, Any]:
    """Describe the media links, and what leads to them."""
    asset_id = to_path_parameter("asset_id", "As `id` of an asset", "image")
    token = to_path_parameter("token", "As in a link", "Ab3wjhBEqdysZLyr")
    filename = to_path_parameter("filename", "As in a link", "image.jpg")
    return {
        "/v1/gallery/{item_id}/assets/{asset_id}": {
            "get": {
                "operationId": "getAsset",
                "summary": "A new media link: the address to store",
                "parameters": [item_id, asset_id],
                "responses": {
                    "307": {
                        "description": "Where the file is for now",
                        "headers": {"Location": {"schema": {"type": "string"}}},
                    },
                    **_to_faults("unauthorized", "forbidden", "not-found", *_SOURCES),
                },
            }
        },
        "/v1/media/{token}/{filename}": {
            "get": {
                "operationId": "getMedia",
                "summary": "The bytes of a picture, a video or a model",
                "security": [],
                "parameters": [token, filename, *_to_conditions()],
                "responses": {
                    "200": _to_file("The whole file"),
                    "206": _to_file("The range that was asked for"),
                    "304": {"description": "It is the same as before"},
                    **_to_faults(
                        "forged-link",
                        "not-found",
                        "expired-link",
                        "unsupported-media-type",
                        "range-not-satisfiable",
                        *_SOURCES,
                    ),
                },
            }
        },
    }


def to_deletion(item_id: dict[str, Any]) -> dict[str, Any]:
    """Describe what deletes an item."""
    return {
        "delete": {
            "operationId": "deleteItem",
            "summary": "Delete an item whose `actions` name it",
            "parameters": [item_id],
            "responses": {
                "204": {"description": "It is gone, for ten minutes again and again"},
                **_to_faults(
                    "unauthorized",
                    "forbidden",
                    "not-found",
                    "unsupported-by-provider",
                    "upstream-unauthorized",
                    "upstream-unavailable",
                ),
            },
        }
    }


def _to_file(description: str) -> dict[str, Any]:
    return {"description": description, "headers": _ETAG, "content": _FILES}


def _to_faults(*codes: str) -> dict[str, Any]:
    return {str(KINDS[code].status): to_problem(code) for code in codes}


def _to_conditions() -> Sequence[dict[str, Any]]:
    described = {
        "Range": "One range of bytes",
        "If-Range": "The `ETag` that the range is meant for",
        "If-None-Match": "The `ETag` of what is at hand",
    }
    return [
        {
            "name": name,
            "in": "header",
            "description": description,
            "schema": {"type": "string"},
        }
        for name, description in described.items()
    ]
