"""Events: what is worth watching of the gateway at work, told as it happens.

Whoever is told keeps it cheap, and never fails. No text in an event comes from a request:
each is one of a few. Durations are in seconds.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

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


class RequestEnded(Struct, frozen=True):
    """An answer has been sent; `route` is the pattern of its path."""

    method: str
    route: str
    status: int
    seconds: float


class SourceAnswered(Struct, frozen=True):
    provider: str
    state: SourceState
    seconds: float


class UpstreamCalled(Struct, frozen=True):
    provider: str
    outcome: CallOutcome
    seconds: float


class PageFound(Struct, frozen=True):
    tier: Tier


class FlightSaved(Struct, frozen=True):
    """Somebody was calling already for what is wanted."""

    by: Saver


class LeaseWaited(Struct, frozen=True):
    """Somebody waited so long for what another replica was doing."""

    kind: str
    seconds: float


class BreakerOpened(Struct, frozen=True):
    """This process was the one that opened it, for all."""

    provider: str


class BreakerTurned(Struct, frozen=True):
    """This process sees it so from now on."""

    provider: str
    is_open: bool


class LoggedIn(Struct, frozen=True):
    """A login came to an end, whether it was a good one or not."""

    provider: str
    outcome: CallOutcome


class OperationsOffered(Struct, frozen=True):
    """These are the operations that there are, by provider."""

    names: Mapping[str, Sequence[str]]


class OperationEnded(Struct, frozen=True):
    provider: str
    operation: str
    outcome: OperationOutcome


class JobPolled(Struct, frozen=True):
    """An upstream was asked how far a job has come, and for what it made."""

    provider: str
    outcome: CallOutcome


class RedisAnswered(Struct, frozen=True):
    seconds: float


class RedisTurned(Struct, frozen=True):
    is_up: bool


class RedisDescribed(Struct, frozen=True):
    """It was found, or has changed."""

    redis: SharedRedis


class MediaSent(Struct, frozen=True):
    provider: str
    rendition: str
    size_bytes: int


class LoopLagged(Struct, frozen=True):
    seconds: float


class CachesMade(Struct, frozen=True):
    """There are caches now, and `sizes` tells at any time how many bytes each takes."""

    sizes: Callable[[], Mapping[str, int]]


Event: TypeAlias = (
    RequestEnded
    | SourceAnswered
    | UpstreamCalled
    | PageFound
    | FlightSaved
    | LeaseWaited
    | BreakerOpened
    | BreakerTurned
    | LoggedIn
    | OperationsOffered
    | OperationEnded
    | JobPolled
    | RedisAnswered
    | RedisTurned
    | RedisDescribed
    | MediaSent
    | LoopLagged
    | CachesMade
)

Watch: TypeAlias = Callable[[Event], None]
"""Is told of each event once, where it happens."""


def unwatched(_event: Event) -> None:
    """Stand where nobody watches."""


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
