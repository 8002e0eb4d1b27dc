"""A quarter of a minute of everything at once, ten on demand (`GATEWAY_SOAK_SECONDS=600`)."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from redis import Redis

from tests.conftest import running_redis
from tests.plain import NO_TLS
from tests.stack.gateways import (
    KEY,
    Gateway,
    document,
    ids_of,
    items_of,
    serve,
    tell,
    write,
)
from tests.stack.processes import (
    Commands,
    children_of,
    starting_commands,
    wait_until,
)
from tests.tcp_ports import reserve_port

SECONDS = float(os.environ.get("GATEWAY_SOAK_SECONDS", "15"))
CALLERS = 64
WARM_UP = 0.6
"""The part of the time after which memory must be flat."""
MOST_GROWTH = 0.05 if SECONDS >= 300 else 0.3
"""In a while on a slow machine the caches are not full yet."""
LIMITS = (24, 60, 100)
FAULTS = (
    ("fail", {"status": 500, "count": 4}),
    ("fail", {"status": 503, "count": 6, "headers": {"Retry-After": "1"}}),
    ("fail", {"status": 429, "count": 3}),
    ("fail", {"mode": "truncate", "count": 3}),
    ("fail", {"mode": "close", "count": 3}),
    ("fail", {"mode": "hang", "count": 1}),
    ("delay", {"seconds": 0.4, "count": 6}),
    ("delay", {"seconds": 1.5, "count": 2}),
)
SETTINGS = {
    "gallery": {"deadline_seconds": 4.0, "patience_seconds": 0.8},
    "cache": {
        "fresh_seconds": 1.0,
        "stale_while_revalidate_seconds": 1.0,
        "stale_if_error_seconds": 3.0,
        "memory_bytes": 2**24,
    },
    "limits": {"requests_per_minute": 1_000_000},
}


class Soak:
    """Callers who crawl until the time is over, and what they saw."""

    def __init__(self, address: str, truth: dict[str, set[str]]) -> None:
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._address = address
        self._truth = truth
        self._ends_at = time.monotonic() + SECONDS

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at

    def call(self, number: int) -> None:
        """Crawl again and again, over everything or one provider, page by page."""
        chance = random.Random(number)  # noqa: S311  # the same each time
        headers = {"x-api-key": KEY}
        with httpx.Client(
            verify=NO_TLS, base_url=self._address, headers=headers, timeout=30
        ) as client:
            while not self.is_over:
                names = chance.choice(
                    [list(self._truth), [chance.choice([*self._truth])]]
                )
                self._crawl(client, names, chance.choice(LIMITS))

    def _crawl(self, client: httpx.Client, names: list[str], limit: int) -> None:
        query = [("limit", str(limit)), *(("provider", name) for name in names)]
        ids: list[str] = []
        cursor: str | None = None
        while not self.is_over:
            asked = [*query, *([("cursor", cursor)] if cursor else [])]
            page = self._ask(client, asked)
            if page is None:
                continue
            ids += ids_of(page)
            cursor = page["next_cursor"]
            if cursor is None:
                self._check(ids, names)
                return

    def _ask(self, client: httpx.Client, query: list[tuple[str, str]]) -> dict | None:
        begun = time.monotonic()
        try:
            answer = client.get("/v1/gallery", params=query)
        except httpx.HTTPError as error:
            seconds = time.monotonic() - begun
            self.wrong.append(f"{error!r} after {seconds:.1f} s: {query}")
            return None
        self.seen[str(answer.status_code)] += 1
        if answer.status_code == 200:
            page: dict = answer.json()
            self.seen.update(source["state"] for source in page["sources"])
            return page
        if answer.status_code != 503 or "retry-after" not in answer.headers:
            self.wrong.append(f"{answer.status_code}: {answer.text}")
        time.sleep(float(answer.headers.get("retry-after", "1")))
        return None

    def _check(self, ids: list[str], names: list[str]) -> None:
        self.seen["crawls"] += 1
        whole = set().union(*(self._truth[name] for name in names))
        twice = [item_id for item_id, n in Counter(ids).items() if n > 1]
        lost = whole - set(ids)
        if twice or lost:
            self.wrong.append(f"{names}: twice {twice[:3]}, lost {list(lost)[:3]}")


def break_things(soak: Soak, sandboxes: dict[str, str]) -> None:
    """Break one upstream after the other, each for a while, until the time is over.

    A fault that was left armed would wait for the one call that an open breaker lets
    through: nobody would ever come back.
    """
    chance = random.Random(0)  # noqa: S311  # the same each time
    while not soak.is_over:
        what, told = chance.choice(FAULTS)
        address = chance.choice([*sandboxes.values()])
        tell(address, what, **told)
        time.sleep(chance.uniform(0.5, 2.0))
        tell(address, "reset")


@pytest.fixture
def own_sandboxes(commands: Commands) -> Iterator[dict[str, str]]:
    names = ("hyper3d", "avatar", "piktid")
    ports = {name: reserve_port() for name in names}
    for name, port in ports.items():
        commands.start("sandbox", name, "--port", str(port))
    addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    for command, address in zip(commands.started, addresses.values(), strict=True):
        command.until_it_answers(f"{address}/_sandbox")
    return addresses


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    output = tmp_path / "output"
    output.mkdir()
    with starting_commands(output) as commands:
        yield commands


def memory_of(worker: int) -> int:
    status = Path(f"/proc/{worker}/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def events_of(gateway: Gateway) -> list[str]:
    """Return what a gateway logs but its requests."""
    lines = gateway.command.err.splitlines()
    return [line for line in lines if '"event":"request"' not in line]


def test_mixed_traffic_over_two_workers_is_answered_right(
    commands: Commands,
    own_sandboxes: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    port = reserve_port()
    redis = {"url": f"redis://127.0.0.1:{port}/0"}
    whole = document(own_sandboxes, redis=redis, **SETTINGS)
    truth = {name: items_of({name: own_sandboxes[name]}) for name in own_sandboxes}
    with ThreadPoolExecutor(CALLERS + 1) as pool:
        with running_redis(tmp_path, port):
            gateway = serve(commands, write(tmp_path, whole), "--workers", "2")
            workers = children_of(gateway.command.process.pid)
            soak = Soak(gateway.address, truth)
            going = [pool.submit(soak.call, number) for number in range(CALLERS)]
            going.append(pool.submit(break_things, soak, own_sandboxes))
            time.sleep(SECONDS * WARM_UP)
            before = {worker: memory_of(worker) for worker in workers}
        with running_redis(tmp_path, port):
            time.sleep(SECONDS * 0.2)
        with running_redis(tmp_path, port), Redis(port=port) as client:
            for one in going:
                one.result()
            after = {worker: memory_of(worker) for worker in workers}
            # the last one may have come a moment ago
            wait_until(lambda: bool(gateway.page() and client.dbsize()), "Redis's use")
            keys = client.dbsize()

    growth = {w: after[w] / before[w] - 1 for w in workers if w in before}
    with capsys.disabled():
        print(  # noqa: T201  # the figures of the run
            f"\n  {SECONDS:.0f} s: {dict(soak.seen)}, keys in Redis {keys}, memory"
            f" {[f'{m / 1e6:.0f} MB' for m in after.values()]},"
            f" growth {[f'{g:.1%}' for g in growth.values()]}"
        )
    assert threading.active_count() < CALLERS
    assert soak.wrong == [], events_of(gateway)[-50:]
    assert soak.seen["crawls"] > CALLERS / 2
    assert soak.seen["200"] > 4 * soak.seen["503"]
    assert max(growth.values()) < MOST_GROWTH
