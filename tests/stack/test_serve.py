"""`serve`: the gateway as a process, over the sandboxes and a real Redis."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import plain
from tests.plain import NO_TLS
from tests.stack.gateways import (
    SIGNING_KEY,
    Gateway,
    document,
    ids_of,
    items_of,
    serve,
    tell,
    traffic,
    write,
)
from tests.stack.processes import (
    Commands,
    children_of,
    does_answer,
    starting_commands,
    wait_until,
)
from tests.tcp_ports import reserve_port

ENDED_SECONDS = 15.0
DESCRIPTORS = 256
IDLE_SECONDS = 30.0


def list_calls(upstreams: dict[str, str]) -> int:
    return sum(traffic(address)["list_calls"] for address in upstreams.values())


@pytest.fixture(scope="module")
def gateway(
    running_sandboxes: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """A gateway without Redis that this file's tests share."""
    folder = tmp_path_factory.mktemp("gateway")
    with starting_commands(folder) as commands:
        yield serve(commands, write(folder, document(running_sandboxes)))


def test_a_crawl_without_redis_gives_every_item_once(
    gateway: Gateway, sandboxes: dict[str, str]
) -> None:
    ids = gateway.crawl(limit=100)

    assert len(ids) == len(set(ids))
    assert set(ids) == items_of(sandboxes)
    assert gateway.get("/health/ready").json()["store"] == "memory"


def test_without_a_key_nothing_is_shown(gateway: Gateway) -> None:
    refused = plain.get(f"{gateway.address}/v1/gallery")

    assert refused.status_code == 401
    assert refused.json()["code"] == "unauthorized"


