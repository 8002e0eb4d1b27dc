"""Calls and replies: what the core asks of a shell, and what a shell hands in.

A `Flow` is a generator that yields calls, is sent each one's reply, and returns what it
was for. Where there is no whole reply, `ConnectionFailedError` is thrown into it.
"""

from collections.abc import Callable, Generator, Mapping
from typing import Protocol, TypeAlias, TypeVar

from msgspec import Struct

T = TypeVar("T")
Query: TypeAlias = tuple[tuple[str, str], ...]


class Reply(Struct, frozen=True, kw_only=True):
    """An answer; the names of its headers are in lower case.

    What went into a call's `into` is not in its `content`.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes = b""


class Sink(Protocol):
    """Takes an answer's bytes as they come."""

    def write(self, content: bytes, /) -> None: ...


class Call(Struct, frozen=True, kw_only=True):
    """A request to make, after a pause if `after_seconds` says so.

    `target` is a path of the API, or a link as the gateway gave it. The answer must be
    whole `timeout_seconds` after it was asked for; one that goes `into` something is bound
    only in how long it pauses. That is told the answer's head, and says what takes it, or
    None for an answer that is read as any other. What `is_repeatable` may be sent twice.
    """

    target: str
    method: str = "GET"
    query: Query = ()
    headers: Mapping[str, str] = {}
    content: bytes | None = None
    is_repeatable: bool = True
    is_link: bool = False
    after_seconds: float = 0.0
    timeout_seconds: float | None = None
    into: Callable[[Reply], Sink | None] | None = None


Flow: TypeAlias = Generator[Call, Reply, T]


class Policy(Struct, frozen=True, kw_only=True):
    """How long a call may take with its `retries`, and what tells the time.

    `clock` counts seconds, `jitter` gives numbers from 0 to 1.
    """

    timeout_seconds: float
    retries: int
    clock: Callable[[], float]
    jitter: Callable[[], float]
