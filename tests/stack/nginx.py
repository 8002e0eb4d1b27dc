"""nginx with the configuration that compose.yaml gives it, on this machine."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests import plain
from tests.programs import find_program
from tests.stack.processes import BOUND_SECONDS, does_answer, wait_until
from tests.tcp_ports import reserve_port

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx" / "nginx.conf"
ENVIRONMENT = dict(os.environ)


class Nginx:
    """A running nginx, and what it wrote down."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address = address
        self._folder = folder

    @property
    def log(self) -> str:
        return (self._folder / "access.log").read_text(encoding="utf-8")

    @property
    def errors(self) -> str:
        return (self._folder / "errors").read_text(encoding="utf-8")

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines()]

    def until_it_logged(self, request_id: str) -> dict[str, Any]:
        """Return the line of a request; it is written after the answer."""

        def find() -> list[dict[str, Any]]:
            return [e for e in self.events() if e["request_id"] == request_id]

        wait_until(lambda: bool(find()), f"a line of {request_id}: {self.log}")
        (event,) = find()
        return event


def find_nginx() -> str:
    """Return the program; see `find_program`."""
    return find_program("nginx")


def to_local(text: str, port: int, gateways: Sequence[int], folder: Path) -> str:
    """Change where the configuration listens, calls and writes, and nothing else."""
    changes = {
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "server gateway-1:8000 ": f"server 127.0.0.1:{gateways[0]} ",
        "server gateway-2:8000 ": f"server 127.0.0.1:{gateways[1]} ",
        "/dev/stdout": f"{folder}/access.log",
    }
    text = text.replace(" /tmp/", f" {folder}/")
    for written, local in changes.items():
        assert text.count(written) == 1, written
        text = text.replace(written, local)
    return text


@contextmanager
def running_nginx(
    program: str, gateways: Sequence[int], folder: Path
) -> Iterator[Nginx]:
    """Run nginx before two gateways, by their ports."""
    port = reserve_port()
    text = CONFIGURATION.read_text(encoding="utf-8")
    path = folder / "nginx.conf"
    path.write_text(to_local(text, port, gateways, folder), encoding="utf-8")
    (folder / "access.log").touch()
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603
            [program, "-e", "stderr", "-c", path, "-p", folder, "-g", "daemon off;"],
            stdin=subprocess.DEVNULL,
            stderr=errors,
        )
    nginx = Nginx(f"http://127.0.0.1:{port}", folder)
    try:
        wait_until(
            lambda: process.poll() is not None or does_answer(nginx.address),
            "nginx to answer",
        )
        assert process.poll() is None, nginx.errors
        yield nginx
    finally:
        process.terminate()
        process.wait(BOUND_SECONDS)


def ask(nginx: Nginx, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    spelt = {name.replace("_", "-"): value for name, value in headers.items()}
    address = nginx.address + path
    return plain.request(method, address, headers=spelt, timeout=BOUND_SECONDS)
