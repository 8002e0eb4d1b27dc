"""Reads the bodies of control calls and answers them."""

from typing import TypeVar

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from gateway.sandbox.refusals import Refusal

T = TypeVar("T")
Call = Request[object, object, State]


async def read_body(request: Call, kind: type[T]) -> T:
    """Raises: Refusal, a 400 that names the fault."""
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=kind)
    except msgspec.DecodeError as error:
        raise Refusal(400, {"error": str(error)}) from error


def reply(answer: object) -> Response[bytes]:
    return Response(msgspec.json.encode(answer), media_type="application/json")
