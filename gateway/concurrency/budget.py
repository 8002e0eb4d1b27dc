"""How long one request may still wait for the shared store, in all."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Budget:
    """Seconds to spend; who wait at the same time take from them together."""

    def __init__(self, seconds: float) -> None:
        self.left_seconds = seconds
        self._waiting = 0

    def begin(self) -> None:
        """Be one more who waits."""
        self._waiting += 1

    def end(self) -> None:
        """Be one less."""
        self._waiting -= 1

    def spend(self, seconds: float) -> None:
        """Take a waiter's part of the seconds that it has waited."""
        self.left_seconds = max(0.0, self.left_seconds - seconds / self._waiting)


_CURRENT: ContextVar[Budget | None] = ContextVar("budget", default=None)


def current() -> Budget | None:
    """Return the budget of the request under way; None where nobody waits."""
    return _CURRENT.get()


class allowing:  # noqa: N801  # used as a statement's word, and ten times a generator's speed
    """Give what runs within so many seconds in all."""

    __slots__ = ("_seconds", "_token")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> Budget:
        allowance = Budget(self._seconds)
        self._token = _CURRENT.set(allowance)
        return allowance

    def __exit__(self, *_: object) -> None:
        _CURRENT.reset(self._token)


@contextmanager
def lifted() -> Iterator[None]:
    """Let what is begun within take its time: nobody waits for it."""
    token = _CURRENT.set(None)
    try:
        yield
    finally:
        _CURRENT.reset(token)
