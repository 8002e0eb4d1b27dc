"""How long one request may still wait for the shared store, in all."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Budget:
    """Seconds to spend; whoever waits takes from them."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.left_seconds = seconds

    def spend(self, seconds: float) -> None:
        self.left_seconds = max(0.0, self.left_seconds - seconds)


_CURRENT: ContextVar[Budget | None] = ContextVar("budget", default=None)


def current() -> Budget | None:
    """Give the budget of the request under way; None where nobody waits."""
    return _CURRENT.get()


class allowing:  # noqa: N801  # used as a statement's word, and ten times a generator's speed
    """Give what runs within so many seconds in all."""

    __slots__ = ("_seconds", "_token")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._token = _CURRENT.set(Budget(self._seconds))

    def __exit__(self, *_: object) -> None:
        _CURRENT.reset(self._token)


@contextmanager
def renewed() -> Iterator[None]:
    """Let what is begun within have as much again: more than one wait for it."""
    allowance = _CURRENT.get()
    token = _CURRENT.set(None if allowance is None else Budget(allowance.seconds))
    try:
        yield
    finally:
        _CURRENT.reset(token)


@contextmanager
def lifted() -> Iterator[None]:
    """Let what is begun within take its time: nobody waits for it."""
    token = _CURRENT.set(None)
    try:
        yield
    finally:
        _CURRENT.reset(token)
