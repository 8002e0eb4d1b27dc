"""The yardstick: a Litestar handler that returns the bytes of a file, no more.

`BODY` names the file, `TYPE` its media type, `PORT` where it listens.
"""

import os
from pathlib import Path
from typing import Any

from granian.constants import Interfaces, Loops
from granian.server import Server
from litestar import Litestar, Response, get


def load(_target: str) -> Any:
    body, media_type = Path(os.environ["BODY"]).read_bytes(), os.environ["TYPE"]

    @get("/")
    async def answer() -> Response[bytes]:
        return Response(body, media_type=media_type)

    return Litestar([answer], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    Server(
        "bare",
        port=int(os.environ["PORT"]),
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        websockets=False,
        log_enabled=False,
    ).serve(target_loader=load)
