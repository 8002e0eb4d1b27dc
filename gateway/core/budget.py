"""How long one request may still wait for the shared store, in all."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Budget:
    """Seconds to spend; whoever waits takes from them."""

    def __init__(self, seconds: float) -> None:
        self.left_seconds = seconds

    def spend(self, seconds: float) -> None:
        self.left_seconds = max(0.0, self.left_seconds - seconds)


_CURRENT: ContextVar[Budget | None] = ContextVar("budget", default=None)


def current() -> Budget | None:
    """Give the budget of the request under way; None where nobody waits."""
    return _CURRENT.get()


@contextmanager
def allowing(seconds: float) -> Iterator[None]:
    """Give what runs within so many seconds in all."""
    token = _CURRENT.set(Budget(seconds))
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
