"""Making tokens: what is sent, with each provider's own credentials, and what comes back."""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec
from msgspec import Struct

from gateway.api.caller import TOKENS
from gateway.api.openapi import examples
from gateway.api.openapi.headers import COUNTED, to_headers
from gateway.api.openapi.operations import to_operation
from gateway.api.openapi.parts import CALLER, to_problems
from gateway.api.openapi.words import FIELDS
from gateway.api.routes.tokens import TokenRequest
from gateway.plugin.provider import Plugin
from gateway.settings.schema import Scope

_NAME = TokenRequest.__name__
_TEMPLATE = "#/components/schemas/{name}"
_SCOPES = {
    "type": "array",
    "items": {"type": "string", "enum": [s for s in get_args(Scope) if s != TOKENS]},
}
_NONE = {"type": "null"}
_EXAMPLE = {
    "scopes": ["gallery:read"],
    "ttl_seconds": 900,
    "subject": "user-17",
}


def to_token_paths() -> dict[str, Any]:
    schema = {"$ref": _TEMPLATE.format(name=_NAME)}
    body = {"schema": schema, "example": _EXAMPLE}
    made = {
        "schema": {"$ref": _TEMPLATE.format(name="MintedToken")},
        "example": examples.TOKEN,
    }
    responses = {
        "201": {
            "description": "The token",
            "headers": to_headers("Cache-Control", *COUNTED),
            "content": {"application/json": made},
        },
        **to_problems("invalid-parameter", *CALLER, headers=COUNTED),
    }
    operation = to_operation("createToken", [], responses)
    sent = {"required": False, "content": {"application/json": body}}
    return {"/v1/tokens": {"post": {**operation, "requestBody": sent}}}


def to_token_schemas(plugins: Mapping[str, Plugin]) -> dict[str, Any]:
    """Describe what is sent, by name; each provider's credentials are its plugin's."""
    schemas: dict[str, Any] = {}
    credentials: dict[str, Any] = {}
    for name, plugin in plugins.items():
        credentials[name], described = _to_credential(name, plugin.credential)
        schemas |= described
    own = _to_schema(TokenRequest, _TEMPLATE)[1][_NAME]
    properties = own["properties"] | {
        "scopes": {"anyOf": [_SCOPES, _NONE], "default": None},
        "credentials": {"anyOf": [_to_object(credentials), _NONE], "default": None},
    }
    words = FIELDS[_NAME]
    described = {
        name: {**schema, "description": words[name]}
        for name, schema in properties.items()
    }
    return {**schemas, _NAME: {**own, **_to_object(described)}}


def _to_credential(name: str, kind: type[Struct]) -> tuple[Any, dict[str, Any]]:
    """Describe a provider's credential; those of different ones may be called the same."""
    return _to_schema(
        kind, _TEMPLATE.replace("{name}", f"{name[0].upper()}{name[1:]}{{name}}")
    )


def _to_schema(kind: type[Struct], template: str) -> tuple[Any, dict[str, Any]]:
    (reference,), schemas = msgspec.json.schema_components(
        [kind], ref_template=template
    )
    prefix = template.removeprefix("#/components/schemas/").removesuffix("{name}")
    named = {prefix + name: schema for name, schema in schemas.items()}
    schemas = {name: _describe(name, schema) for name, schema in named.items()}
    return reference, _to_ecma(schemas)


def _describe(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Have a schema and its fields say something, whoever wrote the struct.

    Its title is what generators call it.
    """
    schema = {
        **schema,
        "title": name,
        "description": " ".join(schema.get("description", "-").split()),
    }
    if "properties" in schema:
        schema["properties"] = {
            key: {"description": f"As `{key}` in a configuration", **field}
            for key, field in schema["properties"].items()
        }
    return schema


def _to_object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _to_ecma(schema: Any) -> Any:
    """Spell patterns as JSON Schema has them (ECMA-262), where `$` ends a text."""
    if isinstance(schema, list):
        return [_to_ecma(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: value.replace(r"\Z", "$")
        if name == "pattern" and isinstance(value, str)
        else _to_ecma(value)
        for name, value in schema.items()
    }
