"""One flight over all replicas, and what becomes of it when who flies is gone."""

import math
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec import Struct

from tests.conftest import RedisServer, running_redis
from tests.faults.replicas import list_calls, reset, running_sandboxes, start
from tests.sandbox.serving import LIST_PATH
from tests.stack.gateways import Gateway, document, ids_of, tell, traffic, write
from tests.stack.processes import Commands, starting_commands, wait_until

TAKEOVER_SECONDS = 2.0
NOISE_SECONDS = 2.0
"""What a busy machine may add."""
BREAKER_SECONDS = 1.0
CALLERS = 200
PROVIDER = {"timeout_seconds": 20.0}
GALLERY = {"deadline_seconds": 20.0, "patience_seconds": 10.0}
CACHE = {"fresh_seconds": 60.0, "stale_while_revalidate_seconds": 0.0}
LIMITS = {"requests_per_minute": 1_000_000}
BREAKER = {"breaker_failures": 3, "breaker_seconds": BREAKER_SECONDS}
_prefixes = count(1)

T = TypeVar("T")


class Fleet(Struct, frozen=True, kw_only=True):
    """Starts gateways with nothing cached, under a prefix in Redis for each test."""

    commands: Commands
    sandboxes: dict[str, str]
    redis: RedisServer
    folder: Path

    def start(
        self, number: int, *options: str, prefix: str = "", **provider: object
    ) -> tuple[Gateway, ...]:
        prefix = prefix or f"fleet-{next(_prefixes)}:"
        whole = document(
            self.sandboxes,
            redis=self.redis.settings(prefix=prefix),
            gallery=GALLERY,
            cache=CACHE,
            limits=LIMITS,
        )
        for name in self.sandboxes:
            whole["providers"][name] |= PROVIDER | provider
        path = write(self.folder, whole)
        return tuple(start(self.commands, path, number, *options))


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def all_sandboxes(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, str]]:
    with running_sandboxes(tmp_path_factory.mktemp("sandboxes")) as addresses:
        yield addresses


@pytest.fixture
def fleet(
    all_sandboxes: dict[str, str], redis: RedisServer, tmp_path: Path
) -> Iterator[Fleet]:
    reset(all_sandboxes)
    with starting_commands(tmp_path) as commands:
        yield Fleet(
            commands=commands, sandboxes=all_sandboxes, redis=redis, folder=tmp_path
        )


def timed(call: Callable[[], T]) -> tuple[T, float]:
    begun = time.monotonic()
    return call(), time.monotonic() - begun


def health(gateway: Gateway, provider: str) -> str:
    return str(gateway.get(f"/v1/providers/{provider}").json()["health"])


def test_a_crowd_over_two_processes_of_two_workers_costs_what_one_caller_costs(
    fleet: Fleet,
) -> None:
    (lone,) = fleet.start(1)
    expected = lone.page(limit=100)
    alone = list_calls(fleet.sandboxes)
    crowded = fleet.start(2, "--workers", "2")
    reset(fleet.sandboxes)
    for address in fleet.sandboxes.values():
        tell(address, "delay", seconds=0.3)

    with ThreadPoolExecutor(CALLERS) as pool:
        asked = [pool.submit(crowded[n % 2].page, limit=100) for n in range(CALLERS)]
        pages = [one.result() for one in asked]

    assert {tuple(ids_of(page)) for page in pages} == {tuple(ids_of(expected))}
    told = [line for g in crowded for line in g.command.err.splitlines()]
    odd = [line for line in told if '"event":"request"' not in line]
    assert list_calls(fleet.sandboxes) == alone, odd


def test_a_call_that_takes_long_is_still_the_only_one(fleet: Fleet) -> None:
    gateways = fleet.start(2)
    address = fleet.sandboxes["piktid"]
    tell(address, "delay", seconds=4.0)

    with ThreadPoolExecutor(20) as pool:
        asked = [
            pool.submit(gateways[n % 2].page, provider="piktid") for n in range(20)
        ]
        states = {one.result()["sources"][0]["state"] for one in asked}

    assert states == {"fresh"}
    assert traffic(address)["list_calls"] == 1


def test_the_check_of_a_boundary_is_waited_for_however_long_it_takes(
    fleet: Fleet,
) -> None:
    gateways = fleet.start(3)
    address = fleet.sandboxes["hyper3d"]
    tell(address, "delay", seconds=2.0)

    with ThreadPoolExecutor(30) as pool:
        asked = [
            pool.submit(gateways[n % 3].page, provider="hyper3d", limit=30)
            for n in range(30)
        ]
        pages = [one.result() for one in asked]

    assert {len(page["items"]) for page in pages} == {30}
    assert traffic(address)["list_calls"] == 3


@pytest.mark.sampled(3)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("provider", ["hyper3d", "avatar", "piktid"])
def test_the_others_take_over_the_call_of_one_that_is_gone(
    fleet: Fleet, provider: str, number: signal.Signals
) -> None:
    victim, *others = fleet.start(3)
    address = fleet.sandboxes[provider]
    tell(address, "fail", mode="hang", path=LIST_PATH[provider], count=1)

    with ThreadPoolExecutor(21) as pool:
        lost = pool.submit(victim.get, "/v1/gallery", provider=provider)
        wait_until(lambda: traffic(address)["list_calls"] == 1, "the victim's call")
        victim.command.signal(number, to_group=True)
        asked = [
            pool.submit(timed, lambda n=n: others[n % 2].page(provider=provider))
            for n in range(20)
        ]
        answers = [one.result() for one in asked]
        victim.command.signal(signal.SIGKILL, to_group=True)
        assert lost.exception() is not None

    assert {page["sources"][0]["state"] for page, _ in answers} == {"fresh"}
    assert max(seconds for _, seconds in answers) < TAKEOVER_SECONDS + NOISE_SECONDS
    assert traffic(address)["list_calls"] == 2


