"""Ends a test whose event loop has stopped turning, which no timeout of its own can."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raise in whatever runs, in the main thread, after so many seconds."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"it was not over after {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
