"""Gateways over Redis of several servers, whose bad days no crawl has a part in."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest
from msgspec import Struct
from redis import Redis

from tests.conftest import RedisServer
from tests.faults.moving_crawls import MovingCrawls
from tests.faults.replicas import list_calls, reset, running_sandboxes, start
from tests.redis_cluster import move_slot, running_cluster, to_url
from tests.redis_sentinel import running_trio
from tests.stack.gateways import Gateway, document, ids_of, write
from tests.stack.processes import starting_commands, wait_until

TIMEOUT_SECONDS = 0.1
GRACE_SECONDS = 0.25
NOISE_SECONDS = float(os.environ.get("GATEWAY_NOISE_SECONDS", "1.5"))
"""What a machine with two processors adds to the longest of all requests."""
SHARING_SECONDS = 20.0
"""It takes three; where the sentinels' votes are split they try again after eight more."""
CALLERS = 3
WORKERS = 2
OTHER_OUTAGES = 3 * 2 * WORKERS
"""On a busy machine an answer may take half a second, which is one: up to three for each
process. Who took each slot that moves for one, or each try of a fail-over, told of more."""
SLOTS_MOVED = 40
CROWD = 90
CACHE = {"fresh_seconds": 1.0, "stale_while_revalidate_seconds": 0.0}


class Fleet(Struct, frozen=True, kw_only=True):
    """A Redis of several servers, the first of which is a master, and its address."""

    url: str
    servers: list[RedisServer]


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with running_sandboxes(tmp_path_factory.mktemp("sandboxes")) as addresses:
        reset(addresses)
        yield addresses


@contextmanager
def under_sentinels(folder: Path) -> Iterator[Fleet]:
    with running_trio(folder) as trio:
        yield Fleet(url=trio.url, servers=trio.servers)


@contextmanager
def as_cluster(folder: Path) -> Iterator[Fleet]:
    with running_cluster(folder, 3, replicas=1) as nodes:
        yield Fleet(url=to_url(nodes[1:3]), servers=nodes)


@pytest.fixture(params=[under_sentinels, as_cluster], ids=["sentinel", "cluster"])
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    with request.param(tmp_path) as running:
        yield running


