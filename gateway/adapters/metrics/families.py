"""Every metric: its name, its labels, and what it means."""

from typing import Literal

from msgspec import Struct

_CALL_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
_REQUEST_SECONDS = (0.0005, 0.001, 0.0025, 0.005, *_CALL_SECONDS)
_REDIS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25)
_LAG_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class Family(Struct, frozen=True, kw_only=True):
    """A metric; `fold` tells how the workers' gauges become one.

    `bounds` are the upper ends of a histogram's buckets but the last.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    fold: Literal["sum", "max", "min"] = "sum"


REQUESTS = Family(
    name="gallery_requests_total",
    kind="counter",
    help="Requests answered.",
    labels=("method", "route", "status"),
)
REQUEST_SECONDS = Family(
    name="gallery_request_duration_seconds",
    kind="histogram",
    help="How long a request took, to the last byte.",
    labels=("route",),
    bounds=_REQUEST_SECONDS,
)
SOURCES = Family(
    name="gallery_sources_total",
    kind="counter",
    help="Sources of the pages that were made (not of rendered ones), by their state.",
    labels=("provider", "state"),
)
SOURCE_SECONDS = Family(
    name="gallery_source_duration_seconds",
    kind="histogram",
    help="How long a source took in one page.",
    labels=("provider",),
    bounds=_REQUEST_SECONDS,
)
UPSTREAM_CALLS = Family(
    name="gallery_upstream_calls_total",
    kind="counter",
    help="HTTP calls to a provider's API, logins and repeated ones too.",
    labels=("provider", "outcome"),
)
UPSTREAM_SECONDS = Family(
    name="gallery_upstream_call_duration_seconds",
    kind="histogram",
    help="How long such a call took.",
    labels=("provider",),
    bounds=_CALL_SECONDS,
)
CACHE_READS = Family(
    name="gallery_cache_reads_total",
    kind="counter",
    help=(
        "Where pages were found: a whole answer (rendered), an upstream page in this "
        "process (memory) or shared (redis), or upstream (none)."
    ),
    labels=("tier",),
)
FLIGHTS_SAVED = Family(
    name="gallery_flights_saved_total",
    kind="counter",
    help="Upstream calls saved, for this process or another replica called already.",
    labels=("by",),
)
LEASE_WAITS = Family(
    name="gallery_lease_wait_seconds",
    kind="histogram",
    help=(
        "How long what another replica was doing was waited for: an upstream page, a "
        "login, a rendition, the sharing of deletions (gone), or an operation."
    ),
    labels=("kind",),
    bounds=_CALL_SECONDS,
)
BREAKER_OPEN = Family(
    name="gallery_breaker_open",
    kind="gauge",
    help="1 while a provider's breaker is open.",
    labels=("provider",),
    fold="max",
)
BREAKER_OPENINGS = Family(
    name="gallery_breaker_openings_total",
    kind="counter",
    help="How often this replica opened a breaker, for all.",
    labels=("provider",),
)
LOGINS = Family(
    name="gallery_logins_total",
    kind="counter",
    help="Logins at a provider.",
    labels=("provider", "outcome"),
)
OPERATIONS = Family(
    name="gallery_operations_total",
    kind="counter",
    help=(
        "Operations carried out, or told again from memory (replayed), by what became "
        "of them."
    ),
    labels=("provider", "operation", "outcome"),
)
JOB_POLLS = Family(
    name="gallery_job_polls_total",
    kind="counter",
    help="How often a provider was asked how far a job has come.",
    labels=("provider", "outcome"),
)
REDIS_UP = Family(
    name="gallery_redis_up",
    kind="gauge",
    help="1 while Redis answers every worker; absent without [redis].",
    fold="min",
)
REDIS_OUTAGES = Family(
    name="gallery_redis_outages_total",
    kind="counter",
    help="How often a worker found Redis away.",
)
REDIS_INFO = Family(
    name="gallery_redis_info",
    kind="gauge",
    help="1 for what Redis is now, 0 for what it was; its user may not know all of it.",
    labels=("kind", "master", "version", "eviction_policy"),
    fold="max",
)
REDIS_NODES = Family(
    name="gallery_redis_nodes",
    kind="gauge",
    help="Servers that Redis is of, as a worker was last told.",
    fold="min",
)
REDIS_SECONDS = Family(
    name="gallery_redis_command_duration_seconds",
    kind="histogram",
    help="How long a command that was answered took.",
    bounds=_REDIS_SECONDS,
)
MEDIA_BYTES = Family(
    name="gallery_media_bytes_total",
    kind="counter",
    help="Bytes of media sent to callers.",
    labels=("provider", "rendition"),
)
LOOP_LAG = Family(
    name="gallery_event_loop_lag_seconds",
    kind="histogram",
    help="By how much an event loop was late, looked at four times a second.",
    bounds=_LAG_SECONDS,
)
CACHE_BYTES = Family(
    name="gallery_cache_bytes",
    kind="gauge",
    help="What the workers' caches take in memory; of each the share is a part of memory_bytes.",
    labels=("cache",),
)
WORKERS = Family(
    name="gallery_workers",
    kind="gauge",
    help="Workers that report; one whose event loop hangs does not.",
)
WORKER_STARTS = Family(
    name="gallery_worker_starts_total",
    kind="counter",
    help="Workers started, at the start, by a reload, or in place of a dead one.",
)
CONFIGURATIONS = Family(
    name="gallery_configuration_loads_total",
    kind="counter",
    help="Configurations loaded, or refused for their faults.",
    labels=("outcome",),
)

FAMILIES = (
    REQUESTS,
    REQUEST_SECONDS,
    SOURCES,
    SOURCE_SECONDS,
    UPSTREAM_CALLS,
    UPSTREAM_SECONDS,
    CACHE_READS,
    FLIGHTS_SAVED,
    LEASE_WAITS,
    BREAKER_OPEN,
    BREAKER_OPENINGS,
    LOGINS,
    OPERATIONS,
    JOB_POLLS,
    REDIS_UP,
    REDIS_OUTAGES,
    REDIS_INFO,
    REDIS_NODES,
    REDIS_SECONDS,
    MEDIA_BYTES,
    LOOP_LAG,
    CACHE_BYTES,
    WORKERS,
    WORKER_STARTS,
    CONFIGURATIONS,
)
