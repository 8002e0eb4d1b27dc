"""The little HTTP upstream that the plugins of this folder read, on a real socket."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from gateway.plugin.times import from_epoch_ms

KEY = "s3cret-key-of-the-upstream"
_START_MS = 1_700_000_000_000
_NO_CREDITS = "no credits left, write to joe@example.com or see https://example.com/buy"


class Upstream(ThreadingHTTPServer):
    """One list, newest first, under `/pictures` by token and `/clips` by offset.

    What is sent to `/renders` costs a credit, and waits there until a test makes a
    clip of it, or has it forgotten.
    """

    daemon_threads = True

    def __init__(self, count: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.serials = list(range(count, 0, -1))
        self.credits = 2
        self.scripts: dict[str, Any] = {}
        self.polls = 0
        self._clips: dict[int, str] = {}
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def insert(self) -> None:
        with self._lock:
            self.serials.insert(0, max(self.serials) + 1)

    def delete(self, serial: int) -> None:
        with self._lock:
            self.serials.remove(serial)

    def make(self, render: str) -> str:
        """Make the clip that was asked for; its id."""
        with self._lock:
            serial = max(self.serials) + 1
            self.serials.insert(0, serial)
            self._clips[serial] = render
        return f"n{serial}"

    def forget(self, render: str) -> None:
        with self._lock:
            del self.scripts[render]

    def submit(self, script: object) -> tuple[int, object]:
        with self._lock:
            if self.credits == 0:
                return 402, {"error": _NO_CREDITS}
            self.credits -= 1
            render = f"r{len(self.scripts) + 1}"
            self.scripts[render] = script
        return 201, {"render": render}

    def follow(self, render: str) -> tuple[int, object]:
        with self._lock:
            self.polls += 1
            if render not in self.scripts:
                return 404, {"error": "no such render"}
            if render in self._clips.values():
                return 200, {"state": "made"}
            return 200, {"state": "waiting", "ahead": 1}

    def list(self, path: str, asked: dict[str, str]) -> object:
        with self._lock:
            rows = [n for n in self.serials if "tag" not in asked or n % 2 == 0]
        if path == "/pictures":
            rest = [n for n in rows if n < int(asked.get("after", "t1000000")[1:])]
            page = rest[: int(asked["size"])]
            more = f"t{page[-1]}" if len(rest) > len(page) else None
            return {"data": [self._show(serial) for serial in page], "next": more}
        start = int(asked.get("offset", 0))
        page = rows[start : start + int(asked["limit"])]
        return {"data": [self._show(serial) for serial in page], "count": len(rows)}

    def _show(self, serial: int) -> dict[str, object]:
        made = from_epoch_ms(_START_MS + serial * 60_000)
        shown: dict[str, object] = {
            "id": f"n{serial}",
            "caption": f"number {serial}",
            "made": made,
        }
        if serial in self._clips:
            shown["render"] = self._clips[serial]
        return shown


class _Handler(BaseHTTPRequestHandler):
    server: Upstream
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/credits":
            left = {"left": self.server.credits, "holder": "joe@example.com"}
            self._answer(200, left)
        elif parts.path.startswith("/renders/"):
            self._answer(*self.server.follow(parts.path.rpartition("/")[2]))
        else:
            self._answer(200, self.server.list(parts.path, asked))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self._answer(*self.server.submit(msgspec.json.decode(body)))

    def _answer(self, status: int, answer: object) -> None:
        is_known = self.headers["authorization"] == f"Bearer {KEY}"
        body = msgspec.json.encode(answer if is_known else {})
        self.send_response(status if is_known else 401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name
        pass


@contextmanager
def running_upstream(count: int) -> Iterator[Upstream]:
    with Upstream(count) as upstream:
        thread = threading.Thread(target=upstream.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield upstream
        finally:
            upstream.shutdown()
            thread.join()
