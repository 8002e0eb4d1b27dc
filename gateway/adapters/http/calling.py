"""Around each call to a provider: how long it took, how it ended, its span."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gateway.plugin.errors import UpstreamError
from gateway.ports.metrics import UpstreamCalled, Watch, to_outcome

Around: TypeAlias = Callable[[str], AbstractContextManager[Mapping[str, str]]]
"""Made with a call's method; gives the headers that the call takes along."""

_W3C = TraceContextTextMapPropagator()


@contextmanager
def unwatched(_method: str) -> Iterator[Mapping[str, str]]:
    yield {}


def tracing(provider: str, tracer: Tracer) -> Around:
    """Put a span around each call to one provider; its headers tell of it."""

    @contextmanager
    def around(method: str) -> Iterator[Mapping[str, str]]:
        attributes = {"gallery.provider": provider, "http.request.method": method}
        with tracer.start_as_current_span(
            f"{method} {provider}",
            kind=SpanKind.CLIENT,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            headers: dict[str, str] = {}
            _W3C.inject(headers)
            try:
                yield headers
            except UpstreamError as error:
                span.set_attribute("error.type", to_outcome(error))
                span.set_status(Status(StatusCode.ERROR))
                raise

    return around


def watching(provider: str, watch: Watch, calling: Around) -> Around:
    """Tell of each call to one provider, as well as what `calling` does."""

    @contextmanager
    def around(method: str) -> Iterator[Mapping[str, str]]:
        begun = time.perf_counter()
        try:
            with calling(method) as headers:
                yield headers
        except UpstreamError as error:
            seconds = time.perf_counter() - begun
            watch(UpstreamCalled(provider, to_outcome(error), seconds))
            raise
        watch(UpstreamCalled(provider, "ok", time.perf_counter() - begun))

    return around
