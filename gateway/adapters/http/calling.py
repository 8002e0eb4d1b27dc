"""Around each call to a provider: how long it took, and how it ended."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

from gateway.plugin.errors import UpstreamError
from gateway.ports.metrics import Watch, to_outcome
from gateway.ports.tracing import Tracer

Around: TypeAlias = Callable[[str], AbstractContextManager[Mapping[str, str]]]
"""Made with a call's method; gives the headers that the call takes along."""


@contextmanager
def unwatched(_method: str) -> Iterator[Mapping[str, str]]:
    yield {}


def watching(provider: str, watch: Watch, tracer: Tracer) -> Around:
    """Tell of each call to one provider, and trace it."""

    @contextmanager
    def around(method: str) -> Iterator[Mapping[str, str]]:
        begun = time.perf_counter()
        try:
            with tracer.call(provider, method) as headers:
                yield headers
        except UpstreamError as error:
            seconds = time.perf_counter() - begun
            watch.upstream_called(provider, to_outcome(error), seconds)
            raise
        watch.upstream_called(provider, "ok", time.perf_counter() - begun)

    return around
