"""Two gateways that share a Redis, and its bad days: answers go on, in time."""

import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from redis import Redis

from tests.conftest import RedisServer, running_redis
from tests.faults.slow_line import Line, running_line
from tests.stack.gateways import NAMES, Gateway, document, ids_of, items_of, tell, write
from tests.stack.processes import Commands, starting_commands, wait_until
from tests.tcp_ports import reserve_port

TIMEOUT_SECONDS = 0.3
"""Longer than by default: a busy machine takes a tenth of a second for an answer."""
NOISE_SECONDS = 0.6
"""What a busy machine adds to half of the requests, at most."""
LONGEST_SECONDS = 3.0
"""What it makes of the longest; redis-py by itself waits for more than four."""
SLOW_NOISE_SECONDS = 0.1
"""What it adds to the median of several, beside what it is usually."""
BACK_SECONDS = 2.0
REQUESTS = 6
FRESH_SECONDS = 0.2
SETTINGS: Mapping[str, Mapping[str, object]] = {
    "limits": {"requests_per_minute": 1_000_000},
    "cache": {"fresh_seconds": FRESH_SECONDS, "stale_while_revalidate_seconds": 0.0},
}
_limits = count(1)


class House:
    """A Redis that may be killed and started again on its port, behind a line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self.port = reserve_port()
        self.server: RedisServer | None = None
        self.line: Line

    def start(self) -> None:
        running = running_redis(self._folder, self.port)
        self.server = self._stack.enter_context(running)

    def kill(self) -> None:
        assert self.server is not None
        self.server.process.kill()
        self.server.process.wait()

    def signal(self, number: signal.Signals) -> None:
        assert self.server is not None
        self.server.process.send_signal(number)

    def mend(self) -> None:
        """Undo whatever a test has done to it."""
        self.line.delay_seconds = 0.0
        if self.server is None or self.server.process.poll() is not None:
            self.start()
        self.signal(signal.SIGCONT)
        with self.client() as client:
            client.config_set("maxmemory", "0")
            client.replicaof("NO", "ONE")

    def client(self) -> "Redis[bytes]":
        return Redis(port=self.port)

    def close(self) -> None:
        self._stack.close()


class Pair:
    """Two gateways over one Redis."""

    def __init__(self, house: House, gateways: list[Gateway]) -> None:
        self.house = house
        self.gateways = gateways

    def events(self) -> list[Counter[str]]:
        """Count each process's events of Redis."""
        return [_count_events(gateway.command.err) for gateway in self.gateways]

    def assert_answers_go_on(self, sandboxes: dict[str, str]) -> None:
        """Ask both for pages that no cache of theirs has rendered, and crawl."""
        taken = []
        for gateway in self.gateways:
            for _ in range(REQUESTS):
                begun = time.monotonic()
                page = gateway.page(limit=1 + next(_limits) % 100)
                taken.append(time.monotonic() - begun)
                states = {source["state"] for source in page["sources"]}
                assert states <= {"fresh", "stale"}, page["sources"]
        assert median(taken) < TIMEOUT_SECONDS + NOISE_SECONDS, taken
        assert max(taken) < LONGEST_SECONDS, taken
        self.assert_crawl_is_whole(sandboxes)

    def median_seconds(self) -> float:
        """Time pages that take many upstream pages, none of them fresh."""
        taken = []
        for gateway in self.gateways * 3:
            time.sleep(FRESH_SECONDS)
            begun = time.monotonic()
            gateway.page(limit=100)
            taken.append(time.monotonic() - begun)
        return median(taken)

    def assert_crawl_is_whole(self, sandboxes: dict[str, str]) -> None:
        """Crawl over both in turns."""
        one, other = self.gateways
        page = one.page(limit=90)
        ids = ids_of(page)
        while page["next_cursor"] is not None:
            one, other = other, one
            page = one.page(page["next_cursor"], limit=90)
            ids += ids_of(page)
        assert len(ids) == len(set(ids))
        assert set(ids) == items_of(sandboxes)

    def until_all_is_well(self, bound_seconds: float = BACK_SECONDS) -> None:
        begun = time.monotonic()
        wait_until(self._is_well, "Redis to be seen again")
        assert time.monotonic() - begun < bound_seconds + 2 * NOISE_SECONDS

    def _is_well(self) -> bool:
        ready = [gateway.get("/health/ready").json() for gateway in self.gateways]
        return all(one["store"] == "ok" for one in ready)


def _count_events(lines: str) -> Counter[str]:
    events = [
        json.loads(line)["event"] for line in lines.splitlines() if line[:1] == "{"
    ]
    return Counter(event for event in events if event.startswith("redis."))


def start(
    commands: Commands, house: House, sandboxes: dict[str, str], folder: Path
) -> Pair:
    url = f"redis://127.0.0.1:{house.line.port}/0"
    path = write(
        folder,
        document(
            sandboxes,
            redis={"url": url, "timeout_seconds": TIMEOUT_SECONDS},
            **SETTINGS,
        ),
    )
    ports = [str(reserve_port()) for _ in range(2)]
    started = [commands.start("serve", "--config", path, "--port", p) for p in ports]
    gateways = []
    for command, port in zip(started, ports, strict=True):
        address = f"http://127.0.0.1:{port}"
        command.until_it_answers(f"{address}/health/ready")
        gateways.append(Gateway(command=command, address=address))
    return Pair(house, gateways)


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with starting_commands(tmp_path_factory.mktemp("sandboxes")) as commands:
        ports = {name: reserve_port() for name in NAMES}
        started = {
            name: commands.start("sandbox", name, "--port", str(port))
            for name, port in ports.items()
        }
        addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        for name, address in addresses.items():
            started[name].until_it_answers(f"{address}/_sandbox")
            tell(address, "reset")
        yield addresses


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("redis"))
    with running_line(house.port) as house.line:
        house.start()
        yield house
        house.close()