@pytest.fixture
def gateways(
    fleet: Fleet, sandboxes: dict[str, str], tmp_path: Path
) -> Iterator[list[Gateway]]:
    """Two, of two workers each, that share the fleet."""
    (folder := tmp_path / "gateways").mkdir()
    whole = document(
        sandboxes,
        redis={"url": fleet.url, "timeout_seconds": TIMEOUT_SECONDS},
        cache=CACHE,
        limits={"requests_per_minute": 1_000_000},
    )
    with starting_commands(folder) as commands:
        yield start(commands, write(folder, whole), 2, "--workers", str(WORKERS))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_crawls_go_on_while_a_master_is_lost_and_another_takes_over(
    fleet: Fleet,
    gateways: list[Gateway],
    sandboxes: dict[str, str],
    number: signal.Signals,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with MovingCrawls(gateways, sandboxes, CALLERS) as crawls:
        wait_until(lambda: crawls.seen.crawls >= CALLERS, "crawls before")
        wait_until(lambda: _is_well(_count(gateways)), "Redis before")
        before = _count(gateways)

        lost_at = time.monotonic()
        fleet.servers[0].process.send_signal(number)
        back = before["redis.back"] + 2 * WORKERS
        wait_until(lambda: _count(gateways)["redis.back"] >= back, "Redis again")
        back_at = time.monotonic()
        count = crawls.seen.crawls
        wait_until(lambda: crawls.seen.crawls >= count + CALLERS, "crawls after")
        fleet.servers[0].process.send_signal(signal.SIGCONT)
        seen = crawls.end()

    usual = seen.pages_between(0.0, lost_at)
    during = seen.pages_between(lost_at, back_at)
    _tell(capsys, seen.crawls, back_at - lost_at, usual, during)
    assert before["redis.away"] <= OTHER_OUTAGES
    assert seen.odd == []
    assert (seen.lost, seen.repeated) == (set(), set())
    assert back_at - lost_at < SHARING_SECONDS
    assert median(during) < median(usual) + TIMEOUT_SECONDS + GRACE_SECONDS
    assert max(during) < max(usual) + TIMEOUT_SECONDS + GRACE_SECONDS + NOISE_SECONDS
    told = _count(gateways)
    assert _is_well(told)
    assert told["redis.away"] <= 2 * WORKERS + OTHER_OUTAGES
    _assert_pages_are_shared(gateways, sandboxes)


@pytest.mark.parametrize("fleet", [as_cluster], indirect=True, ids=["cluster"])
def test_crawls_go_on_while_slots_in_use_are_moved(
    fleet: Fleet, gateways: list[Gateway], sandboxes: dict[str, str]
) -> None:
    with MovingCrawls(gateways, sandboxes, CALLERS) as crawls:
        wait_until(lambda: crawls.seen.crawls >= CALLERS, "crawls before")

        source, target = fleet.servers[:2]
        slots = _slots_in_use(source)[:SLOTS_MOVED]
        for slot in slots:
            for _ in move_slot(source, target, slot):
                time.sleep(0.01)  # between a slot's steps it is used
        count = crawls.seen.crawls
        wait_until(lambda: crawls.seen.crawls >= count + CALLERS, "crawls after")
        seen = crawls.end()

    assert len(slots) > 5
    assert seen.odd == []
    assert (seen.lost, seen.repeated) == (set(), set())
    told = _count(gateways)
    assert _is_well(told)
    assert told["redis.away"] <= OTHER_OUTAGES
    _assert_pages_are_shared(gateways, sandboxes)


@pytest.mark.parametrize("fleet", [as_cluster], indirect=True, ids=["cluster"])
def test_a_crowd_over_a_cluster_costs_what_one_caller_costs(
    fleet: Fleet, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    (folder := tmp_path / "gateways").mkdir()
    patient = {"deadline_seconds": 30.0, "patience_seconds": 30.0}
    whole = document(
        sandboxes,
        cache={"fresh_seconds": 600.0, "stale_while_revalidate_seconds": 0.0},
        gallery=patient,
        limits={"requests_per_minute": 1_000_000},
    )
    for provider in whole["providers"].values():
        provider["timeout_seconds"] = 30.0
    shared = {**whole, "redis": {"url": fleet.url, "timeout_seconds": 30.0}}
    with starting_commands(folder) as commands:
        (lone,) = start(commands, write(folder, whole, "lone.toml"), 1)
        crowded = start(commands, write(folder, shared), 3, "--workers", "3")
        reset(sandboxes)
        expected = lone.page(limit=100)
        alone = list_calls(sandboxes)
        reset(sandboxes)
        with ThreadPoolExecutor(CROWD) as pool:
            asked = [pool.submit(crowded[n % 3].page, limit=100) for n in range(CROWD)]
            pages = [one.result() for one in asked]

    assert {tuple(ids_of(page)) for page in pages} == {tuple(ids_of(expected))}
    assert list_calls(sandboxes) == alone


def _assert_pages_are_shared(
    gateways: list[Gateway], sandboxes: dict[str, str]
) -> None:
    """Ask one gateway for a page, then the other, which need not call upstream."""

    def is_shared() -> bool:
        time.sleep(CACHE["fresh_seconds"])
        one, other = (gateway.page for gateway in gateways)
        one(limit=50)
        calls = list_calls(sandboxes)
        other(limit=50)
        return list_calls(sandboxes) == calls

    wait_until(is_shared, "a page to be shared")


def _count(gateways: list[Gateway]) -> Counter[str]:
    """Count what all processes have told of Redis."""
    lines = (line for g in gateways for line in g.command.err.splitlines())
    events = (json.loads(line)["event"] for line in lines if _is_whole(line))
    return Counter(event for event in events if event.startswith("redis."))


def _is_well(events: Counter[str]) -> bool:
    """Return whether each outage that was told of is over."""
    return events["redis.away"] == events["redis.back"]


def _is_whole(line: str) -> bool:
    """Return whether it is of our log, and written to its end."""
    return line[:1] == "{" and line[-1:] == "}"


def _slots_in_use(node: RedisServer) -> list[int]:
    with Redis.from_url(node.url) as client:
        keys = list(client.scan_iter("gg:*"))
        slots = {client.execute_command("CLUSTER", "KEYSLOT", key) for key in keys}
        return sorted(slots)


def _tell(
    capsys: pytest.CaptureFixture[str],
    crawls: int,
    seconds: float,
    usual: list[float],
    during: list[float],
) -> None:
    def shown(taken: list[float]) -> str:
        return f"{median(taken) * 1000:.0f} ms, longest {max(taken) * 1000:.0f} ms"

    with capsys.disabled():
        print(  # noqa: T201  # the figures of the run
            f"\n  {crawls} crawls, {len(usual) + len(during)} pages; away for"
            f" {seconds:.1f} s; a page before: {shown(usual)}; meanwhile: {shown(during)}"
        )
