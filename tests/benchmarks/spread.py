"""Many measured times in two figures: what is usual, and what is bad luck."""

import statistics
from collections.abc import Iterable
from typing import NamedTuple


class Spread(NamedTuple):
    """The median and the 99th percentile, in milliseconds."""

    p50_ms: float
    p99_ms: float

    def __str__(self) -> str:
        return f"p50 {self.p50_ms:.2f} ms, p99 {self.p99_ms:.2f} ms"


def to_spread(seconds: Iterable[float]) -> Spread:
    """Sum up times that were taken in seconds."""
    taken = sorted(1000 * time for time in seconds)
    at = min(len(taken) - 1, round(0.99 * (len(taken) - 1)))
    return Spread(statistics.median(taken), taken[at])
