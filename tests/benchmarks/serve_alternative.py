"""The obvious alternative on a port, by the gateway's own server, as one process.

`UPSTREAMS` is a JSON object of addresses by name; `REDIS`, `KEY`, `SECONDS` and `PORT`
are the rest.
"""

import json
import os
from typing import Any

from granian.constants import Interfaces, Loops
from granian.server import Server

from tests.benchmarks.alternative import create_app


def load(_target: str) -> Any:
    return create_app(
        json.loads(os.environ["UPSTREAMS"]),
        os.environ["REDIS"],
        key=os.environ["KEY"],
        cache_seconds=int(os.environ["SECONDS"]),
    )


if __name__ == "__main__":
    Server(
        "alternative",
        port=int(os.environ["PORT"]),
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        websockets=False,
        log_enabled=False,
        workers_kill_timeout=5,
    ).serve(target_loader=load)
