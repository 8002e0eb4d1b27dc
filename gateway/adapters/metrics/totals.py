"""All workers' reports added up, as Prometheus reads them.

Counters only ever rise here: a worker that dies leaves what it has reported, and the one
in its place begins at nothing.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from gateway.adapters.metrics.families import FAMILIES, WORKERS, Family
from gateway.adapters.metrics.ledger import Labels, Report

Value = TypeVar("Value")

_SILENT_SECONDS = 5.0
"""After so long without a report a worker's gauges count no longer."""
_FOLDS: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "max": max,
    "min": min,
}


class Totals(Collector):
    """Is told from one thread and read from others; `seconds` is a clock that never goes back."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._counts: defaultdict[tuple[str, Labels], float] = defaultdict(float)
        self._histograms: dict[tuple[str, Labels], list[float]] = {}
        self._gauges: dict[int, dict[tuple[str, Labels], float]] = {}
        self._heard_at: dict[int, float] = {}

    def count(self, family: Family, labels: Labels = (), amount: float = 1) -> None:
        """Count what happens in the main process itself."""
        with self._lock:
            self._counts[family.name, labels] += amount

    def add(self, report: Report) -> None:
        with self._lock:
            for name, labels, amount in report.counts:
                self._counts[name, tuple(labels)] += amount
            for name, labels, values in report.histograms:
                key = name, tuple(labels)
                sums = self._histograms.setdefault(key, [0.0] * len(values))
                sums[:] = [a + b for a, b in zip(sums, values, strict=True)]
            self._hear(report)

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            self._forget_silent()
            metrics = [self._to_metric(family) for family in FAMILIES]
        yield from metrics

    def _hear(self, report: Report) -> None:
        """Take a worker's gauges as they stand."""
        if report.is_last:
            self._gauges.pop(report.worker, None)
            self._heard_at.pop(report.worker, None)
            return
        self._heard_at[report.worker] = self._seconds()
        if report.gauges:
            gauges = self._gauges.setdefault(report.worker, {})
            gauges.update({(n, tuple(ls)): value for n, ls, value in report.gauges})

    def _forget_silent(self) -> None:
        since = self._seconds() - _SILENT_SECONDS
        for worker in [w for w, heard in self._heard_at.items() if heard < since]:
            del self._heard_at[worker]
            self._gauges.pop(worker, None)

    def _to_metric(self, family: Family) -> Metric:
        match family.kind:
            case "counter":
                counter = CounterMetricFamily(
                    family.name, family.help, labels=family.labels
                )
                for labels, amount in _of(self._counts, family):
                    counter.add_metric(_spell(labels), amount)
                return counter
            case "histogram":
                return self._to_histogram(family)
            case "gauge":
                return self._to_gauge(family)

    def _to_histogram(self, family: Family) -> HistogramMetricFamily:
        metric = HistogramMetricFamily(family.name, family.help, labels=family.labels)
        bounds = [floatToGoString(bound) for bound in (*family.bounds, float("inf"))]
        for labels, values in _of(self._histograms, family):
            counted, buckets = 0.0, []
            for bound, count in zip(bounds, values[:-1], strict=True):
                counted += count
                buckets.append((bound, counted))
            metric.add_metric(_spell(labels), buckets, values[-1])
        return metric

    def _to_gauge(self, family: Family) -> GaugeMetricFamily:
        metric = GaugeMetricFamily(family.name, family.help, labels=family.labels)
        if family is WORKERS:
            metric.add_metric([], len(self._heard_at))
            return metric
        folded: defaultdict[Labels, list[float]] = defaultdict(list)
        for gauges in self._gauges.values():
            for labels, value in _of(gauges, family):
                folded[labels].append(value)
        for labels, values in sorted(folded.items()):
            metric.add_metric(_spell(labels), _FOLDS[family.fold](values))
        return metric


def _of(
    kept: Mapping[tuple[str, Labels], Value], family: Family
) -> Iterator[tuple[Labels, Value]]:
    """Return what is kept for a family, by its labels."""
    return (
        (labels, value) for (name, labels), value in kept.items() if name == family.name
    )


def _spell(labels: Labels) -> list[str]:
    return [str(label) for label in labels]
