"""Where Prometheus asks: a listener whose connections are few, and none of them idle."""

import socket
import threading
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.registry import Collector

IDLE_SECONDS = 5.0
"""After so long without a word a connection is let go."""
MOST_CONNECTIONS = 32
"""Prometheus needs one; each takes a thread, and one more than these is not answered."""


def serve(totals: Collector, host: str, port: int) -> None:
    """Let a thread answer Prometheus, as long as the process lives.

    Raises:
        OSError: the port cannot be had.
    """
    registry = CollectorRegistry()
    registry.register(totals)
    server = make_server(
        host,
        port,
        make_wsgi_app(registry),
        _ServerOverIPv6 if ":" in host else _Server,
        handler_class=_Handler,
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()


class _Handler(WSGIRequestHandler):
    timeout = IDLE_SECONDS

    def log_message(self, *_: object) -> None:
        """Log nothing: who asks is known, and asks all the time."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, *place: Any, **options: Any) -> None:
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(*place, **options)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()


class _ServerOverIPv6(_Server):
    address_family = socket.AF_INET6
