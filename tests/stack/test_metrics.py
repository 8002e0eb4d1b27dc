"""`metrics_port`: what all workers count, on a listener of its own."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec import Struct

from gateway.adapters.metrics.families import FAMILIES
from gateway.adapters.metrics.listener import MOST_CONNECTIONS
from tests import plain
from tests.conftest import RedisServer, running_redis
from tests.stack.gateways import Gateway, document, serve, tell, write
from tests.stack.processes import (
    BOUND_SECONDS,
    Commands,
    children_of,
    starting_commands,
    wait_until,
)
from tests.stack.scrapes import (
    samples,
    scrape,
    served_names,
    total,
    until,
    until_at_least,
)
from tests.tcp_ports import reserve_port

REQUESTS = "gallery_requests_total"
LIMITS = {"requests_per_minute": 1_000_000}


class Watched(Struct, frozen=True, kw_only=True):
    gateway: Gateway
    port: int

    def until(self, name: str, value: float, **labels: str) -> None:
        until(self.port, name, value, **labels)

    def until_at_least(self, name: str, value: float, **labels: str) -> None:
        until_at_least(self.port, name, value, **labels)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def watched(
    running_sandboxes: dict[str, str],
    redis: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Watched]:
    """Two workers that this file's tests share."""
    folder, port = tmp_path_factory.mktemp("watched"), reserve_port()
    whole = document(
        running_sandboxes,
        redis=redis.settings(),
        limits=LIMITS,
        server={"metrics_port": port, "workers": 2},
    )
    with starting_commands(folder) as commands:
        gateway = serve(commands, write(folder, whole))
        watched = Watched(gateway=gateway, port=port)
        watched.until("gallery_workers", 2)
        yield watched


def test_every_metric_is_there_before_anything_happens(watched: Watched) -> None:
    text = scrape(watched.port)

    for family in FAMILIES:
        assert f"# HELP {family.name} " in text
        assert f"# TYPE {family.name} {family.kind}\n" in text
    assert len(served_names(text)) >= len(FAMILIES)


def test_what_all_workers_answered_is_summed_up(
    watched: Watched, sandboxes: dict[str, str]
) -> None:
    route = {"route": "/v1/providers", "method": "GET"}
    before = total(watched.port, REQUESTS, **route)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: watched.gateway.get("/v1/providers"), range(60)))

    watched.until(REQUESTS, before + 60, **route, status="200")
    watched.until(
        "gallery_request_duration_seconds_count", before + 60, route="/v1/providers"
    )
    assert len(samples(watched.port, REQUESTS, **route)) == 1


def test_no_path_and_no_unknown_method_becomes_a_label(watched: Watched) -> None:
    address = watched.gateway.address
    for path in (
        "/nowhere/s3cret",
        "/v1/gallery/avatar:1",
        "/problems/x",
        "/v1/media/a/b",
    ):
        plain.get(address + path)
    plain.request("BREW", f"{address}/v1/gallery")

    watched.until_at_least(REQUESTS, 1, method="other")
    watched.until_at_least(REQUESTS, 1, route="other")
    watched.until_at_least(REQUESTS, 1, route="/problems/{code}")
    watched.until_at_least(REQUESTS, 1, route="/v1/gallery/{item_id}")
    watched.until_at_least(REQUESTS, 1, route="/v1/media/{token}/{filename}")
    routes = {sample.labels["route"] for sample in samples(watched.port, REQUESTS)}
    assert "s3cret" not in scrape(watched.port)
    assert not [route for route in routes if "avatar:1" in route]


def test_sources_calls_logins_and_tiers_are_counted(
    watched: Watched, sandboxes: dict[str, str]
) -> None:
    gateway, avatar = watched.gateway, {"provider": "avatar"}
    page = gateway.page(provider="avatar", limit=7)
    for _ in range(20):
        gateway.page(provider="avatar", limit=7)

    assert page["items"]
    watched.until_at_least("gallery_cache_reads_total", 1, tier="rendered")
    watched.until_at_least("gallery_sources_total", 1, state="fresh", **avatar)
    watched.until_at_least("gallery_source_duration_seconds_count", 1, **avatar)
    watched.until_at_least("gallery_upstream_calls_total", 1, outcome="ok", **avatar)
    watched.until("gallery_logins_total", 1, outcome="ok", **avatar)
    watched.until_at_least("gallery_cache_reads_total", 1, tier="none")
    watched.until_at_least("gallery_redis_command_duration_seconds_count", 1)
    watched.until_at_least("gallery_event_loop_lag_seconds_count", 1)
    watched.until("gallery_redis_up", 1)
    watched.until("gallery_redis_info", 1, kind="single", eviction_policy="noeviction")
    watched.until("gallery_redis_nodes", 1)
    ready = gateway.get("/health/ready").json()
    assert ready["redis"].keys() == {"kind", "nodes", "version", "eviction_policy"}
    assert ready["redis"]["kind"] == "single"
    assert ready["redis"]["version"].startswith(("Redis ", "Valkey "))


