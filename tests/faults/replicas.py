"""Several `serve` processes over the sandboxes and a Redis that they share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stack.gateways import NAMES, Gateway, tell, traffic
from tests.stack.processes import Commands, starting_commands
from tests.tcp_ports import reserve_port


@contextmanager
def running_sandboxes(folder: Path) -> Iterator[dict[str, str]]:
    """Run the three of them; gives their addresses by name."""
    with starting_commands(folder) as commands:
        addresses = {}
        for name in NAMES:
            port = reserve_port()
            commands.start("sandbox", name, "--port", str(port))
            addresses[name] = f"http://127.0.0.1:{port}"
        for command, address in zip(commands.started, addresses.values(), strict=True):
            command.until_it_answers(f"{address}/_sandbox")
        yield addresses


def start(
    commands: Commands, configuration: Path, count: int, *options: str
) -> list[Gateway]:
    """Start so many at once, which takes less time than one by one."""
    started = []
    for _ in range(count):
        port = str(reserve_port())
        command = commands.start(
            "serve", "--config", configuration, "--port", port, *options
        )
        address = f"http://127.0.0.1:{port}"
        started.append(Gateway(command=command, address=address))
    for gateway in started:
        gateway.command.until_it_answers(f"{gateway.address}/health/ready")
    return started


def list_calls(sandboxes: dict[str, str]) -> dict[str, int]:
    return {name: traffic(address)["list_calls"] for name, address in sandboxes.items()}


def reset(sandboxes: dict[str, str]) -> None:
    for address in sandboxes.values():
        tell(address, "reset")