@pytest.fixture(scope="module")
def running_pair(
    house: House,
    sandboxes: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    with starting_commands(folder) as commands:
        yield start(commands, house, sandboxes, folder)


@pytest.fixture
def pair(running_pair: Pair) -> Iterator[Pair]:
    """Both gateways, well, with what each has cached."""
    running_pair.until_all_is_well(30.0)
    for gateway in running_pair.gateways:
        gateway.page()
    yield running_pair
    running_pair.house.mend()


def assert_one_going_and_one_coming(
    pair: Pair, before: list[Counter[str]], sandboxes: dict[str, str]
) -> None:
    """Hold each process to one event down and one up; and what follows to be well."""
    pair.until_all_is_well()
    for new, old in zip(pair.events(), before, strict=True):
        assert new - old == Counter({"redis.away": 1, "redis.back": 1})
    pair.assert_crawl_is_whole(sandboxes)


def test_a_killed_server_and_its_empty_successor(
    pair: Pair, sandboxes: dict[str, str]
) -> None:
    before = pair.events()

    pair.house.kill()
    pair.assert_answers_go_on(sandboxes)
    pair.house.start()

    assert_one_going_and_one_coming(pair, before, sandboxes)


def test_a_frozen_server(pair: Pair, sandboxes: dict[str, str]) -> None:
    before = pair.events()

    pair.house.signal(signal.SIGSTOP)
    pair.assert_answers_go_on(sandboxes)
    pair.house.signal(signal.SIGCONT)

    assert_one_going_and_one_coming(pair, before, sandboxes)


def test_a_frozen_server_is_noticed_without_a_request(pair: Pair) -> None:
    before = pair.events()

    pair.house.signal(signal.SIGSTOP)
    wait_until(
        lambda: all(
            (new - old)["redis.away"]
            for new, old in zip(pair.events(), before, strict=True)
        ),
        "both to notice",
    )
    pair.house.signal(signal.SIGCONT)
    wait_until(
        lambda: all(
            (new - old)["redis.back"]
            for new, old in zip(pair.events(), before, strict=True)
        ),
        "both to see it again",
    )


def test_a_full_server(pair: Pair, sandboxes: dict[str, str]) -> None:
    before = pair.events()
    with pair.house.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")

        pair.assert_answers_go_on(sandboxes)
        client.config_set("maxmemory", "0")

    assert_one_going_and_one_coming(pair, before, sandboxes)


def test_a_server_that_became_a_replica(pair: Pair, sandboxes: dict[str, str]) -> None:
    before = pair.events()
    with pair.house.client() as client:
        client.replicaof("127.0.0.1", "1")

        pair.assert_answers_go_on(sandboxes)
        client.replicaof("NO", "ONE")

    assert_one_going_and_one_coming(pair, before, sandboxes)


@pytest.mark.parametrize("delay_seconds", [0.03, 0.07, 0.5])
def test_a_slow_server(
    pair: Pair, sandboxes: dict[str, str], delay_seconds: float
) -> None:
    usual_seconds = pair.median_seconds()
    pair.house.line.delay_seconds = delay_seconds
    try:
        seconds = pair.median_seconds()
        pair.assert_answers_go_on(sandboxes)
    finally:
        pair.house.line.delay_seconds = 0.0

    assert seconds < 2 * usual_seconds + TIMEOUT_SECONDS + SLOW_NOISE_SECONDS
    pair.until_all_is_well()
    pair.assert_crawl_is_whole(sandboxes)


def test_a_server_that_was_emptied(pair: Pair, sandboxes: dict[str, str]) -> None:
    before = pair.events()
    with pair.house.client() as client:
        client.flushall()

    pair.assert_answers_go_on(sandboxes)

    assert pair.events() == before


def _to_garbage(client: Any, key: bytes) -> None:
    client.set(key, b"\x00garbage")


def _to_list(client: Any, key: bytes) -> None:
    client.delete(key)
    client.rpush(key, "foreign")


@pytest.mark.parametrize("spoil", [_to_garbage, _to_list])
def test_garbage_under_every_key(
    pair: Pair, sandboxes: dict[str, str], spoil: Callable[[Any, bytes], None]
) -> None:
    before = pair.events()
    pair.assert_crawl_is_whole(sandboxes)
    with pair.house.client() as client:
        keys = list(client.scan_iter("gg:*", count=1_000))
        keys += [b"gg:lease:" + key.removeprefix(b"gg:") for key in keys]
        with client.pipeline(transaction=False) as pipeline:
            for key in keys:
                spoil(pipeline, key)
            pipeline.execute()

    pair.assert_answers_go_on(sandboxes)

    assert len(keys) > len(NAMES)
    assert pair.events() == before


def test_nobody_there_at_the_start(sandboxes: dict[str, str], tmp_path: Path) -> None:
    house = House(tmp_path)
    with (
        running_line(house.port) as house.line,
        starting_commands(tmp_path) as commands,
    ):
        pair = start(commands, house, sandboxes, tmp_path)
        pair.assert_answers_go_on(sandboxes)
        house.start()

        assert_one_going_and_one_coming(pair, [Counter(), Counter()], sandboxes)
        house.close()
