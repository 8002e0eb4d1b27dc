"""Upstreams whose lists and files cost much: a process, which no test keeps busy.

An account's e-mail address says which list it has: `entries@…` that of `entries`, and
`entries+2@…` too. The files of `pictures` are good ones, all different; those of `traps` claim more than they
hold.
"""

import io
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image

from tests.adapters.claims.hostile_files import HOSTILE

_MILLION = 1_000_000
_BOUND_SECONDS = 30.0
_READY = b"ready\n"


def _gallery(entries: int, start: int = 1_738_860_389_536) -> bytes:
    """Make one in no order, as a directory has."""
    urls = [
        {"url": str(start + number * 7_919 % entries * 1_000), "type": "image"}
        for number in range(entries)
    ]
    return json.dumps({"gallery_urls": urls}).encode()


def _cards(*prompts: str, **more: Any) -> bytes:
    cards = [
        {
            "task_uuid": f"task-{number}",
            "time": f"2025-01-{28 - number % 28:02}T00:00:00.000Z",
            "prompt": prompt,
            **more,
        }
        for number, prompt in enumerate(prompts)
    ]
    return json.dumps(cards).encode()


LISTS: Mapping[str, Callable[[], bytes]] = {
    "few": lambda: _gallery(20),
    "pictures": lambda: _gallery(PICTURES),
    "traps": lambda: _gallery(TRAPS),
    "entries": lambda: _gallery(200_000),
    "nothings": lambda: b'{"gallery_urls":[' + b",".join([b"{}"] * 200_000) + b"]}",
    "garbage": lambda: (
        b'{"gallery_urls":[' + b'"\\ud800"' + b",0" * 100_000 + b',{"url":"1"}]}'
    ),
    "percents": lambda: _cards("% " * (_MILLION // 2)),
    "marks": lambda: _cards("e" + "\u0301" * 120_000, "x"),
    "ats": lambda: _cards("a@b." * (_MILLION // 4)),
    "prompts": lambda: _cards(*["many words of no meaning " * 40_000] * 20),
    "messages": lambda: _cards("x", step="token= 100% sure " * (_MILLION // 17)),
}
"""By name: those of the avatar service, then those of Hyper3D."""
AVATAR = ("few", "entries", "nothings", "garbage")
PICTURES, TRAPS = 1_000, 200
HYPER3D = ("percents", "marks", "ats", "prompts", "messages")


def _picture(number: int) -> bytes:
    """Draw a JPEG of half a megapixel that no other number has."""
    made = io.BytesIO()
    picture = Image.linear_gradient("L").resize((800, 600)).convert("RGB")
    picture.paste((number % 256, number // 256 % 256, 99), (0, 0, 400, 300))
    picture.save(made, "JPEG")
    return made.getvalue()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bodies: Mapping[str, bytes] = {}
    traps: Sequence[bytes] = ()

    def do_GET(self) -> None:
        if self.path.startswith("/get_gallery_image/"):
            number = int(self.path.rpartition("/")[2]) // 1_000
            is_trap = self._name() == "traps"
            self._answer(
                self.traps[number % len(self.traps)] if is_trap else _picture(number)
            )
        elif self.path.startswith("/get_thumbnail/"):
            self.send_error(404)
        else:
            self._answer(self.bodies[self._name()])

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path.endswith("login"):
            name = told["email"].partition("@")[0].partition("+")[0]
            self._answer(json.dumps({"token": name}).encode())
        elif told.get("page_num", 0) > 0:
            self._answer(b"[]")
        else:
            self._answer(self.bodies[self._name()])

    def _name(self) -> str:
        return self.headers["authorization"].removeprefix("Bearer ")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running_costly_upstream() -> Iterator[str]:
    """Yield its address; it ends with its standard input."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", __name__, str(listener.fileno())],
            cwd=Path(__file__).parents[2],
            pass_fds=[listener.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == _READY  # its files take a while to make
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stdin.close()
        process.wait(_BOUND_SECONDS)
        process.stdout.close()


def _main() -> None:
    _Handler.bodies = {name: create() for name, create in LISTS.items()}
    _Handler.traps = [create() for create in HOSTILE.values()]
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler, bind_and_activate=False)
    server.socket = socket.socket(fileno=int(sys.argv[1]))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.buffer.write(_READY)
    sys.stdout.buffer.flush()
    sys.stdin.read()


if __name__ == "__main__":
    _main()
