"""The time, injected so that tests can turn it."""

from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> float:
        """Return the seconds since 1970."""
        ...
