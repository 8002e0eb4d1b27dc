"""What one process has counted since it last reported."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from gateway.adapters.metrics.families import Family

Labels = tuple[str | int, ...]
_MOST_ENTRIES = 100
"""How many entries one report holds, so that it fits into one datagram."""


class Report(Struct, frozen=True, array_like=True):
    """What a worker, by its process id, has to add; gauges are as they stand.

    A histogram's list has one count for each bucket, then the sum. `is_last`: its
    gauges count no longer.
    """

    worker: int
    counts: list[tuple[str, Labels, float]] = []
    histograms: list[tuple[str, Labels, list[float]]] = []
    gauges: list[tuple[str, Labels, float]] = []
    is_last: bool = False


class Ledger:
    """Adds up in plain dictionaries: what is told thousands of times a second is cheap."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, Labels], float] = defaultdict(float)
        self._histograms: dict[tuple[str, Labels], list[float]] = {}
        self._gauges: dict[tuple[str, Labels], float] = {}

    def count(self, family: Family, labels: Labels = (), amount: float = 1) -> None:
        self._counts[family.name, labels] += amount

    def observe(self, family: Family, value: float, labels: Labels = ()) -> None:
        histogram = self._histograms.get((family.name, labels))
        if histogram is None:
            histogram = self.declare(family, labels)
        histogram[bisect_left(family.bounds, value)] += 1
        histogram[-1] += value

    def declare(self, family: Family, labels: Labels = ()) -> list[float]:
        """Let a histogram be there before its first value."""
        empty = [0.0] * (len(family.bounds) + 2)
        return self._histograms.setdefault((family.name, labels), empty)

    def set(self, family: Family, value: float, labels: Labels = ()) -> None:
        self._gauges[family.name, labels] = value

    def take(self, worker: int) -> Iterator[Report]:
        """Yield all that was added since, and all gauges, in reports of a bounded size."""
        counts = [(*key, amount) for key, amount in self._counts.items()]
        histograms = [(*key, values) for key, values in self._histograms.items()]
        gauges = [(*key, value) for key, value in self._gauges.items()]
        self._counts, self._histograms = defaultdict(float), {}
        yield Report(worker, gauges=gauges)
        for at in range(0, len(counts), _MOST_ENTRIES):
            yield Report(worker, counts=counts[at : at + _MOST_ENTRIES])
        for at in range(0, len(histograms), _MOST_ENTRIES):
            yield Report(worker, histograms=histograms[at : at + _MOST_ENTRIES])

    def take_back(self, report: Report) -> None:
        """Add again what could not be delivered."""
        for name, labels, amount in report.counts:
            self._counts[name, labels] += amount
        for name, labels, values in report.histograms:
            ours = self._histograms.setdefault((name, labels), [0.0] * len(values))
            ours[:] = [mine + other for mine, other in zip(ours, values, strict=True)]
