"""OpenTelemetry's traces over OTLP, as its own environment variables say; an extra.

One span for each request, source and upstream call. A caller's W3C trace context is gone
on with, and passed on upstream. No span holds an address, an id or a token.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gateway.ports.metrics import to_method

_SERVER_FAULT = 500
_CLOSE_SECONDS = 3.0
"""How long the last spans may take on their way out."""
_W3C = TraceContextTextMapPropagator()


class Tracing:
    """Where spans go to, and what begins a request's."""

    def __init__(self, version: str) -> None:
        named = Resource(
            {"service.name": "gallery-gateway", "service.version": version}
        )
        self._provider = TracerProvider(
            resource=named.merge(OTELResourceDetector().detect()),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.tracer = self._provider.get_tracer("gateway", version)

    def wrap(self, app: Callable[..., Any]) -> Callable[..., Any]:
        """Put a span around each request."""

        async def traced(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            with self._request(scope) as span:

                async def answer(message: Any) -> None:
                    if message["type"] == "http.response.start":
                        _tell_status(span, message["status"])
                    await send(message)

                await app(scope, receive, answer)

        return traced

    async def close(self) -> None:
        """Send what is left, if that takes no longer than a moment."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, _CLOSE_SECONDS)

    @contextmanager
    def _request(self, scope: Any) -> Iterator[Span]:
        method = to_method(scope["method"])
        with self.tracer.start_as_current_span(
            method,
            context=_W3C.extract(_to_context(scope)),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            trace_id = trace.format_trace_id(span.get_span_context().trace_id)
            bound = structlog.contextvars.bind_contextvars(trace_id=trace_id)
            try:
                yield span
            finally:
                structlog.contextvars.reset_contextvars(**bound)
                if route := scope.get("path_template"):
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)


def _tell_status(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if status >= _SERVER_FAULT:
        span.set_status(Status(StatusCode.ERROR))


def _to_context(scope: Any) -> dict[str, str]:
    """Pick the headers of W3C Trace Context out of a request's."""
    return {
        str(name, "ascii"): str(value, "latin-1")
        for name, value in scope["headers"]
        if name in {b"traceparent", b"tracestate"}
    }
