"""The paths whose answers are files, or none at all."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.api.openapi.headers import COUNTED, to_headers
from gateway.api.openapi.operations import to_operation
from gateway.api.openapi.parts import (
    CALLER,
    IF_NONE_MATCH,
    to_header_parameter,
    to_path_parameter,
    to_problems,
    to_unchanged,
)

_FILE_TYPES = ("image/*", "video/*", "model/*", "application/octet-stream")
FILES: Mapping[str, Any] = {
    media_type: {"schema": {"type": "string", "format": "binary"}}
    for media_type in _FILE_TYPES
}
GUARDED = (
    "Accept-Ranges",
    "Content-Security-Policy",
    "Cross-Origin-Resource-Policy",
    "X-Content-Type-Options",
)
_TOLD = ("ETag", "Cache-Control", "Content-Disposition", *GUARDED)
_SOURCES = ("upstream-unauthorized", "upstream-rejected", "upstream-unavailable")


def to_media_paths(item_id: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the media links, and what leads to them."""
    asset_id = to_path_parameter("asset_id", "As `id` of an asset", "image")
    return {
        "/v1/gallery/{item_id}/assets/{asset_id}": {
            "get": to_operation("getAsset", [item_id, asset_id], _to_redirect())
        },
        "/v1/media/{token}/{filename}": {
            "get": _to_file_operation("getMedia", FILES),
            "head": _to_file_operation("headMedia", {}),
        },
    }


def _to_redirect() -> dict[str, Any]:
    """Describe the way to a file, and the file, which is what most clients see."""
    return {
        "200": _to_file("The file, for whoever follows the redirect", FILES, *_TOLD),
        "307": {
            "description": "`Location` is where the file is for now",
            "headers": to_headers("Location", "Cache-Control", *COUNTED),
        },
        **to_problems(
            "invalid-parameter",
            "not-found",
            *CALLER,
            "upstream-unauthorized",
            "upstream-unavailable",
            headers=COUNTED,
        ),
    }


def to_deletion(item_id: Mapping[str, Any]) -> dict[str, Any]:
    """Describe what deletes an item."""
    responses = {
        "204": {
            "description": "It is gone, for ten minutes again and again",
            "headers": to_headers(*COUNTED),
        },
        **to_problems(
            "invalid-parameter",
            "not-found",
            "unsupported-by-provider",
            *CALLER,
            *_SOURCES,
            headers=COUNTED,
        ),
    }
    return {"delete": to_operation("deleteItem", [item_id], responses)}


def _to_file_operation(operation_id: str, content: Mapping[str, Any]) -> dict[str, Any]:
    token = to_path_parameter("token", "As in a link", "Ab3wjhBEqdysZLyr")
    filename = to_path_parameter("filename", "As in a link", "image.jpg")
    responses = {
        "200": _to_file("The whole file", content, *_TOLD),
        "206": _to_file("The range asked for", content, *_TOLD, "Content-Range"),
        "304": to_unchanged(*GUARDED),
        **to_problems(
            "forged-link",
            "not-found",
            "expired-link",
            "unsupported-media-type",
            "range-not-satisfiable",
            *_SOURCES,
        ),
    }
    parameters = [token, filename, *to_conditions()]
    return {**to_operation(operation_id, parameters, responses), "security": []}


def _to_file(
    description: str, content: Mapping[str, Any], *headers: str
) -> dict[str, Any]:
    file = {"description": description, "headers": to_headers(*headers)}
    return {**file, "content": content} if content else file


def to_conditions() -> Sequence[dict[str, Any]]:
    """Return the headers by which a part of a file is asked for, or what has changed."""
    tag = '"9a0364b9e99bb480"'
    return [
        to_header_parameter("Range", "One range of bytes", "bytes=0-99"),
        to_header_parameter("If-Range", "The `ETag` that the range is meant for", tag),
        IF_NONE_MATCH,
    ]
