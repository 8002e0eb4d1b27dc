"""Several `serve` processes that share a Redis: one call, one login, one breaker."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis

from tests.conftest import RedisServer, running_redis
from tests.stack.gateways import (
    Gateway,
    document,
    ids_of,
    items_of,
    tell,
    traffic,
    write,
)
from tests.stack.processes import Commands, starting_commands, wait_until
from tests.tcp_ports import reserve_port

REPLICAS = 4
CALLERS = 200
TAKEOVER_SECONDS = 2.0
NOISE_SECONDS = 3.0
TIMES = {"fresh_seconds": 10.0, "stale_while_revalidate_seconds": 0.0}


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def running_replicas(
    running_sandboxes: dict[str, str],
    redis: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[Gateway]]:
    folder = tmp_path_factory.mktemp("replicas")
    limits = {"requests_per_minute": 1_000_000}
    whole = document(
        running_sandboxes, redis=redis.settings(), cache=TIMES, limits=limits
    )
    whole["providers"]["piktid"] |= {"breaker_failures": 3, "breaker_seconds": 2.0}
    with starting_commands(folder) as commands:
        yield start(commands, write(folder, whole), REPLICAS)


@pytest.fixture
def replicas(
    running_replicas: list[Gateway], sandboxes: dict[str, str], redis: RedisServer
) -> list[Gateway]:
    """All of them, well, and with nothing in their caches."""
    for gateway in running_replicas:
        wait_until(lambda gateway=gateway: is_well(gateway), "all sources fresh again")
    with Redis.from_url(redis.url) as client:
        for key in client.scan_iter("gg:generation:*"):
            account, generation = key.decode().rpartition(":")[2], secrets.token_hex(8)
            client.set(key, generation)
            client.publish("gg:news", f"purge {account} {generation}")
    for gateway in running_replicas:
        assert gateway.get("/health/ready").json()["store"] == "ok"
    for address in sandboxes.values():
        tell(address, "reset")
    return running_replicas


def is_well(gateway: Gateway) -> bool:
    sources = gateway.page(limit=1)["sources"]
    return all(source["state"] == "fresh" for source in sources)


def start(commands: Commands, path: Path, count: int) -> list[Gateway]:
    """Start so many at once, which takes less time than one by one."""
    ports = [str(reserve_port()) for _ in range(count)]
    started = [
        commands.start("serve", "--config", path, "--port", port) for port in ports
    ]
    gateways = []
    for command, port in zip(started, ports, strict=True):
        address = f"http://127.0.0.1:{port}"
        command.until_it_answers(f"{address}/health/ready")
        gateways.append(Gateway(command=command, address=address))
    return gateways


def list_calls(sandboxes: dict[str, str]) -> dict[str, int]:
    return {name: traffic(address)["list_calls"] for name, address in sandboxes.items()}


def test_a_cold_page_for_all_callers_costs_each_upstream_page_one_call(
    replicas: list[Gateway], sandboxes: dict[str, str], redis: RedisServer
) -> None:
    for address in sandboxes.values():
        tell(address, "delay", seconds=0.2)

    with ThreadPoolExecutor(CALLERS) as pool:
        asked = [
            pool.submit(replicas[n % REPLICAS].get, "/v1/gallery")
            for n in range(CALLERS)
        ]
        answers = [one.result() for one in asked]

    assert {answer.status_code for answer in answers} == {200}
    assert len({tuple(ids_of(answer.json())) for answer in answers}) == 1
    assert list_calls(sandboxes) == {"hyper3d": 1, "avatar": 1, "piktid": 1}


def test_a_deep_page_for_all_callers_costs_one_call_and_one_check_a_boundary(
    replicas: list[Gateway], sandboxes: dict[str, str]
) -> None:
    first = replicas[0].page(limit=100, provider="hyper3d")
    for address in sandboxes.values():
        tell(address, "reset")
    tell(sandboxes["hyper3d"], "delay", seconds=0.1)

    with ThreadPoolExecutor(40) as pool:
        asked = [
            pool.submit(
                replicas[n % REPLICAS].page,
                first["next_cursor"],
                limit=24,
                provider="hyper3d",
            )
            for n in range(40)
        ]
        pages = [one.result() for one in asked]

    assert len({tuple(ids_of(page)) for page in pages}) == 1
    assert list_calls(sandboxes)["hyper3d"] <= 4


def test_another_replica_takes_over_from_one_that_is_killed_in_mid_call(
    commands: Commands,
    replicas: list[Gateway],
    sandboxes: dict[str, str],
    redis: RedisServer,
    tmp_path: Path,
) -> None:
    whole = document(sandboxes, redis=redis.settings(), cache=TIMES)
    (victim,) = start(commands, write(tmp_path, whole), 1)
    tell(sandboxes["piktid"], "delay", seconds=1.5)
    address = sandboxes["piktid"]

    with ThreadPoolExecutor(2) as pool:
        pool.submit(victim.get, "/v1/gallery", provider="piktid")
        wait_until(lambda: traffic(address)["list_calls"] == 1, "the victim's call")
        other = pool.submit(replicas[0].page, provider="piktid")
        victim.command.kill()
        page = other.result(TAKEOVER_SECONDS + 1.5 + NOISE_SECONDS)

    assert len(page["items"]) == 24
    assert traffic(address)["list_calls"] == 2


def test_a_voided_token_costs_one_login_over_all_replicas(
    replicas: list[Gateway], sandboxes: dict[str, str]
) -> None:
    tell(sandboxes["avatar"], "void")

    with ThreadPoolExecutor(40) as pool:
        asked = [
            pool.submit(replicas[n % REPLICAS].page, provider="avatar", limit=n + 1)
            for n in range(40)
        ]
        states = {one.result()["sources"][0]["state"] for one in asked}

    assert states == {"fresh"}
    assert traffic(sandboxes["avatar"])["logins"] == 1


def test_a_breaker_that_one_opens_is_open_in_all_until_one_call_goes_well(
    replicas: list[Gateway], sandboxes: dict[str, str]
) -> None:
    def health(gateway: Gateway) -> str:
        answer = gateway.get("/v1/providers/piktid").json()
        return str(answer["health"])

    tell(sandboxes["piktid"], "fail", status=500)
    one, *others = replicas
    wait_until(
        lambda: one.get("/v1/gallery", provider="piktid") and health(one) == "open",
        "the breaker to open",
    )
    wait_until(lambda: {health(o) for o in others} == {"open"}, "all to hear of it")
    calls = traffic(sandboxes["piktid"])["list_calls"]
    refused = [other.get("/v1/gallery", provider="piktid") for other in others]
    assert traffic(sandboxes["piktid"])["list_calls"] == calls
    tell(sandboxes["piktid"], "reset")

    wait_until(
        lambda: (
            others[0].get("/v1/gallery", provider="piktid").status_code == 200
            and "open" not in map(health, replicas)
        ),
        "the breaker to close",
    )

    assert len(refused) == len(others)


def test_crawls_over_changing_replicas_give_every_item_once(
    replicas: list[Gateway], sandboxes: dict[str, str]
) -> None:
    page = replicas[0].page(limit=30)
    ids = ids_of(page)
    turn = 1
    while page["next_cursor"] is not None:
        page = replicas[turn % REPLICAS].page(page["next_cursor"], limit=30)
        ids += ids_of(page)
        turn += 1

    assert len(ids) == len(set(ids))
    assert set(ids) == items_of(sandboxes)
