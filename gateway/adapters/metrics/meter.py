"""The `Watch` port: events, entered into a process's ledger."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from gateway.adapters.metrics import families as f
from gateway.adapters.metrics.ledger import Labels, Ledger
from gateway.plugin.model import SourceState
from gateway.ports.metrics import (
    BreakerOpened,
    BreakerTurned,
    CachesMade,
    CallOutcome,
    Event,
    FlightSaved,
    JobPolled,
    LeaseKind,
    LeaseWaited,
    LoggedIn,
    LoopLagged,
    MediaSent,
    OperationEnded,
    OperationOutcome,
    OperationsOffered,
    PageFound,
    RedisAnswered,
    RedisDescribed,
    RedisTurned,
    RequestEnded,
    Saver,
    SourceAnswered,
    Tier,
    UpstreamCalled,
    to_method,
)


class Meter:
    """Counts; what can be foreseen is there with 0, so that its first rise is seen."""

    def __init__(
        self, ledger: Ledger, providers: Sequence[str], *, has_redis: bool
    ) -> None:
        self._ledger = ledger
        self._redis: Labels | None = None
        self._sizes: Callable[[], Mapping[str, int]] = dict
        self._entries: Mapping[type[Event], Callable[[Any], None]] = {
            RequestEnded: self._count_request,
            SourceAnswered: self._count_source,
            UpstreamCalled: self._count_call,
            PageFound: self._count_page,
            FlightSaved: self._count_saved,
            LeaseWaited: self._time_lease,
            BreakerOpened: self._count_opening,
            BreakerTurned: self._set_breaker,
            LoggedIn: self._count_login,
            OperationsOffered: self._foresee_operations,
            OperationEnded: self._count_operation,
            JobPolled: self._count_poll,
            RedisAnswered: self._time_redis,
            RedisTurned: self._set_redis,
            RedisDescribed: self._describe_redis,
            MediaSent: self._count_media,
            LoopLagged: self._time_lag,
            CachesMade: self._note_caches,
        }
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

    def __call__(self, event: Event) -> None:
        self._entries[type(event)](event)

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

    def _count_request(self, event: RequestEnded) -> None:
        method = to_method(event.method)
        self._ledger.count(f.REQUESTS, (method, event.route, event.status))
        self._ledger.observe(f.REQUEST_SECONDS, event.seconds, (event.route,))

    def _count_source(self, event: SourceAnswered) -> None:
        self._ledger.count(f.SOURCES, (event.provider, event.state))
        self._ledger.observe(f.SOURCE_SECONDS, event.seconds, (event.provider,))

    def _count_call(self, event: UpstreamCalled) -> None:
        self._ledger.count(f.UPSTREAM_CALLS, (event.provider, event.outcome))
        self._ledger.observe(f.UPSTREAM_SECONDS, event.seconds, (event.provider,))

    def _count_page(self, event: PageFound) -> None:
        self._ledger.count(f.CACHE_READS, (event.tier,))

    def _count_saved(self, event: FlightSaved) -> None:
        self._ledger.count(f.FLIGHTS_SAVED, (event.by,))

    def _time_lease(self, event: LeaseWaited) -> None:
        self._ledger.observe(f.LEASE_WAITS, event.seconds, (event.kind,))

    def _count_opening(self, event: BreakerOpened) -> None:
        self._ledger.count(f.BREAKER_OPENINGS, (event.provider,))

    def _set_breaker(self, event: BreakerTurned) -> None:
        self._ledger.set(f.BREAKER_OPEN, int(event.is_open), (event.provider,))

    def _count_login(self, event: LoggedIn) -> None:
        self._ledger.count(f.LOGINS, (event.provider, event.outcome))

    def _foresee_operations(self, event: OperationsOffered) -> None:
        for provider, operations in event.names.items():
            for operation in operations:
                for outcome in get_args(OperationOutcome):
                    labels = (provider, operation, outcome)
                    self._ledger.count(f.OPERATIONS, labels, 0)

    def _count_operation(self, event: OperationEnded) -> None:
        labels = (event.provider, event.operation, event.outcome)
        self._ledger.count(f.OPERATIONS, labels)

    def _count_poll(self, event: JobPolled) -> None:
        self._ledger.count(f.JOB_POLLS, (event.provider, event.outcome))

    def _time_redis(self, event: RedisAnswered) -> None:
        self._ledger.observe(f.REDIS_SECONDS, event.seconds)

    def _set_redis(self, event: RedisTurned) -> None:
        self._ledger.set(f.REDIS_UP, int(event.is_up))
        if not event.is_up:
            self._ledger.count(f.REDIS_OUTAGES)

    def _describe_redis(self, event: RedisDescribed) -> None:
        redis = event.redis
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

    def _count_media(self, event: MediaSent) -> None:
        labels = (event.provider, event.rendition)
        self._ledger.count(f.MEDIA_BYTES, labels, event.size_bytes)

    def _time_lag(self, event: LoopLagged) -> None:
        self._ledger.observe(f.LOOP_LAG, event.seconds)

    def _note_caches(self, event: CachesMade) -> None:
        self._sizes = event.sizes
