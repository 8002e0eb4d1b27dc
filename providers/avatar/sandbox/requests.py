"""What avatar's stand-in accepts, and how FastAPI words what it does not."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec
from litestar.exceptions import HTTPException

from gateway.sandbox.refusals import Refusal

Json = dict[str, object]
Kind = Literal["string", "integer", "object"]
Fields = Mapping[str, Kind]

_PYTHON: Final[Mapping[Kind, type]] = {"string": str, "integer": int, "object": dict}
_FAULTS: Final[Mapping[Kind, tuple[str, str]]] = {
    "string": ("string_type", "Input should be a valid string"),
    "integer": ("int_type", "Input should be a valid integer"),
    "object": ("dict_type", "Input should be a valid dictionary"),
}
LOGIN: Final[Fields] = {"email": "string"}
INFO: Final[Fields] = {
    "full_name": "string",
    "date_of_birth": "integer",
    "ethnicity": "string",
    "gender": "string",
}
REGISTER: Final[Fields] = {"email": "string", **INFO}
DETAILS: Final[Fields] = {
    "face_shape": "string",
    "skin_tone": "integer",
    "body_dimensions": "string",
    "real_world_measurements": "string",
    "hair_style": "string",
    "hair_color": "string",
}
GENERATE: Final[Fields] = {"user_details": "object", "apparel_details": "object"}
CLOTHES: Final[Fields] = {"url": "string", "name": "string", "brand": "string"}


def read_fields(body: bytes, fields: Fields) -> Json:
    """The body's named fields; all are required, others are dropped."""
    found = _read_object(body)
    faults = [
        fault
        for name, kind in fields.items()
        if (fault := _find_fault(found, name, kind)) is not None
    ]
    if faults:
        raise Refusal(422, {"detail": faults})
    return {name: found[name] for name in fields}


def _read_object(body: bytes) -> Json:
    if not body:
        raise refuse_missing("body")
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        fault = to_fault("json_invalid", ["body", 0], "JSON decode error", {})
        raise Refusal(
            422, {"detail": [{**fault, "ctx": {"error": str(error)}}]}
        ) from error
    if not isinstance(found, dict):
        message = "Input should be a valid dictionary or object to extract fields from"
        fault = to_fault("model_attributes_type", ["body"], message, found)
        raise Refusal(422, {"detail": [fault]})
    return found


def _find_fault(found: Json, name: str, kind: Kind) -> Json | None:
    if name not in found:
        return to_fault("missing", ["body", name], "Field required", found)
    value = found[name]
    if isinstance(value, bool) or not isinstance(value, _PYTHON[kind]):
        word, message = _FAULTS[kind]
        return to_fault(word, ["body", name], message, value)
    return None


def to_fault(word: str, where: list[str | int], message: str, given: object) -> Json:
    return {"type": word, "loc": where, "msg": message, "input": given}


def refuse_missing(*where: str) -> Refusal:
    return Refusal(
        422, {"detail": [to_fault("missing", [*where], "Field required", None)]}
    )


def reword(error: HTTPException, method: str, path: str) -> Refusal:  # noqa: ARG001
    words = {404: "Not Found", 405: "Method Not Allowed"}
    detail = words.get(error.status_code, error.detail)
    return Refusal(error.status_code, {"detail": detail})
