"""JSON answers of avatar's stand-in."""

import msgspec
from litestar import Response


def tell(message: str) -> Response[bytes]:
    return reply({"message": message})


def reply(answer: object) -> Response[bytes]:
    return Response(msgspec.json.encode(answer), media_type="application/json")