def test_calls_that_were_saved_are_counted(
    watched: Watched, sandboxes: dict[str, str]
) -> None:
    tell(sandboxes["piktid"], "delay", seconds=1.5)

    with ThreadPoolExecutor(10) as pool:
        asked = [
            pool.submit(watched.gateway.page, provider="piktid", limit=n)
            for n in range(31, 41)
        ]
        pages = [one.result() for one in asked]

    assert len(pages) == 10
    wait_until(
        lambda: total(watched.port, "gallery_flights_saved_total") >= 8, "saved calls"
    )


def test_idle_connections_keep_nobody_from_the_metrics_for_long(
    watched: Watched,
) -> None:
    with ExitStack() as stack:
        idle = [
            stack.enter_context(socket.create_connection(("127.0.0.1", watched.port)))
            for _ in range(MOST_CONNECTIONS + 4)
        ]
        for one in idle:
            one.settimeout(BOUND_SECONDS)
            assert one.recv(1) == b""

    watched.until("gallery_workers", 2)


def test_media_is_counted_by_its_bytes(
    watched: Watched, sandboxes: dict[str, str]
) -> None:
    page = watched.gateway.page(provider="avatar", kind="image", limit=1)
    link = page["items"][0]["assets"][0]["url"]

    content = plain.get(watched.gateway.address + link).content

    labels = {"provider": "avatar", "rendition": "full"}
    watched.until("gallery_media_bytes_total", len(content), **labels)


def test_a_breaker_is_seen_to_open_once_and_to_close(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    port, address = reserve_port(), sandboxes["piktid"]
    whole = document({"piktid": address}, server={"metrics_port": port})
    whole["providers"]["piktid"] |= {"breaker_failures": 2, "breaker_seconds": 0.5}
    gateway = serve(commands, write(tmp_path, whole))
    tell(address, "fail", status=500)

    def is_open(value: float) -> bool:
        gateway.get("/v1/gallery", **{"piktid.project_id": 1})
        return total(port, "gallery_breaker_open", provider="piktid") == value

    wait_until(lambda: is_open(1), "the breaker to open")
    tell(address, "reset")
    wait_until(lambda: is_open(0), "the breaker to close")

    watched = Watched(gateway=gateway, port=port)
    watched.until_at_least("gallery_upstream_calls_total", 2, outcome="unavailable")
    watched.until("gallery_breaker_openings_total", 1, provider="piktid")
    watched.until_at_least("gallery_sources_total", 1, state="unavailable")
    assert not samples(port, "gallery_redis_up")


def test_redis_is_seen_to_go(
    commands: Commands,
    sandboxes: dict[str, str],
    own_redis: RedisServer,
    tmp_path: Path,
) -> None:
    port = reserve_port()
    whole = document(
        sandboxes, redis={"url": own_redis.url}, server={"metrics_port": port}
    )
    serve(commands, write(tmp_path, whole)).page()
    wait_until(lambda: total(port, "gallery_redis_up") == 1, "Redis to be seen")

    own_redis.process.kill()

    def is_down() -> bool:
        return [sample.value for sample in samples(port, "gallery_redis_up")] == [0]

    wait_until(is_down, "Redis to be missed")
    wait_until(lambda: total(port, "gallery_redis_outages_total") == 1, "an outage")


def test_a_worker_that_dies_takes_no_count_with_it(
    commands: Commands, sandboxes: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    port = reserve_port()
    whole = document(
        sandboxes,
        redis={"url": redis_url},
        limits=LIMITS,
        server={"metrics_port": port, "workers": 2},
    )
    gateway = serve(commands, write(tmp_path, whole))
    watched = Watched(gateway=gateway, port=port)
    watched.until("gallery_workers", 2)
    for _ in range(40):
        gateway.get("/v1/providers")
    watched.until(REQUESTS, 40, route="/v1/providers")
    workers = children_of(gateway.command.process.pid)

    os.kill(workers[0], signal.SIGKILL)

    watched.until("gallery_worker_starts_total", 3)
    for _ in range(10):
        gateway.get("/v1/providers")
    watched.until(REQUESTS, 50, route="/v1/providers")
    wait_until(lambda: total(port, "gallery_workers") == 2, "two workers again")


@pytest.mark.parametrize(
    ("taken_by", "reason"),
    [
        ("another", "Address already in use"),
        ("the gateway itself", "server.metrics_port: expected another port"),
    ],
)
def test_a_port_that_is_taken_is_refused_in_words(
    commands: Commands,
    sandboxes: dict[str, str],
    tmp_path: Path,
    taken_by: str,
    reason: str,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        own = reserve_port()
        metrics = port if taken_by == "another" else own
        path = write(tmp_path, document(sandboxes, server={"metrics_port": metrics}))

        ended = commands.run("serve", "--config", path, "--port", str(own))

    assert ended.code == 1
    assert reason in ended.err
    assert taken_by != "another" or f"port {metrics}:" in ended.err
    assert not re.search("Traceback|gateway.serving", ended.err)


def test_without_a_port_nobody_counts(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    gateway = serve(commands, write(tmp_path, document(sandboxes)))

    assert gateway.get("/metrics").status_code == 404
