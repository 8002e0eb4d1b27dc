"""The `Watch` port: what happens, entered into a process's ledger."""

from collections.abc import Callable, Mapping, Sequence
from typing import get_args

from gateway.adapters.metrics import families as f
from gateway.adapters.metrics.ledger import Labels, Ledger
from gateway.plugin.model import SourceState
from gateway.ports.metrics import (
    CallOutcome,
    LeaseKind,
    OperationOutcome,
    Saver,
    Tier,
    to_method,
)
from gateway.ports.stores import SharedRedis


class Meter:
    """Counts; what can be foreseen is there with 0, so that its first rise is seen."""

    def __init__(
        self, ledger: Ledger, providers: Sequence[str], *, has_redis: bool
    ) -> None:
        self._ledger = ledger
        self._redis: Labels | None = None
        self._sizes: Callable[[], Mapping[str, int]] = dict
        for provider in providers:
            self._foresee(provider)
        for tier in get_args(Tier):
            ledger.count(f.CACHE_READS, (tier,), 0)
        for saver in get_args(Saver):
            ledger.count(f.FLIGHTS_SAVED, (saver,), 0)
        for kind in get_args(LeaseKind):
            ledger.declare(f.LEASE_WAITS, (kind,))
        ledger.count(f.REDIS_OUTAGES, (), 0)
        if has_redis:
            ledger.set(f.REDIS_UP, 1)

    def request_ended(
        self, method: str, route: str, status: int, seconds: float
    ) -> None:
        self._ledger.count(f.REQUESTS, (to_method(method), route, status))
        self._ledger.observe(f.REQUEST_SECONDS, seconds, (route,))

    def source_answered(
        self, provider: str, state: SourceState, seconds: float
    ) -> None:
        self._ledger.count(f.SOURCES, (provider, state))
        self._ledger.observe(f.SOURCE_SECONDS, seconds, (provider,))

    def upstream_called(
        self, provider: str, outcome: CallOutcome, seconds: float
    ) -> None:
        self._ledger.count(f.UPSTREAM_CALLS, (provider, outcome))
        self._ledger.observe(f.UPSTREAM_SECONDS, seconds, (provider,))

    def page_found(self, tier: Tier) -> None:
        self._ledger.count(f.CACHE_READS, (tier,))

    def flight_saved(self, by: Saver) -> None:
        self._ledger.count(f.FLIGHTS_SAVED, (by,))

    def lease_waited(self, kind: str, seconds: float) -> None:
        self._ledger.observe(f.LEASE_WAITS, seconds, (kind,))

    def breaker_opened(self, provider: str) -> None:
        self._ledger.count(f.BREAKER_OPENINGS, (provider,))

    def breaker_turned(self, provider: str, *, is_open: bool) -> None:
        self._ledger.set(f.BREAKER_OPEN, int(is_open), (provider,))

    def logged_in(self, provider: str, outcome: CallOutcome) -> None:
        self._ledger.count(f.LOGINS, (provider, outcome))

    def operations_offered(self, names: Mapping[str, Sequence[str]]) -> None:
        for provider, operations in names.items():
            for operation in operations:
                for outcome in get_args(OperationOutcome):
                    labels = (provider, operation, outcome)
                    self._ledger.count(f.OPERATIONS, labels, 0)

    def operation_ended(
        self, provider: str, operation: str, outcome: OperationOutcome
    ) -> None:
        self._ledger.count(f.OPERATIONS, (provider, operation, outcome))

    def job_polled(self, provider: str, outcome: CallOutcome) -> None:
        self._ledger.count(f.JOB_POLLS, (provider, outcome))

    def redis_answered(self, seconds: float) -> None:
        self._ledger.observe(f.REDIS_SECONDS, seconds)

    def redis_turned(self, *, is_up: bool) -> None:
        self._ledger.set(f.REDIS_UP, int(is_up))
        if not is_up:
            self._ledger.count(f.REDIS_OUTAGES)

    def redis_described(self, redis: SharedRedis) -> None:
        if self._redis is not None:
            self._ledger.set(f.REDIS_INFO, 0, self._redis)
        self._redis = (
            redis.kind,
            ",".join(redis.masters),
            redis.version or "",
            redis.eviction_policy or "",
        )
        self._ledger.set(f.REDIS_INFO, 1, self._redis)
        self._ledger.set(f.REDIS_NODES, redis.nodes)

    def media_sent(self, provider: str, rendition: str, size_bytes: int) -> None:
        self._ledger.count(f.MEDIA_BYTES, (provider, rendition), size_bytes)

    def loop_lagged(self, seconds: float) -> None:
        self._ledger.observe(f.LOOP_LAG, seconds)

    def caches_made(self, sizes: Callable[[], Mapping[str, int]]) -> None:
        self._sizes = sizes

    def measure(self) -> None:
        """Enter what stands rather than happens."""
        for cache, size_bytes in self._sizes().items():
            self._ledger.set(f.CACHE_BYTES, size_bytes, (cache,))

    def _foresee(self, provider: str) -> None:
        ledger = self._ledger
        for state in get_args(SourceState):
            ledger.count(f.SOURCES, (provider, state), 0)
        for outcome in get_args(CallOutcome):
            ledger.count(f.UPSTREAM_CALLS, (provider, outcome), 0)
            ledger.count(f.LOGINS, (provider, outcome), 0)
            ledger.count(f.JOB_POLLS, (provider, outcome), 0)
        ledger.declare(f.SOURCE_SECONDS, (provider,))
        ledger.declare(f.UPSTREAM_SECONDS, (provider,))
        ledger.count(f.BREAKER_OPENINGS, (provider,), 0)
        ledger.set(f.BREAKER_OPEN, 0, (provider,))
