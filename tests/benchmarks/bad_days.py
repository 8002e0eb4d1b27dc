"""What callers feel of bad days: stale pages, a black-holed provider, a frozen Redis."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.benchmarks import configuration, stand
from tests.benchmarks.outcome import Outcome
from tests.benchmarks.spread import to_spread
from tests.conftest import running_redis

MOST_STALE_RATIO = 1.2
MOST_BLACK_HOLE_RATIO = 1.1
MOST_FROZEN_RATIO = 1.2
REQUESTS = 1_500
_BOUND_SECONDS = 120.0


def measure_stale(folder: Path) -> Outcome:
    """Compare pages that are past their freshness, and refreshed behind, to warm ones."""
    with ExitStack() as stack:
        addresses = _sandboxes(stack)
        for address in addresses.values():
            _tell(address, "delay", seconds=0.5)
        cache = "fresh_seconds = 1\nstale_while_revalidate_seconds = 600"
        client = stack.enter_context(_serving(folder, addresses, cache))
        fresh: list[float] = []
        stale: list[float] = []
        ends_at = time.monotonic() + _BOUND_SECONDS
        while min(len(fresh), len(stale)) < REQUESTS:
            if time.monotonic() > ends_at:
                raise RuntimeError("too few stale pages, or fresh ones")
            seconds, answer = _time_page(client)
            status = answer.headers["cache-status"]
            if "; hit" in status:
                (stale if "ttl=-" in status else fresh).append(seconds)
    return _compare("stale page", stale, "warm", fresh, MOST_STALE_RATIO)


def measure_black_hole(folder: Path) -> Outcome:
    """Compare pages without one provider, once its breaker is open, to whole ones."""
    with ExitStack() as stack:
        addresses = _sandboxes(stack)
        cache = "fresh_seconds = 3600"
        gallery = "\n[gallery]\npatience_seconds = 0.3"
        well = stack.enter_context(_serving(folder, addresses, cache + gallery))
        _tell(addresses["avatar"], "fail", mode="hang")
        without = stack.enter_context(
            _serving(folder, addresses, cache + gallery, "timeout_seconds = 0.5")
        )
        _until(lambda: _health(without, "avatar") == "open")
        broken, healthy = _time_in_turns(without, well)
    what = "page with one provider black-holed"
    return _compare(what, broken, "all well", healthy, MOST_BLACK_HOLE_RATIO)


def measure_frozen(folder: Path) -> Outcome:
    """Compare warm pages while Redis is frozen to those over one that is not."""
    with ExitStack() as stack:
        addresses = _sandboxes(stack)
        servers = [stack.enter_context(running_redis(folder)) for _ in range(2)]
        caches = (
            f'fresh_seconds = 3600\n[redis]\nurl = "{redis.url}"' for redis in servers
        )
        without, well = (
            stack.enter_context(_serving(folder, addresses, cache)) for cache in caches
        )
        servers[0].process.send_signal(signal.SIGSTOP)
        frozen, healthy = _time_in_turns(without, well)
    what = "warm page with a frozen Redis"
    return _compare(what, frozen, "all well", healthy, MOST_FROZEN_RATIO)


def _sandboxes(stack: ExitStack) -> dict[str, str]:
    return {
        name: stack.enter_context(stand.sandbox(name, 240)).address
        for name in stand.PROVIDERS
    }


@contextmanager
def _serving(
    folder: Path, addresses: dict[str, str], cache: str, provider: str = ""
) -> Iterator[httpx.Client]:
    config = configuration.write(folder, addresses, cache=cache, provider=provider)
    with (
        stand.gateway(config) as gateway,
        httpx.Client(
            base_url=gateway.address, headers=configuration.HEADERS, timeout=30
        ) as client,
    ):
        client.get("/v1/gallery").raise_for_status()
        yield client


def _time_page(client: httpx.Client) -> tuple[float, httpx.Response]:
    begun = time.perf_counter()
    answer = client.get("/v1/gallery").raise_for_status()
    return time.perf_counter() - begun, answer


def _time_in_turns(
    one: httpx.Client, other: httpx.Client
) -> tuple[list[float], list[float]]:
    pairs = [(_time_page(one)[0], _time_page(other)[0]) for _ in range(REQUESTS)]
    return [seconds for seconds, _ in pairs], [seconds for _, seconds in pairs]


def _health(client: httpx.Client, provider: str) -> str:
    client.get("/v1/gallery", params={"limit": 23})
    health: str = client.get(f"/v1/providers/{provider}").json()["health"]
    return health


def _tell(address: str, what: str, **told: object) -> None:
    httpx.post(f"{address}/_sandbox/{what}", json=told).raise_for_status()


def _until(condition: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + _BOUND_SECONDS
    while not condition():
        if time.monotonic() > ends_at:
            raise RuntimeError("waited in vain")
        time.sleep(0.05)


def _compare(
    what: str, taken: list[float], than: str, before: list[float], bound: float
) -> Outcome:
    ours, plain = to_spread(taken), to_spread(before)
    ratio = ours.p50_ms / plain.p50_ms
    line = f"{what}: {ours}; {than} {plain}: ratio {ratio:.2f} at the median"
    return Outcome(line, ratio, bound)
