"""compose.yaml with its sandboxes, under a name, port and network of its own."""

import ipaddress
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from calls import get

SANDBOXES = ("hyper3d", "avatar", "piktid")
_COMPOSE_FILE = Path(__file__).parents[1] / "compose.yaml"


class Stack:
    def __init__(self, folder: Path) -> None:
        """`folder` is for a file that must be there as long as the stack is."""
        port = _find_free_port()
        self.address = f"http://127.0.0.1:{port}"
        self._environment = os.environ | {
            "GATEWAY_CONFIG": "./sandbox",
            "GATEWAY_NET": _find_free_net(),
            "PUBLISH": f"127.0.0.1:{port}",
        }
        # JSON is YAML: the sandboxes' controls, each on a port that Docker chooses.
        ports = {name: {"ports": ["127.0.0.1::9000"]} for name in SANDBOXES}
        opened = folder / "sandboxes.json"
        opened.write_text(json.dumps({"services": ports}), encoding="utf-8")
        self._compose = [
            *_find_compose(),
            *("--project-name", f"gallery-proof-{os.getpid()}"),
            *("--file", str(_COMPOSE_FILE), "--file", str(opened)),
            *("--profile", "sandbox"),
        ]

    @contextmanager
    def running(self) -> Iterator[dict[str, str]]:
        """Build and start it all; gives the sandboxes' addresses, and ends it all."""
        try:
            self.do("build", "--quiet")
            self.do("up", "--detach")
            yield {
                name: f"http://{self.do('port', name, '9000').strip()}"
                for name in SANDBOXES
            }
        except Exception:
            sys.stderr.write(self.do("logs", "--tail", "10", "--no-color"))
            raise
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self.do("down", "--volumes", "--timeout", "5")

    def do(self, *words: str) -> str:
        return _run([*self._compose, *words], self._environment)

    def is_well(self) -> bool:
        page = get(f"{self.address}/v1/gallery?limit=1")
        return all(source["state"] == "fresh" for source in page["sources"])

    def verify(self, seconds: int) -> tuple[bool, str]:
        """Have `gallery-gateway verify` crawl through nginx, and tell what it found.

        It is the image's own, on the gateway that is not killed: the Python client needs
        more than this machine has to have.
        """
        words = ("exec", "-T", "gateway-2", "gallery-gateway", "verify")
        told = ("--url", "http://nginx:8080", "--seconds", str(seconds))
        ended = _call([*self._compose, *words, *told], self._environment)
        return ended.returncode == 0, ended.stdout + ended.stderr

    def count_passed_on(self) -> int:
        """Count the calls that nginx made to a second gateway, by its log."""
        logged = self.do("logs", "--no-color", "nginx")
        return len(re.findall(r'"gateway": "[^",]+, ', logged))


def _run(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    ended = _call(command, environment)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)}: {ended.stderr[-2000:]}")
    return ended.stdout


def _call(
    command: list[str], environment: Mapping[str, str] | None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _find_compose() -> list[str]:
    for command in (["docker", "compose"], ["docker-compose"]):
        try:
            _run([*command, "version"])
        except (OSError, RuntimeError):
            continue
        return command
    sys.exit("there is no docker compose here")


def _find_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _find_free_net() -> str:
    """Return the first three numbers of a network that Docker does not use yet."""
    if shutil.which("docker") is None:
        sys.exit("there is no docker here")
    told = "{{range .IPAM.Config}}{{println .Subnet}}{{end}}"
    ids = _run(["docker", "network", "ls", "--quiet"]).split()
    used = _run(["docker", "network", "inspect", "--format", told, *ids]).split()
    taken = [ipaddress.ip_network(text) for text in used]
    for number in range(48, 256):
        net = ipaddress.ip_network(f"10.213.{number}.0/24")
        if not any(net.version == one.version and net.overlaps(one) for one in taken):
            return f"10.213.{number}"
    sys.exit("every network that could be had is taken")
