"""Crawlers side by side over lists that move: nobody waits while nothing is under way."""

import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec import Struct

from tests import plain
from tests.conftest import RedisServer
from tests.faults.replicas import reset, running_sandboxes, start
from tests.stack.gateways import Gateway, document, tell, write
from tests.stack.processes import starting_commands, wait_until
from tests.stack.scrapes import total
from tests.tcp_ports import reserve_port

PAGES = int(os.environ.get("GATEWAY_WAITING_PAGES", "400"))
"""How many are read over each number of gateways; 10,000 on demand."""
IS_ON_DEMAND = "GATEWAY_WAITING_PAGES" in os.environ
CRAWLERS = 5
LIMITS = (7, 24, 40)
LEAST_ITEMS = 50
WAIT_SECONDS = 0.5 if IS_ON_DEMAND else 1.0
"""What may be waited for another replica's call; a lease lasts for 1.5 s and more."""
WAITS = "gallery_lease_wait_seconds"


class Seen(Struct, kw_only=True):
    pages: int = 0
    longest_seconds: float = 0.0


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with running_sandboxes(tmp_path_factory.mktemp("sandboxes")) as addresses:
        reset(addresses)
        yield addresses


def _move(address: str, chance: random.Random) -> None:
    """Insert one item or delete one; no list becomes short, nor much longer."""
    ids = plain.get(f"{address}/_sandbox/items").json()["ids"]
    if len(ids) < LEAST_ITEMS or chance.random() < 0.5:
        tell(address, "items", count=1)
    else:
        tell(address, "delete", ids=[chance.choice(ids)])


def _crawl(
    gateways: list[Gateway], sandboxes: dict[str, str], pages: int, seed: int
) -> Seen:
    chance, cursor, seen = random.Random(seed), None, Seen()  # noqa: S311  # no secret
    while seen.pages < pages:
        begun = time.monotonic()
        page = chance.choice(gateways).page(cursor, limit=LIMITS[seed % len(LIMITS)])
        seconds = time.monotonic() - begun
        states = {source["state"] for source in page["sources"]}
        assert states <= {"fresh", "stale"}, (seconds, page["sources"])
        seen.pages += 1
        seen.longest_seconds = max(seen.longest_seconds, seconds)
        cursor = page["next_cursor"]
        _move(chance.choice(list(sandboxes.values())), chance)
    return seen


def _answered(ports: list[int]) -> float:
    name = "gallery_request_duration_seconds_count"
    return sum(total(port, name, route="/v1/gallery") for port in ports)


def _waited(port: int) -> tuple[float, float]:
    """Return how often a page was waited for, and how often for too long."""
    count = total(port, f"{WAITS}_count", kind="page")
    short = total(port, f"{WAITS}_bucket", kind="page", le=str(WAIT_SECONDS))
    return count, count - short


@pytest.mark.parametrize("fresh_seconds", [2.0, 30.0])
@pytest.mark.parametrize("number", [1, 2])
def test_crawlers_over_moving_lists_wait_for_calls_alone(
    sandboxes: dict[str, str],
    own_redis: RedisServer,
    tmp_path: Path,
    number: int,
    fresh_seconds: float,
) -> None:
    ports = [reserve_port() for _ in range(number)]
    with starting_commands(tmp_path) as commands:
        gateways = []
        for port in ports:
            whole = document(
                sandboxes,
                redis=own_redis.settings(),
                server={"metrics_port": port},
                cache={"fresh_seconds": fresh_seconds},
                limits={"requests_per_minute": 1_000_000},
            )
            path = write(tmp_path, whole, f"{port}.toml")
            gateways += start(commands, path, 1)

        with ThreadPoolExecutor(CRAWLERS) as pool:
            pages = PAGES // (2 * CRAWLERS)
            crawls = [
                pool.submit(_crawl, gateways, sandboxes, pages, seed)
                for seed in range(CRAWLERS)
            ]
            seen = [crawl.result() for crawl in crawls]

        read = sum(one.pages for one in seen)
        wait_until(lambda: _answered(ports) >= read, "all pages to be counted")
        waited = [_waited(port) for port in ports]

    longest = max(one.longest_seconds for one in seen)
    print(  # noqa: T201  # what is measured
        f"\n{read} pages, longest {longest:.3f} s, waits and long ones: {waited}"
    )
    assert not any(too_long for _, too_long in waited)
    assert not IS_ON_DEMAND or longest < 2 * WAIT_SECONDS
