"""Processes to measure: sandboxes, gateways and a bare handler, each on a free port."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.stack.processes import children_of
from tests.tcp_ports import reserve_port

OPEN_SECONDS = 90
END_SECONDS = 20
PROVIDERS = ("hyper3d", "avatar", "piktid")


class Running(NamedTuple):
    """A process that answers, and its address."""

    process_id: int
    address: str


@contextmanager
def sandbox(name: str, items: int) -> Iterator[Running]:
    """Run a provider's sandbox with so many items."""
    environment = {"SANDBOX": name, "ITEMS": str(items)}
    with _serving("tests.benchmarks.serve_sandbox", environment) as running:
        yield running


@contextmanager
def bare(
    body: Path, core: int | None = None, media_type: str = "application/json"
) -> Iterator[Running]:
    """Run a Litestar handler that returns a file's bytes and does nothing else."""
    environment = {"BODY": str(body), "TYPE": media_type}
    with _serving("tests.benchmarks.serve_bare", environment, core) as running:
        yield running


@contextmanager
def gateway(
    config: Path, core: int | None = None, workers: int = 1
) -> Iterator[Running]:
    """Run the gateway as it is run in earnest, with one worker; on one core, if set."""
    port = reserve_port()
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config)]
    command += ["--workers", str(workers)]
    with run([*command, "--port", str(port)], port, core=core) as running:
        yield running


@contextmanager
def _serving(
    module: str, environment: Mapping[str, str], core: int | None = None
) -> Iterator[Running]:
    """Run one of the servers beside this file."""
    port = reserve_port()
    command = [sys.executable, "-m", module]
    with run(command, port, {**environment, "PORT": str(port)}, core) as running:
        yield running


@contextmanager
def run(
    command: Sequence[str],
    port: int,
    environment: Mapping[str, str] | None = None,
    core: int | None = None,
) -> Iterator[Running]:
    """Run a server until the end of the block; it answers when the block begins."""
    process = subprocess.Popen(  # noqa: S603  # our own programs
        [*pinned(core), *command],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_open(address, process)
        yield Running(process.pid, address)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a server and its workers, by force where it takes too long."""
    process.terminate()
    try:
        process.wait(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        for child in children_of(process.pid):
            os.kill(child, signal.SIGKILL)
        process.kill()
        process.wait()


def pinned(core: int | None) -> list[str]:
    """Begin a command that is to run on one core."""
    return [] if core is None else ["taskset", "-c", str(core)]


def _wait_until_open(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + OPEN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(address, timeout=1)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing answers at {address}")


def count_calls(addresses: Mapping[str, str]) -> int:
    """Count the list calls that sandboxes have had."""
    states = [httpx.get(f"{address}/_sandbox") for address in addresses.values()]
    return sum(state.json()["list_calls"] for state in states)


def worker_memory_bytes(process_id: int) -> int:
    """Return the resident memory of a server's largest worker process."""
    return max(_memory_bytes(child) for child in children_of(process_id))


def _memory_bytes(process_id: int) -> int:
    status = Path(f"/proc/{process_id}/status").read_text()
    lines = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(lines[0].split()[1]) * 1024 if lines else 0
