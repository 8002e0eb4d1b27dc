"""SIGHUP: the configuration anew, and every worker, without a failed request."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from gateway.settings import hash_key
from tests import plain
from tests.stack.callers import calling
from tests.stack.gateways import KEY, Gateway, document, serve, tell, traffic, write
from tests.stack.processes import Commands, children_of, wait_until
from tests.stack.scrapes import until
from tests.tcp_ports import reserve_port

NEW_KEY = "s3cret-key-that-came-later"
GONE_KEY = "s3cret-key-that-is-taken-out"
IDLE_SECONDS = 0.5
LIMITS = {"requests_per_minute": 1_000_000}


def to_document(sandboxes: dict[str, str], *keys: str, **tables: Any) -> dict[str, Any]:
    whole = document(sandboxes, limits=LIMITS, **tables)
    whole["tenants"][0]["keys"] = [
        {"name": key, "hash": hash_key(key)} for key in (KEY, *keys)
    ]
    return whole


def status(gateway: Gateway, key: str) -> int:
    answer = plain.get(f"{gateway.address}/v1/providers", headers={"x-api-key": key})
    return answer.status_code


def hang_up(gateway: Gateway) -> None:
    gateway.command.signal(signal.SIGHUP)


def until_replaced(gateway: Gateway, old: list[int]) -> None:
    pid = gateway.command.process.pid
    wait_until(
        lambda: len(children_of(pid)) == len(old) and not {*children_of(pid)} & {*old},
        "new workers in place of all old ones",
    )


def events(gateway: Gateway, name: str) -> list[dict[str, Any]]:
    lines = gateway.command.err.splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    return [event for event in found if event["event"] == name]


def test_new_keys_come_into_force_without_a_failed_request(
    commands: Commands, sandboxes: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    shared: dict[str, Any] = {
        "redis": {"url": redis_url},
        "server": {"workers": 2, "metrics_port": (metrics := reserve_port())},
    }
    path = write(tmp_path, to_document(sandboxes, GONE_KEY, **shared))
    gateway = serve(commands, path)
    port = int(gateway.address.rpartition(":")[2])
    old = children_of(gateway.command.process.pid)
    before = status(gateway, NEW_KEY), status(gateway, GONE_KEY)

    with calling(port, "/v1/gallery", {"x-api-key": KEY}, kept=6, anew=6) as callers:
        wait_until(lambda: callers.answered > 200, "the first answers")
        write(tmp_path, to_document(sandboxes, NEW_KEY, **shared))
        hang_up(gateway)
        until_replaced(gateway, old)
        wait_until(lambda: bool(events(gateway, "workers.replaced")), "the end")
        already = callers.answered
        wait_until(lambda: callers.answered > already + 200, "answers of new workers")

    after = status(gateway, NEW_KEY), status(gateway, GONE_KEY)
    assert callers.failures == []
    assert before == (401, 200)
    assert after == (200, 401)
    until(metrics, "gallery_configuration_loads_total", 1, outcome="loaded")
    until(metrics, "gallery_requests_total", callers.answered, route="/v1/gallery")


def test_a_faulty_configuration_changes_nothing_and_is_told_of(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    metrics = reserve_port()
    tables: dict[str, Any] = {"server": {"metrics_port": metrics}}
    gateway = serve(commands, write(tmp_path, to_document(sandboxes, **tables)))
    old = children_of(gateway.command.process.pid)
    faulty = to_document(sandboxes, NEW_KEY, **tables)
    faulty["tenants"][0]["colour"] = "s3cret-red"
    write(tmp_path, faulty)

    hang_up(gateway)

    wait_until(lambda: bool(events(gateway, "configuration.refused")), "the refusal")
    (refused,) = events(gateway, "configuration.refused")
    assert refused["level"] == "error"
    assert "gateway.toml: tenants[0].colour" in refused["faults"][0]
    assert "s3cret" not in gateway.command.err
    assert children_of(gateway.command.process.pid) == old
    assert (status(gateway, KEY), status(gateway, NEW_KEY)) == (200, 401)
    until(metrics, "gallery_configuration_loads_total", 1, outcome="refused")
    os.kill(old[0], signal.SIGKILL)
    until_replaced(gateway, old)
    gateway.command.until_it_answers(f"{gateway.address}/health/live")
    assert (status(gateway, KEY), status(gateway, NEW_KEY)) == (200, 401)


def test_one_worker_is_replaced_too_and_more_than_once(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    gateway = serve(commands, write(tmp_path, to_document(sandboxes)))

    for key in (NEW_KEY, GONE_KEY):
        old = children_of(gateway.command.process.pid)
        write(tmp_path, to_document(sandboxes, key))
        hang_up(gateway)
        until_replaced(gateway, old)
        assert status(gateway, key) == 200

    assert status(gateway, NEW_KEY) == 401
    assert gateway.command.end().code == 0


def test_what_runs_in_an_old_worker_is_finished(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    upstreams = {"piktid": sandboxes["piktid"]}
    gateway = serve(commands, write(tmp_path, to_document(upstreams)))
    old = children_of(gateway.command.process.pid)
    tell(upstreams["piktid"], "delay", seconds=4.0)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(gateway.get, "/v1/gallery")
        wait_until(lambda: traffic(upstreams["piktid"])["list_calls"] > 0, "the call")
        hang_up(gateway)
        answer = running.result()
    until_replaced(gateway, old)

    assert answer.status_code == 200
    assert answer.headers["connection"] == "close"


def test_a_signal_to_end_in_the_middle_of_it_ends_all(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    gateway = serve(commands, write(tmp_path, to_document(sandboxes)))
    (old,) = children_of(gateway.command.process.pid)
    hang_up(gateway)
    wait_until(lambda: len(children_of(gateway.command.process.pid)) == 2, "a new one")

    begun = time.monotonic()
    ended = gateway.command.end()

    assert ended.code == 0
    assert time.monotonic() - begun < 15
    assert not Path(f"/proc/{old}").exists()
    assert "Traceback" not in ended.err


def test_a_new_worker_that_does_not_start_leaves_all_as_it_was(
    commands: Commands, sandboxes: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    tables: dict[str, Any] = {"redis": {"url": redis_url}, "server": {"workers": 2}}
    gateway = serve(commands, write(tmp_path, to_document(sandboxes, **tables)))
    pid = gateway.command.process.pid
    first, second = children_of(pid)
    write(tmp_path, to_document(sandboxes, NEW_KEY, **tables))

    hang_up(gateway)
    wait_until(lambda: first not in children_of(pid), "the first one's end")
    wait_until(lambda: len(children_of(pid)) == 3, "another new one")
    _, replaced, starting = children_of(pid)
    os.kill(starting, signal.SIGKILL)

    wait_until(lambda: bool(events(gateway, "configuration.reverted")), "the way back")
    wait_until(lambda: replaced not in children_of(pid), "the end of who came first")
    assert len(children_of(pid)) == 2
    assert second in children_of(pid)
    assert {status(gateway, NEW_KEY) for _ in range(20)} == {401}
    assert {status(gateway, KEY) for _ in range(20)} == {200}
    old = children_of(pid)
    hang_up(gateway)
    until_replaced(gateway, old)
    assert {status(gateway, NEW_KEY) for _ in range(20)} == {200}


def test_an_old_worker_that_dies_meanwhile_is_no_crash(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    gateway = serve(commands, write(tmp_path, to_document(sandboxes)))
    pid = gateway.command.process.pid
    (old,) = children_of(pid)

    hang_up(gateway)
    wait_until(lambda: len(children_of(pid)) == 2, "a new one")
    os.kill(old, signal.SIGKILL)

    wait_until(lambda: bool(events(gateway, "workers.replaced")), "the end of it")
    assert len(children_of(pid)) == 1
    assert status(gateway, KEY) == 200
    before = busy_seconds(pid)
    time.sleep(IDLE_SECONDS)
    assert busy_seconds(pid) - before < IDLE_SECONDS / 2
    assert gateway.command.end().code == 0


def busy_seconds(pid: int) -> float:
    """Return the processor's seconds that a process has taken (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
