"""What Hyper3D's stand-in accepts in a body, and how it words a refusal."""

from collections.abc import Callable
from typing import Final, TypeGuard

import msgspec
from litestar.exceptions import HTTPException
from msgspec import Struct

from gateway.sandbox.refusals import Refusal
from providers.hyper3d.sandbox.galleries import Query

Json = dict[str, object]
GALLERIES: Final = "Recent, Featured, Mine, Group, Story"
_STATES: Final = "All, Generated, Liked, Packing, Packed"
_TYPES: Final = "DreamFace, ImagineFace, API, Panorama, Rodin, Media2Face"
_STEPS: Final = (
    "Created, Preprocess, Generate, ModelGenerate, TextureGenerate, ModelRefine, "
    "TextureRefine"
)


class Check(Struct, frozen=True, kw_only=True):
    field: str
    message: str
    holds: Callable[[object], bool]
    required: bool = False


def read_object(body: bytes) -> Json:
    """The body as sent: one that cannot be read is refused before any token is."""
    try:
        found = msgspec.json.decode(body or b"{}")
    except msgspec.DecodeError as error:
        raise bad_request(f"Unexpected token in JSON: {error}") from error
    if not isinstance(found, dict):
        raise bad_request(["body must be an object"])
    return found


def read_login(body: bytes) -> tuple[str, str]:
    found = read_object(body)
    _verify(found, _LOGIN_CHECKS)
    return str(found["email"]), str(found["password"])


def read_query(found: Json) -> tuple[int, Query]:
    """The page's number from 0, and the filters."""
    _verify(found, _LIST_CHECKS)
    given = {name: value for name, value in found.items() if value is not None}
    steps = given.get("task_step", [])
    tags = given.get("tag_ids", [])
    given["task_step"] = list(flatten(steps)) if isinstance(steps, list) else []
    given["tag_ids"] = tags
    given["gallery"] = given["type"]
    return int(str(given["page_num"])), msgspec.convert(given, Query)


def _verify(found: Json, checks: tuple[Check, ...]) -> None:
    wrong = [
        f"{check.field} {check.message}"
        for check in checks
        if (found.get(check.field) is not None or check.required)
        and not check.holds(found.get(check.field))
    ]
    if wrong:
        raise bad_request(wrong)


def flatten(steps: list[object]) -> list[object]:
    """`[["A"], "B"]` and `["A", "B"]` mean the same."""
    flat: list[object] = []
    for step in steps:
        flat.extend(step if isinstance(step, list) else [step])
    return flat


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_page(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_one_of(words: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in words.split(", ")


def are_steps(value: object) -> bool:
    return isinstance(value, list) and all(map(is_one_of(_STEPS), flatten(value)))


def are_numbers(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(tag, int | float) and not isinstance(tag, bool) for tag in value
    )


def _enum(field: str, words: str, *, required: bool = False) -> Check:
    message = f"must be one of the following values: {words}"
    return Check(
        field=field, message=message, holds=is_one_of(words), required=required
    )


def _text(field: str, *, required: bool = False) -> Check:
    message = "must be a string"
    return Check(field=field, message=message, holds=is_text, required=required)


_LOGIN_CHECKS: Final = (
    _text("email", required=True),
    _text("password", required=True),
)
_LIST_CHECKS: Final = (
    Check(
        field="page_num",
        message="must be a number not less than 0",
        holds=is_page,
        required=True,
    ),
    _enum("type", GALLERIES, required=True),
    _enum("user_type", _STATES),
    _enum("task_type", _TYPES),
    Check(
        field="task_step",
        message=f"must hold only the following values: {_STEPS}",
        holds=are_steps,
    ),
    _text("group_uuid"),
    Check(field="tag_ids", message="must be an array of numbers", holds=are_numbers),
    _text("user_override"),
    Check(
        field="is_hidden",
        message="must be a boolean value",
        holds=lambda value: isinstance(value, bool),
    ),
)


def bad_request(message: str | list[str]) -> Refusal:
    """A text for a body that cannot be read, a list for faulty fields."""
    body = {"statusCode": 400, "message": message, "error": "Bad Request"}
    return Refusal(400, body)


def unauthorized() -> Refusal:
    return Refusal(401, {"statusCode": 401, "message": "Unauthorized"})


def reword(error: HTTPException, method: str, path: str) -> Refusal:
    """Nest answers a wrong method as it does an unknown path."""
    if error.status_code not in {404, 405}:
        body = {"statusCode": error.status_code, "message": error.detail}
        return Refusal(error.status_code, body)
    body = {"statusCode": 404, "message": f"Cannot {method} {path}"}
    return Refusal(404, body | {"error": "Not Found"})
