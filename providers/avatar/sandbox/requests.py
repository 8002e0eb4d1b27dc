"""What avatar's stand-in accepts, and how FastAPI words what it does not."""

import json
from typing import Final

from litestar import Request
from litestar.datastructures import State, UploadFile
from litestar.exceptions import HTTPException

from gateway.sandbox.refusals import Refusal
from providers.avatar.sandbox.validation import (
    InvalidError,
    Json,
    Reader,
    allow,
    boolean,
    integer,
    model,
    need,
    objects,
    text,
    to_fault,
)

Call = Request[object, object, State]
_INFO: Final = {
    "full_name": allow(text),
    "date_of_birth": allow(integer),
    "ethnicity": allow(text),
    "gender": allow(text),
}
USER: Final = model({"email": need(text), **_INFO})
INFO: Final = model(_INFO)
DETAILS: Final = model(
    {
        "face_shape": allow(text),
        "skin_tone": allow(integer),
        "body_dimensions": allow(text),
        "real_world_measurements": allow(text),
        "hair_style": allow(text),
        "hair_color": allow(text),
    }
)
_PERSON: Final = model(
    {
        "face_shape": need(text),
        "skin_tone": need(integer),
        "pose": need(text),
        "body_dimensions": need(objects),
        "body_dimension_lengths": need(objects),
        "hairstyle": need(text),
        "hair_color": need(text),
        "camera_view": need(text),
        "view_mode": need(integer),
        "expression": need(text),
        "background_color_hex": need(text),
        "gender": need(text),
    }
)
_APPAREL: Final = model(
    {name: allow(text) for name in ("brand", "item_id", "color", "size", "size2")}
)
_TASK: Final = {"user_details": need(_PERSON), "apparel_details": need(_APPAREL)}
_IMAGE: Final = model({"quality": need(integer), "thumbnail_width": need(integer)})
_VIDEO: Final = model(
    {
        "pixverse": need(boolean),
        "duration": need(integer),
        "negative_prompt": need(text),
        "prompt": need(text),
        "seed": need(integer),
    }
)
IMAGE_TASK: Final = model({**_TASK, "image_options": need(_IMAGE)})
VIDEO_TASK: Final = model({**_TASK, "video_options": need(_VIDEO)})
CLOTHES: Final = model({name: need(text) for name in ("url", "brand", "name")})


async def read_json(request: Call) -> object:
    """The body as sent; one that cannot be read is refused before any token is."""
    body = await request.body()
    if not body:
        return None
    if not _is_json(request.headers.get("content-type", "")):
        return body.decode(errors="replace")
    try:
        found: object = json.loads(body)
    except json.JSONDecodeError as error:
        fault = to_fault("json_invalid", ("body", error.pos), "JSON decode error", {})
        raise _refuse(fault | {"ctx": {"error": error.msg}}) from error
    except (UnicodeDecodeError, RecursionError) as error:
        detail = "There was an error parsing the body"
        raise Refusal(400, {"detail": detail}) from error
    return found


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    is_relative = kind.startswith("application/") and kind.endswith("+json")
    return not kind or kind == "application/json" or is_relative


def check(sent: object, reader: Reader) -> Json:
    """The fields of a body; unknown ones are dropped."""
    if sent is None:
        raise refuse_missing("body")
    try:
        found = reader(sent, ("body",))
    except InvalidError as error:
        raise _refuse(*error.faults) from error
    assert isinstance(found, dict)  # noqa: S101  a model's reader gives no other
    return found


async def read_file(request: Call) -> UploadFile:
    upload = (await request.form()).get("file")
    if not isinstance(upload, UploadFile):
        raise refuse_missing("body", "file")
    return upload


def refuse_missing(*where: str) -> Refusal:
    return _refuse(to_fault("missing", where, "Field required", None))


def _refuse(*faults: Json) -> Refusal:
    return Refusal(422, {"detail": faults})


def reword(error: HTTPException, method: str, path: str) -> Refusal:  # noqa: ARG001
    """The layer around the paths has told of unknown ones and of wrong methods."""
    detail = "Not Found" if error.status_code == 404 else error.detail  # noqa: PLR2004
    return Refusal(error.status_code, {"detail": detail})