def test_a_port_that_is_taken_is_refused(
    commands: Commands, gateway: Gateway, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    path = write(tmp_path, document(sandboxes))
    port = gateway.address.rpartition(":")[2]

    ended = commands.run("serve", "--config", path, "--port", port)

    assert ended.code == 1
    assert f"port {port}: Address already in use" in ended.err


def test_what_redis_keeps_serves_the_next_process(
    commands: Commands, sandboxes: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    path = write(tmp_path, document(sandboxes, redis={"url": redis_url}))
    first = serve(commands, path)
    ids = first.crawl(limit=100)
    first.command.end()
    before = list_calls(sandboxes)

    second = serve(commands, path)
    page = second.page()

    assert len(ids) == len(set(ids))
    assert set(ids) == items_of(sandboxes)
    assert ids_of(page) == ids[:24]
    assert list_calls(sandboxes) == before
    assert second.get("/health/ready").json()["store"] == "ok"


def test_a_crawl_goes_on_after_a_restart(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    path = write(tmp_path, document(sandboxes))
    first = serve(commands, path)
    page = first.page(limit=50)
    first.command.end()

    ids = ids_of(page) + serve(commands, path).crawl(page["next_cursor"], limit=100)

    assert len(ids) == len(set(ids))
    assert set(ids) == items_of(sandboxes)


def test_a_cursor_is_good_on_every_worker_and_after_a_restart(
    commands: Commands, sandboxes: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    path = write(tmp_path, document(sandboxes, redis={"url": redis_url}))
    first = serve(commands, path, "--workers", "2")
    page = first.page(limit=50)

    pages = [first.page(page["next_cursor"], limit=10) for _ in range(20)]
    workers = children_of(first.command.process.pid)
    first.command.signal(signal.SIGTERM, to_group=True)
    ended = first.command.wait(ENDED_SECONDS)
    second = serve(commands, path, "--workers", "2")
    ids = ids_of(page) + second.crawl(page["next_cursor"], limit=100)

    assert len(workers) >= 2
    assert {tuple(ids_of(one)) for one in pages} == {tuple(ids_of(pages[0]))}
    assert ended.code == 0
    assert len(ids) == len(set(ids))
    assert set(ids) == items_of(sandboxes)


def test_a_worker_that_dies_is_replaced(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    gateway = serve(commands, write(tmp_path, document(sandboxes)))
    parent = gateway.command.process.pid
    (worker,) = children_of(parent)

    os.kill(worker, signal.SIGKILL)

    wait_until(lambda: worker not in children_of(parent), "the worker's end")
    gateway.command.until_it_answers(f"{gateway.address}/health/live")
    assert gateway.page()["items"]
    lines = gateway.command.err.splitlines()
    (died,) = [line for line in lines if "worker.died" in line]
    assert json.loads(died)["exit_code"] == -signal.SIGKILL


def test_two_workers_without_redis_are_refused_with_the_reason(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    path = write(tmp_path, document(sandboxes))

    ended = commands.run("serve", "--config", path, "--workers", "2")

    assert ended.code == 1
    assert "server.workers" in ended.err
    assert "[redis]" in ended.err
    assert "log in for itself" in ended.err


def test_a_wrong_configuration_tells_all_its_faults_and_no_secret(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    whole: dict[str, Any] = document(sandboxes)
    whole["server"] = {"port": "s3cret-port", "colour": "s3cret-red"}
    whole["redis"] = {"url": "http://:s3cret-password@127.0.0.1"}
    whole["secrets"] = {"signing_keys": ["s3cret", "${S3CRET_MISSING}"]}
    whole["tenants"][0]["credentials"]["piktid"] = {"tokens": "s3cret-token"}

    ended = commands.run("serve", "--config", write(tmp_path, whole, "wrong.toml"))

    assert ended.code == 1
    for key in (
        "server.port",
        "server.colour",
        "redis.url",
        "secrets.signing_keys[0]",
        "secrets.signing_keys[1]",
        "tenants[0].credentials.piktid",
    ):
        assert f"wrong.toml: {key}" in ended.err
    assert "s3cret" not in ended.out + ended.err
    assert "Traceback" not in ended.err


def test_a_file_that_is_not_there_is_named(commands: Commands, tmp_path: Path) -> None:
    ended = commands.run("serve", "--config", tmp_path / "nowhere.toml")

    assert ended.code == 1
    assert "nowhere.toml" in ended.err
    assert "Traceback" not in ended.err


def test_it_ends_on_ctrl_c(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    gateway = serve(commands, write(tmp_path, document(sandboxes)))

    gateway.command.signal(signal.SIGINT, to_group=True)

    ended = gateway.command.wait(ENDED_SECONDS)
    assert ended.code == 0
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("to_group", [False, True], ids=["process", "group"])
def test_a_request_that_runs_is_finished_before_the_end(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path, *, to_group: bool
) -> None:
    upstreams = {"piktid": sandboxes["piktid"]}
    gateway = serve(commands, write(tmp_path, document(upstreams)))
    tell(upstreams["piktid"], "delay", seconds=1.5)

    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(gateway.page)
        wait_until(lambda: traffic(upstreams["piktid"])["list_calls"] > 0, "the call")
        gateway.command.signal(signal.SIGTERM, to_group=to_group)
        page = answer.result()

    assert page["items"]
    assert gateway.command.wait(ENDED_SECONDS).code == 0


def test_redis_away_at_the_start_keeps_nobody_from_answers(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    redis = {"url": f"redis://127.0.0.1:{reserve_port()}/0"}
    gateway = serve(commands, write(tmp_path, document(sandboxes, redis=redis)))

    page = gateway.page()

    assert page["items"]
    assert gateway.get("/health/ready").json()["store"] == "away"


def test_who_is_slow_with_its_headers_is_let_go(gateway: Gateway) -> None:
    port = int(gateway.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.settimeout(ENDED_SECONDS)
        slow.sendall(b"GET /v1/gallery HTTP/1.1\r\nHost: ")

        rest = slow.recv(1000)

    assert not rest or rest.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("sent", [b"", b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_who_says_nothing_more_is_let_go(gateway: Gateway, sent: bytes) -> None:
    port = int(gateway.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as idle:
        idle.settimeout(IDLE_SECONDS)
        idle.sendall(sent)

        while idle.recv(10_000):
            pass

    assert gateway.get("/health/live").status_code == 200


@pytest.mark.skipif(
    not hasattr(socket, "TCP_DEFER_ACCEPT"), reason="only Linux lets those wait"
)
def test_those_who_never_say_anything_take_nobodys_place(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    path = write(tmp_path, document(sandboxes))
    gateway = serve(commands, path, descriptors=DESCRIPTORS)

    with crowding(gateway, b""):
        answers = [gateway.get("/health/live").status_code for _ in range(5)]

    assert answers == [200] * 5


def test_those_who_say_half_take_nothing_that_a_request_needs(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    path = write(tmp_path, document(sandboxes))
    gateway = serve(commands, path, descriptors=DESCRIPTORS)
    headers = {"x-api-key": gateway.key or ""}

    with httpx.Client(
        base_url=gateway.address, headers=headers, timeout=30, verify=NO_TLS
    ) as early:
        assert early.get("/health/live").status_code == 200
        with crowding(gateway, b"GET /health/live HTTP/1.1\r\nhost: "):
            page = early.get("/v1/gallery").json()

    assert [source["state"] for source in page["sources"]] == ["fresh"] * 3
    assert gateway.get("/health/live").status_code == 200


@contextmanager
def crowding(gateway: Gateway, said: bytes) -> Iterator[None]:
    """Have more connections than there are descriptors, which say so much each."""
    host, port = gateway.address.removeprefix("http://").split(":")
    with ExitStack() as stack:
        for _ in range(DESCRIPTORS + 44):
            one = stack.enter_context(socket.create_connection((host, int(port))))
            one.sendall(said)
        time.sleep(0.5)  # they are taken in meanwhile, as far as they are
        yield


def test_http_2_in_clear_text_is_not_spoken(gateway: Gateway) -> None:
    port = int(gateway.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as caller:
        caller.settimeout(ENDED_SECONDS)
        caller.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))

        told = caller.recv(1000)

    assert not told or told.startswith(b"HTTP/1.1 4")


def test_headers_that_are_too_long_are_refused(gateway: Gateway) -> None:
    headers = {"X-Long": "x" * 70_000}

    answer = plain.get(f"{gateway.address}/health/live", headers=headers)

    assert answer.status_code == 431
    assert gateway.get("/health/live").status_code == 200


def test_references_are_read_from_the_environment(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    whole = document({"piktid": sandboxes["piktid"]})
    whole["secrets"] = {"signing_keys": ["${OUR_SIGNING_KEY}"]}
    path = write(tmp_path, whole)

    gateway = serve(commands, path, environment={"OUR_SIGNING_KEY": SIGNING_KEY})

    assert gateway.page()["items"]


def test_workers_end_with_a_main_process_that_was_killed(
    commands: Commands, sandboxes: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    whole = document(sandboxes, redis={"url": redis_url})
    gateway = serve(commands, write(tmp_path, whole), "--workers", "2")
    workers = children_of(gateway.command.process.pid)
    assert len(workers) == 2

    gateway.command.signal(signal.SIGKILL)

    wait_until(lambda: not any(map(does_live, workers)), "the workers to end")
    assert not does_answer(gateway.address)


def does_live(pid: int) -> bool:
    """Return whether a process is there, and not just its exit code (proc(5))."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
