"""The parts that paths of the OpenAPI document share."""

from typing import Any

from gateway.api import examples
from gateway.api.problems import KINDS


def to_problem(code: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    example = examples.to_problem(code, KINDS[code])
    media = {"schema": schema, "example": example}
    return {
        "description": KINDS[code].title,
        "content": {"application/problem+json": media},
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
