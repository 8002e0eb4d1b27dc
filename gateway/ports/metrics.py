"""What is worth watching of the gateway at work, told as it happens.

Whoever is told keeps it cheap, and never fails. No text that is told comes from a
request: each is one of a few.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

from gateway.plugin.errors import (
    MisbehavedError,
    RejectedError,
    UnauthorizedError,
    UpstreamError,
)
from gateway.plugin.model import SourceState
from gateway.ports.stores import SharedRedis

Tier: TypeAlias = Literal["rendered", "memory", "redis", "none"]
"""Where an answer or an upstream page was found; `none`: upstream was asked."""
Saver: TypeAlias = Literal["process", "replica"]
"""Who was calling already for what is wanted."""
LeaseKind: TypeAlias = Literal["page", "login", "rendition", "gone", "operation"]
"""What one replica does while the others wait: `gone` is the sharing of deletions,
`operation` what is carried out one at a time for an account."""
CallOutcome: TypeAlias = Literal[
    "ok", "unavailable", "unauthorized", "rejected", "misbehaved"
]

OperationOutcome: TypeAlias = Literal[
    "ok",
    "refused",
    "unknown",
    "replayed",
    "unavailable",
    "unauthorized",
    "rejected",
    "misbehaved",
]
"""`replayed`: an idempotency key told the first answer again."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Watch(Protocol):
    """Is told of each thing once, where it happens; durations are in seconds."""

    def request_ended(
        self, method: str, route: str, status: int, seconds: float
    ) -> None: ...

    def source_answered(
        self, provider: str, state: SourceState, seconds: float
    ) -> None: ...

    def upstream_called(
        self, provider: str, outcome: CallOutcome, seconds: float
    ) -> None: ...

    def page_found(self, tier: Tier) -> None: ...

    def flight_saved(self, by: Saver) -> None: ...

    def lease_waited(self, kind: str, seconds: float) -> None:
        """Somebody waited so long for what another replica was doing."""
        ...

    def breaker_opened(self, provider: str) -> None:
        """This process was the one that opened it, for all."""
        ...

    def breaker_turned(self, provider: str, *, is_open: bool) -> None:
        """This process sees it so from now on."""
        ...

    def logged_in(self, provider: str, outcome: CallOutcome) -> None: ...

    def operations_offered(self, names: Mapping[str, Sequence[str]]) -> None:
        """These are the operations that there are, by provider."""
        ...

    def operation_ended(
        self, provider: str, operation: str, outcome: OperationOutcome
    ) -> None: ...

    def job_polled(self, provider: str, outcome: CallOutcome) -> None:
        """An upstream was asked how far a job has come, and for what it made."""
        ...

    def redis_answered(self, seconds: float) -> None: ...

    def redis_turned(self, *, is_up: bool) -> None: ...

    def redis_described(self, redis: SharedRedis) -> None:
        """It was found, or has changed."""
        ...

    def media_sent(self, provider: str, rendition: str, size_bytes: int) -> None: ...

    def loop_lagged(self, seconds: float) -> None: ...

    def caches_made(self, sizes: Callable[[], Mapping[str, int]]) -> None:
        """There are caches now, and `sizes` tells at any time how many bytes each takes."""
        ...


class Unwatched:
    """Stands where nobody watches."""

    def request_ended(
        self, method: str, route: str, status: int, seconds: float
    ) -> None:
        pass

    def source_answered(
        self, provider: str, state: SourceState, seconds: float
    ) -> None:
        pass

    def upstream_called(
        self, provider: str, outcome: CallOutcome, seconds: float
    ) -> None:
        pass

    def page_found(self, tier: Tier) -> None:
        pass

    def flight_saved(self, by: Saver) -> None:
        pass

    def lease_waited(self, kind: str, seconds: float) -> None:
        pass

    def breaker_opened(self, provider: str) -> None:
        pass

    def breaker_turned(self, provider: str, *, is_open: bool) -> None:
        pass

    def logged_in(self, provider: str, outcome: CallOutcome) -> None:
        pass

    def operations_offered(self, names: Mapping[str, Sequence[str]]) -> None:
        pass

    def operation_ended(
        self, provider: str, operation: str, outcome: OperationOutcome
    ) -> None:
        pass

    def job_polled(self, provider: str, outcome: CallOutcome) -> None:
        pass

    def redis_answered(self, seconds: float) -> None:
        pass

    def redis_turned(self, *, is_up: bool) -> None:
        pass

    def redis_described(self, redis: SharedRedis) -> None:
        pass

    def media_sent(self, provider: str, rendition: str, size_bytes: int) -> None:
        pass

    def loop_lagged(self, seconds: float) -> None:
        pass

    def caches_made(self, sizes: Callable[[], Mapping[str, int]]) -> None:
        pass


def to_method(method: str) -> str:
    """Return a request's method, or what stands for all that nobody knows."""
    return method if method in METHODS else "other"


def to_outcome(error: UpstreamError) -> CallOutcome:
    match error:
        case UnauthorizedError():
            return "unauthorized"
        case RejectedError():
            return "rejected"
        case MisbehavedError():
            return "misbehaved"
    return "unavailable"
