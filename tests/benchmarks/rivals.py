"""The gateway and the obvious alternative at the same job: warm, cold, and moving lists.

Both run on the same server and over a Redis. A cold page is the first one as each gives
it: the alternative's has all that it read, the gateway's the newest of it.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import httpx
from redis import Redis

from tests.benchmarks import configuration, stand
from tests.benchmarks.cold import COLD, DELAY_SECONDS
from tests.benchmarks.contest import compete
from tests.benchmarks.load import SERVER_CORE
from tests.benchmarks.moving import Crawled, crawl_gateway, crawl_pages
from tests.benchmarks.outcome import Outcome
from tests.benchmarks.spread import to_spread
from tests.conftest import running_redis
from tests.stack.gateways import tell
from tests.tcp_ports import reserve_port

LIMIT = 72
"""As many items as a page of the alternative's has: 24 of each upstream."""
ITEMS = 240
ROUNDS = 10
COLD_PAGES = 40
CALLERS = 32
CRAWLS = 3
LEAST_WARM_RATIO = 1.0
MOST_COLD_RATIO = 1.2
PATH = "/v1/gallery"


class _Rival(NamedTuple):
    """One of them, and the sandboxes that it alone has: logins void each other's."""

    address: str
    sandboxes: Mapping[str, str]


def measure(folder: Path) -> list[Outcome]:
    """Compare rates, times, and what each makes of lists that move."""
    if find_spec("fastapi") is None:
        raise RuntimeError("FastAPI is needed: pip install -e '.[bench]'")
    with running_redis(folder) as redis:
        return [
            _measure_warm(folder, redis.url),
            _measure_cold(folder, redis.url),
            _measure_rush(folder, redis.url),
            _measure_crawls(folder, redis.url),
        ]


@contextmanager
def _gateway(folder: Path, redis_url: str, cache: str) -> Iterator[_Rival]:
    with _sandboxes() as sandboxes:
        whole = f'{cache}\n[redis]\nurl = "{redis_url}"'
        config = configuration.write(folder, sandboxes, cache=whole)
        with stand.gateway(config, SERVER_CORE) as running:
            yield _Rival(running.address, sandboxes)


@contextmanager
def _alternative(redis_url: str, cache_seconds: int) -> Iterator[_Rival]:
    with _sandboxes() as sandboxes:
        port = reserve_port()
        environment = {
            "UPSTREAMS": json.dumps(sandboxes),
            "REDIS": redis_url,
            "KEY": configuration.KEY,
            "SECONDS": str(cache_seconds),
            "PORT": str(port),
        }
        command = [sys.executable, "-m", "tests.benchmarks.serve_alternative"]
        with stand.run(command, port, environment, SERVER_CORE) as running:
            yield _Rival(running.address, sandboxes)


@contextmanager
def _sandboxes() -> Iterator[Mapping[str, str]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(stand.sandbox(name, ITEMS)).address
            for name in stand.PROVIDERS
        }


def _measure_warm(folder: Path, redis_url: str) -> Outcome:
    with (
        _gateway(folder, redis_url, "fresh_seconds = 3600") as gateway,
        _alternative(redis_url, 3600) as alternative,
    ):
        ours = f"{gateway.address}{PATH}?limit={LIMIT}"
        other = alternative.address + PATH
        sizes = [len(_get(address).content) for address in (ours, other)]
        contest = compete(ours, other, configuration.HEADERS, ROUNDS)
    line = (
        f"warm page of {LIMIT} items, {sizes[0]} bytes: {contest.tell('alternative')},"
        f" {sizes[1]} bytes"
    )
    return Outcome(line, contest.ratio, LEAST_WARM_RATIO, is_least=True)


def _measure_cold(folder: Path, redis_url: str) -> Outcome:
    """Time first pages that neither has kept, in turns."""
    taken: tuple[list[float], list[float]] = ([], [])
    with (
        _gateway(folder, redis_url, COLD) as gateway,
        _alternative(redis_url, 3600) as alternative,
        Redis.from_url(redis_url) as redis,
        httpx.Client(headers=configuration.HEADERS, timeout=30) as client,
    ):
        for rival in (gateway, alternative):
            _delay(rival)
            client.get(rival.address + PATH).raise_for_status()
        for _ in range(COLD_PAGES):
            redis.delete("read_page:(0,)")
            for rival, seconds in zip((gateway, alternative), taken, strict=True):
                begun = time.perf_counter()
                client.get(rival.address + PATH).raise_for_status()
                seconds.append(time.perf_counter() - begun)
    ours, other = map(to_spread, taken)
    ratio = ours.p50_ms / other.p50_ms
    return Outcome(
        f"cold first page: {ours}; alternative {other}: ratio {ratio:.2f}",
        ratio,
        MOST_COLD_RATIO,
    )


def _measure_rush(folder: Path, redis_url: str) -> Outcome:
    """Count the upstream calls where many want one cold page at once."""
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    with (
        _gateway(folder, redis_url, "fresh_seconds = 3600") as gateway,
        _alternative(redis_url, 3600) as alternative,
        ThreadPoolExecutor(CALLERS) as pool,
    ):
        ours, other = (_count_calls_of(rival, pool) for rival in (gateway, alternative))
    line = (
        f"a cold page for {CALLERS} callers at once: {ours} upstream calls;"
        f" alternative {other}"
    )
    return Outcome(line, ours, len(stand.PROVIDERS))


def _count_calls_of(rival: _Rival, pool: ThreadPoolExecutor) -> int:
    _delay(rival)
    list(pool.map(_get, [rival.address + PATH] * CALLERS))
    return stand.count_calls(rival.sandboxes)


def _delay(rival: _Rival) -> None:
    for address in rival.sandboxes.values():
        tell(address, "delay", seconds=DELAY_SECONDS)


def _measure_crawls(folder: Path, redis_url: str) -> Outcome:
    """Crawl as the lists move: each rival over lists of its own, moved the same way."""
    ours, others = Crawled(), Crawled()
    for number in range(CRAWLS):
        with Redis.from_url(redis_url) as redis:
            redis.flushall()  # it holds other lists' pages
        with _gateway(folder, redis_url, "") as rival:
            ours += crawl_gateway(*rival, number, LIMIT)
        with _alternative(redis_url, 30) as rival:
            others += crawl_pages(*rival, number)
    line = f"{CRAWLS} crawls of moving lists: {ours}; alternative {others}"
    return Outcome(line, ours.lost + ours.repeated, 0)


def _get(address: str) -> httpx.Response:
    answer = httpx.get(address, headers=configuration.HEADERS, timeout=30)
    return answer.raise_for_status()
