"""What belongs together: a request, each source's part in it, the calls for that part."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from gateway.plugin.model import SourceState


class SourceSpan(Protocol):
    def within(self) -> AbstractContextManager[object]:
        """Let what is called, or begun, inside belong to it."""
        ...

    def tell(self, state: SourceState) -> None: ...

    def end(self) -> None: ...


class Tracer(Protocol):
    def source(self, provider: str) -> SourceSpan:
        """Begin a source's part of the request under way."""
        ...

    def call(
        self, provider: str, method: str
    ) -> AbstractContextManager[Mapping[str, str]]:
        """Begin a call to a provider; give the headers that it takes along."""
        ...


class Untraced:
    """Stands where nobody traces, for the tracer and for its spans."""

    def source(self, provider: str) -> SourceSpan:  # noqa: ARG002  # the port's
        return self

    def call(
        self,
        provider: str,  # noqa: ARG002
        method: str,  # noqa: ARG002
    ) -> AbstractContextManager[Mapping[str, str]]:
        return nullcontext({})

    def within(self) -> AbstractContextManager[object]:
        return nullcontext()

    def tell(self, state: SourceState) -> None:
        pass

    def end(self) -> None:
        pass
