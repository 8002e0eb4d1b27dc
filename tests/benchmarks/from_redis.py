"""Pages that only Redis has: a fresh process answers what another one has read."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.benchmarks import configuration, stand
from tests.benchmarks.handler import measure_handler
from tests.benchmarks.outcome import Outcome
from tests.benchmarks.spread import to_spread
from tests.conftest import running_redis

PAGES = 28
PROCESSES = 5
BOUND = 100.0
"""In handler times."""
_SAVED_SECONDS = 0.5


def measure(folder: Path) -> list[Outcome]:
    """Crawl in one process, then time the same pages in several fresh ones."""
    with ExitStack() as stack:
        addresses = {
            name: stack.enter_context(stand.sandbox(name, 240)).address
            for name in stand.PROVIDERS
        }
        redis = stack.enter_context(running_redis(folder))
        cache = f'fresh_seconds = 3600\n[redis]\nurl = "{redis.url}"'
        config = configuration.write(folder, addresses, cache=cache)
        with stand.gateway(config) as gateway:
            queries, body = _crawl(gateway.address)
            time.sleep(_SAVED_SECONDS)  # pages go to Redis behind the answer
        before = stand.count_calls(addresses)
        taken = [
            seconds for _ in range(PROCESSES) for seconds in _time(config, queries)
        ]
        calls = stand.count_calls(addresses) - before
        (folder / "body").write_bytes(body)
        bare = stack.enter_context(stand.bare(folder / "body"))
        plain = to_spread(_ask(bare.address, [{}] * len(taken)))
    ours, handler = to_spread(taken), measure_handler(folder, body)
    line = (
        f"page from Redis, {len(taken)} first asked for in {PROCESSES} processes:"
        f" {ours} ({handler.tell(ours.p50_ms)}); bare handler {plain}: ratio"
        f" {ours.p50_ms / plain.p50_ms:.1f}"
    )
    return [
        Outcome(line, handler.count(ours.p50_ms), BOUND),
        Outcome(f"upstream calls for these: {calls}", calls, 0),
    ]


def _crawl(address: str) -> tuple[Sequence[Mapping[str, str]], bytes]:
    """Return what leads to each page, and a page's bytes."""
    queries: list[dict[str, str]] = [{}]
    with httpx.Client(headers=configuration.HEADERS, timeout=30) as client:
        for _ in range(PAGES):
            answer = client.get(f"{address}/v1/gallery", params=queries[-1])
            cursor = answer.raise_for_status().json()["next_cursor"]
            queries.append({"cursor": cursor})
    return queries[:-1], answer.content


def _time(config: Path, queries: Sequence[Mapping[str, str]]) -> list[float]:
    """Start a gateway, and ask it for each page once."""
    with stand.gateway(config) as gateway:
        httpx.get(f"{gateway.address}/health/ready", timeout=30).raise_for_status()
        return _ask(f"{gateway.address}/v1/gallery", queries)


def _ask(address: str, queries: Sequence[Mapping[str, str]]) -> list[float]:
    taken = []
    with httpx.Client(headers=configuration.HEADERS, timeout=30) as client:
        for query in queries:
            begun = time.perf_counter()
            client.get(address, params=query).raise_for_status()
            taken.append(time.perf_counter() - begun)
    return taken
