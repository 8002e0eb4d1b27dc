"""The headers of answers as the OpenAPI document describes them."""

from collections.abc import Mapping
from typing import Any

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer", "minimum": 0}


def _header(
    description: str, example: str | int, schema: Mapping[str, Any] = _TEXT
) -> dict[str, Any]:
    return {"description": description, "schema": schema, "example": example}


HEADERS: Mapping[str, Any] = {
    "Accept-Ranges": _header("That one range of bytes may be asked for", "bytes"),
    "Age": _header(
        "Seconds since the oldest upstream page in the answer was read", 12, _WHOLE
    ),
    "Allow": _header("The methods that may be used here", "GET, HEAD"),
    "Cache-Control": _header(
        "For how long a browser may keep the answer", "private, no-cache"
    ),
    "Cache-Status": _header(
        "Whether the cache had it (RFC 9211)", "gallery-gateway; hit; ttl=18"
    ),
    "Content-Disposition": _header("The file's name", 'inline; filename="image.jpg"'),
    "Content-Range": _header("Which bytes these are, of how many", "bytes 0-99/1234"),
    "Content-Security-Policy": _header(
        "That nothing in the file may run", "sandbox; default-src 'none'"
    ),
    "Cross-Origin-Resource-Policy": _header(
        "That pages from elsewhere may show the file", "cross-origin"
    ),
    "ETag": _header("Changes only when the body would", 'W/"9a0364b9e99bb480"'),
    "Idempotency-Replayed": _header(
        "That it was carried out before, with the same key", "true"
    ),
    "Link": _header(
        "The next page (RFC 8288)", '</v1/gallery?cursor=AQ7nCTtV>; rel="next"'
    ),
    "Location": _header("Where it is for now", "/v1/media/Ab3wjhBE/image.jpg"),
    "Preference-Applied": _header("What of `Prefer` was heeded", "wait=5"),
    "RateLimit": _header(
        "How many requests are left, and for how many seconds", '"default";r=599;t=42'
    ),
    "RateLimit-Policy": _header(
        "How many requests there may be in how many seconds", '"default";q=600;w=60'
    ),
    "Retry-After": _header("Seconds after which to ask again", 2, _WHOLE),
    "Server-Timing": _header(
        "How long each source took, and its state", 'hyper3d;dur=31.2;desc="fresh"'
    ),
    "Vary": _header("What of the request the answer depends on", "Authorization"),
    "WWW-Authenticate": _header("How to send a key", 'Bearer realm="gallery-gateway"'),
    "X-Content-Type-Options": _header("That the type is as told", "nosniff"),
    "X-Request-Id": _header(
        "The caller's, when it is sane, or a new one",
        "0b0f6b1e5c5f4d0f9d7f3f1f2a3b4c5d",
    ),
}

COUNTED = ("RateLimit", "RateLimit-Policy")
"""What every answer to a counted caller has."""


def to_headers(*names: str) -> dict[str, Any]:
    """Refer to the named ones, and to what every answer has."""
    named = sorted({*names, "Vary", "X-Request-Id"})
    return {name: {"$ref": f"#/components/headers/{name}"} for name in named}
