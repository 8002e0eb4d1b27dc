"""A server that answers as it is told, and breaks off as no framework would."""

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from msgspec import Struct

from tests.stack.threaded import serving


class Asked(Struct, frozen=True, kw_only=True):
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Play = Callable[["Handler", Asked], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    plays: list[Play]
    asked: list[Asked]

    def answer(self) -> None:
        length = int(self.headers.get("content-length", 0))
        asked = Asked(
            method=self.command,
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        self.asked.append(asked)
        play = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
        play(self, asked)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815  # the library's names

    def log_message(self, *_: object) -> None:
        """Write nothing down."""

    def say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        told = {"content-length": str(len(body)), **headers}
        for name, value in told.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


def tell(told: object, status: int = 200, **headers: str) -> Play:
    """Answer with JSON."""
    body = json.dumps(told).encode()

    def play(handler: Handler, asked: Asked) -> None:
        handler.say(status, body, **{"content_type": "application/json", **headers})

    return play


def raw(content: bytes) -> Play:
    """Send so many bytes, and end the connection."""

    def play(handler: Handler, asked: Asked) -> None:
        handler.wfile.write(content)
        handler.close_connection = True

    return play


def reset(handler: Handler, asked: Asked) -> None:
    """End the connection with a RST."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    handler.rfile = handler.wfile = open("/dev/null", "r+b")  # noqa: PTH123, SIM115
    handler.close_connection = True


def trickle(handler: Handler, asked: Asked) -> None:
    """Send a byte now and then, for as long as somebody reads."""
    handler.send_response(200)
    handler.send_header("content-length", "1000000")
    handler.end_headers()
    for _ in range(1_000):
        try:
            handler.wfile.write(b" ")
        except OSError:
            break
        time.sleep(0.02)
    handler.close_connection = True


def say_nothing(handler: Handler, asked: Asked) -> None:
    """Answer nothing until the caller leaves."""
    handler.rfile.read(1)
    handler.close_connection = True


@contextmanager
def scripted(*plays: Play) -> Iterator[tuple[str, list[Asked]]]:
    """Serve plays in turn, the last again and again; gives the address and what is asked."""
    asked: list[Asked] = []
    told: dict[str, Any] = {"plays": list(plays), "asked": asked}
    with serving(type("Scripted", (Handler,), told)) as address:
        yield address, asked
