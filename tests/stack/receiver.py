"""A receiver of OpenTelemetry's traces over OTLP, and a proxy that notes headers."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from tests import plain
from tests.stack.processes import BOUND_SECONDS
from tests.stack.threaded import serving

SERVER, CLIENT = 2, 3
"""What kind of span it is, in the protocol's numbers."""


class Received:
    """Spans as they came, each with the attributes of what sent it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.spans: list[Any] = []
        self.resources: list[dict[str, Any]] = []
        self.text = ""

    def take(self, body: bytes) -> None:
        told = ExportTraceServiceRequest.FromString(body)
        self.text += str(told)
        for resource in told.resource_spans:
            self.resources.append(attributes_of(resource.resource))
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def named(self, name: str) -> list[Any]:
        return [span for span in list(self.spans) if span.name == name]

    def children_of(self, parent: Any) -> list[Any]:
        spans = list(self.spans)
        return [span for span in spans if span.parent_span_id == parent.span_id]


def attributes_of(holder: Any) -> dict[str, Any]:
    return {
        one.key: getattr(one.value, str(one.value.WhichOneof("value")))
        for one in holder.attributes
    }


@contextmanager
def receiving() -> Iterator[Received]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.path == "/v1/traces"
            assert self.headers["content-type"] == "application/x-protobuf"
            received.take(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with serving(Handler) as address:
        received = Received(address)
        yield received


@contextmanager
def noting(upstream: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Pass calls on to an upstream; give one's own address, and the calls' headers."""
    noted: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            noted.append({name.lower(): value for name, value in self.headers.items()})
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            answer = plain.request(
                self.command,
                upstream + self.path,
                content=body,
                headers={
                    **{k: v for k, v in self.headers.items() if k.lower() != "host"},
                    "accept-encoding": "identity",
                },
                timeout=BOUND_SECONDS,
            )
            self.send_response(answer.status_code)
            self.send_header("content-type", answer.headers["content-type"])
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = _pass_on  # noqa: N815  # as the library calls them

        def log_message(self, *_: Any) -> None:
            pass

    with serving(Handler) as address:
        yield address, noted
