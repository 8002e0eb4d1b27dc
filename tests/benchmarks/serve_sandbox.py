"""A sandbox on a port, as a process: `SANDBOX`, `ITEMS` and `PORT` say which."""

import os
from typing import Any

from granian.constants import Interfaces, Loops
from granian.server import Server

from gateway.adapters.plugins import find_sandboxes


def load(_target: str) -> Any:
    create = find_sandboxes()[os.environ["SANDBOX"]]
    return create(items=int(os.environ["ITEMS"]))


if __name__ == "__main__":
    Server(
        "sandbox",
        port=int(os.environ["PORT"]),
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        log_enabled=False,
    ).serve(target_loader=load)
