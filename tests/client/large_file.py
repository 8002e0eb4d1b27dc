"""An avatar service with one long video, and a proxy that cuts what passes through it."""

import http.client
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.stack.threaded import serving

CUT_BYTES = 100 * 1024
_CLIP = Path(__file__).parents[2] / "gateway" / "sandbox" / "clips" / "orbs-tall.mp4"
FILE = _CLIP.read_bytes() + random.Random(1).randbytes(3_000_000)  # noqa: S311  # nothing secret
ENTRY = {"type": "video", "url": "1738860389536"}


class _Avatar(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._say(200, json.dumps({"token": "t"}).encode())

    def do_GET(self) -> None:
        if self.path.startswith("/get_gallery_video"):
            self._send_file()
        else:
            self._say(200, json.dumps({"gallery_urls": [ENTRY]}).encode())

    def _send_file(self) -> None:
        asked = self.headers.get("range", "bytes=0-").removeprefix("bytes=")
        first, _, last = asked.partition("-")
        start, end = int(first), min(int(last or len(FILE)), len(FILE) - 1)
        told = {
            "content-range": f"bytes {start}-{end}/{len(FILE)}",
            "etag": '"of-the-file"',
            "content-type": "video/mp4",
        }
        status = 206 if "range" in self.headers else 200
        self._say(status, FILE[start : end + 1], **told)

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        told = {"content-type": "application/json", **headers}
        for name, value in {**told, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing down."""


@contextmanager
def serving_large_file() -> Iterator[str]:
    with serving(_Avatar) as address:
        yield address


class Passed(list[tuple[int, int]]):
    """From which byte of the file on each answer was, and how many of them passed."""


class _Cutting(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    to: str
    passed: Passed

    def do_GET(self) -> None:
        line = http.client.HTTPConnection(urlsplit(self.to).netloc)
        line.request("GET", self.path, headers=dict(self.headers))
        answer = line.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        body = answer.read(CUT_BYTES)
        self.wfile.write(body)
        line.close()
        self.close_connection = True
        if answer.status in {200, 206}:
            span = answer.getheader("content-range", "bytes 0-")
            start = int(span.removeprefix("bytes ").partition("-")[0])
            self.passed.append((start, len(body)))

    def log_message(self, *_: object) -> None:
        """Write nothing down."""


@contextmanager
def cutting(to: str) -> Iterator[tuple[str, Passed]]:
    """End each connection to an address after so many bytes of the body."""
    passed = Passed()
    told: dict[str, Any] = {"to": to, "passed": passed}
    with serving(type("Cutting", (_Cutting,), told)) as address:
        yield address, passed