def test_the_others_take_over_the_login_of_one_that_is_gone(fleet: Fleet) -> None:
    victim, *others = fleet.start(3)
    address = fleet.sandboxes["avatar"]
    tell(address, "fail", mode="hang", path="login", count=1)

    with ThreadPoolExecutor(21) as pool:
        lost = pool.submit(victim.get, "/v1/gallery", provider="avatar")
        wait_until(lambda: traffic(address)["logins"] == 1, "the victim's login")
        victim.command.signal(signal.SIGKILL, to_group=True)
        asked = [
            pool.submit(timed, lambda n=n: others[n % 2].page(provider="avatar"))
            for n in range(20)
        ]
        answers = [one.result() for one in asked]
        assert lost.exception() is not None

    assert {page["sources"][0]["state"] for page, _ in answers} == {"fresh"}
    assert max(seconds for _, seconds in answers) < TAKEOVER_SECONDS + NOISE_SECONDS
    assert traffic(address)["logins"] == 2


def open_breaker(gateways: tuple[Gateway, ...], sandbox: str, provider: str) -> None:
    """Fail until all replicas take the breaker to be open; then heal the upstream."""
    tell(sandbox, "fail", status=500)
    one = gateways[0]

    def is_open() -> bool:
        one.get("/v1/gallery", provider=provider)
        return all(health(gateway, provider) == "open" for gateway in gateways)

    wait_until(is_open, f"the breaker of {provider} to open in all")
    tell(sandbox, "reset")


def test_a_breaker_that_half_opens_lets_one_call_through_over_all_replicas(
    fleet: Fleet,
) -> None:
    gateways = fleet.start(3, **BREAKER)
    address = fleet.sandboxes["piktid"]
    open_breaker(gateways, address, "piktid")
    tell(address, "delay", seconds=1.5)

    def ask_until_answered(gateway: Gateway) -> set[int]:
        seen: set[int] = set()

        def is_answered() -> bool:
            seen.add(gateway.get("/v1/gallery", provider="piktid").status_code)
            return 200 in seen

        wait_until(is_answered, "the breaker to close")
        return seen

    with ThreadPoolExecutor(12) as pool:
        asked = [
            pool.submit(ask_until_answered, gateways[n % len(gateways)])
            for n in range(12)
        ]
        seen = set().union(*(one.result() for one in asked))

    assert seen == {200, 503}
    assert traffic(address)["list_calls"] == 1
    wait_until(
        lambda: all(health(gateway, "piktid") == "ok" for gateway in gateways),
        "all to see it closed",
    )


def test_a_breaker_whose_trial_dies_with_its_replica_is_tried_by_another(
    fleet: Fleet,
) -> None:
    gateways = fleet.start(3, **BREAKER)
    victim, *others = gateways
    address = fleet.sandboxes["piktid"]
    open_breaker(gateways, address, "piktid")
    tell(address, "fail", mode="hang", path=LIST_PATH["piktid"], count=1)

    def asks(gateway: Gateway) -> int:
        return gateway.get("/v1/gallery", provider="piktid").status_code

    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(_until_the_trial, victim)
        wait_until(lambda: traffic(address)["list_calls"] == 1, "the trial")
        victim.command.signal(signal.SIGKILL, to_group=True)
        begun = time.monotonic()
        assert lost.exception() is not None
        wait_until(
            lambda: 200 in {asks(gateway) for gateway in others}, "another to try"
        )

    assert time.monotonic() - begun < TAKEOVER_SECONDS + NOISE_SECONDS


def _until_the_trial(gateway: Gateway) -> None:
    """Ask again and again, until one of the calls is the trial, and hangs."""
    wait_until(
        lambda: gateway.get("/v1/gallery", provider="piktid").status_code == 200,
        "the trial to be answered",
    )


def test_a_crowd_on_a_page_that_fails_costs_each_replica_a_call_a_second_at_most(
    fleet: Fleet,
) -> None:
    gateways = fleet.start(2)
    address = fleet.sandboxes["piktid"]
    tell(address, "fail", status=403)
    begun = time.monotonic()

    with ThreadPoolExecutor(40) as pool:
        asked = [
            pool.submit(gateways[n % 2].get, "/v1/gallery", provider="piktid")
            for n in range(40)
        ]
        codes = {one.result().status_code for one in asked}

    assert codes == {503}
    seconds = math.ceil(time.monotonic() - begun)
    assert traffic(address)["list_calls"] <= len(gateways) * seconds


def test_an_open_breaker_is_kept_by_a_replica_that_starts_meanwhile(
    fleet: Fleet,
) -> None:
    prefix = f"fleet-{next(_prefixes)}:"
    gateways = fleet.start(1, prefix=prefix, breaker_failures=3, breaker_seconds=30.0)
    address = fleet.sandboxes["piktid"]
    open_breaker(gateways, address, "piktid")
    (late,) = fleet.start(1, prefix=prefix, breaker_failures=3, breaker_seconds=30.0)

    answer = late.get("/v1/gallery", provider="piktid")

    assert answer.status_code == 503
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert traffic(address)["list_calls"] == 0
    assert health(late, "piktid") == "open"
