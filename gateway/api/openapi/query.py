"""What one may ask of a page of the gallery, providers' own filters included."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gateway.api.openapi.parts import to_header_parameter
from gateway.api.parameters import LONGEST, is_repeatable
from gateway.plugin.model import KINDS, STATUSES
from gateway.plugin.provider import Plugin

_TEXT = {"type": "string", "maxLength": LONGEST}
_TIME = {**_TEXT, "format": "date-time"}
_REQUIRE = {"type": "string", "enum": ["any", "all"], "default": "any"}


def _query(
    name: str, description: str, schema: Mapping[str, Any], *, repeats: bool = False
) -> dict[str, Any]:
    many = {"type": "array", "items": schema, "minItems": 1}
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": many if repeats else schema,
    }


INCLUDE = _query(
    "include",
    "`native`: the upstream's own fields",
    {"type": "string", "enum": ["native"]},
    repeats=True,
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


def to_gallery_query(plugins: Mapping[str, Plugin]) -> list[dict[str, Any]]:
    return [
        _query("limit", "Items on a page", _whole(1, 100, 24)),
        _query("cursor", "`next_cursor` of the page before", {"type": "string"}),
        _query("provider", "Only items of these", _enum(tuple(plugins)), repeats=True),
        _query("kind", "Only items of these kinds", _enum(KINDS), repeats=True),
        _query("status", "Only items this far", _enum(STATUSES), repeats=True),
        _query("q", "Words that all occur in title, prompt or a file name", _TEXT),
        _query("created_after", "Only items made then or later", _TIME),
        _query("created_before", "Only items made before then", _TIME),
        _query("assets_limit", "Assets listed of each item", _whole(0, 200, 4)),
        INCLUDE,
        _query("require", "`all`: 503 unless every source answers", _REQUIRE),
        *(own for name, plugin in plugins.items() for own in _to_own(name, plugin)),
    ]


def _to_own(provider: str, plugin: Plugin) -> list[dict[str, Any]]:
    """Describe a provider's own filters; a list is a repeatable parameter."""
    return [
        _to_own_one(f"{provider}.{field.name}", plugin.title, field.type)
        for field in msgspec.structs.fields(plugin.filters)
    ]


def _to_own_one(name: str, title: str, annotation: Any) -> dict[str, Any]:
    schema = msgspec.json.schema(annotation)
    words = schema.pop("description", "")
    return _query(
        name,
        f"{title}'s own. {words}".rstrip(),
        schema.get("items", schema),
        repeats=is_repeatable(annotation),
    )


def _whole(least: int, most: int, default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most, "default": default}


def _enum(words: Sequence[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}
