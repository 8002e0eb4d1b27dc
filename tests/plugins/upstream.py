"""The little HTTP upstream that the plugins of this folder read, on a real socket."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import msgspec

from gateway.plugin.times import from_epoch_ms

KEY = "s3cret-key-of-the-upstream"
_START_MS = 1_700_000_000_000


class Upstream(ThreadingHTTPServer):
    """One list, newest first, under `/pictures` by token and `/clips` by offset."""

    daemon_threads = True

    def __init__(self, count: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.serials = list(range(count, 0, -1))
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

    def answer(self, path: str, asked: dict[str, str]) -> object:
        with self._lock:
            rows = [n for n in self.serials if "tag" not in asked or n % 2 == 0]
        if path == "/pictures":
            rest = [n for n in rows if n < int(asked.get("after", "t1000000")[1:])]
            page = rest[: int(asked["size"])]
            more = f"t{page[-1]}" if len(rest) > len(page) else None
            return {"data": list(map(_show, page)), "next": more}
        start = int(asked.get("offset", 0))
        page = rows[start : start + int(asked["limit"])]
        return {"data": list(map(_show, page)), "count": len(rows)}


class _Handler(BaseHTTPRequestHandler):
    server: Upstream
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        is_known = self.headers["authorization"] == f"Bearer {KEY}"
        answer = self.server.answer(parts.path, asked) if is_known else {}
        body = msgspec.json.encode(answer)
        self.send_response(200 if is_known else 401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name
        pass


def _show(serial: int) -> dict[str, object]:
    made = from_epoch_ms(_START_MS + serial * 60_000)
    return {"id": f"n{serial}", "caption": f"number {serial}", "made": made}


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
