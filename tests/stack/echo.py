"""A server in a gateway's place, which tells what it was asked, or breaks off."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Echo(ThreadingHTTPServer):
    """Answers with the call as JSON; `status` 0 ends the connection in its place."""

    daemon_threads = True

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.calls: list[dict[str, Any]] = []

    @property
    def port(self) -> int:
        return self.server_port


class _Handler(BaseHTTPRequestHandler):
    server: Echo
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = {"method": self.command, "path": self.path, "headers": headers}
        self.server.calls.append(call)
        if not self.server.status:
            self.close_connection = True
            return
        body = json.dumps(call).encode()
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-request-id", headers.get("x-request-id", ""))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815  # the library's names

    def log_message(self, *_: object) -> None:
        """Write nothing down."""


@contextmanager
def echoing(*statuses: int) -> Iterator[list[Echo]]:
    servers = [Echo(status) for status in statuses]
    for server in servers:
        Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield servers
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
