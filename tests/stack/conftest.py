"""The commands, and the three sandboxes that all of the whole stack's tests share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stack.gateways import NAMES, tell
from tests.stack.processes import Commands, starting_commands
from tests.tcp_ports import reserve_port


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    output = tmp_path / "output"
    output.mkdir()
    with starting_commands(output, is_measured=True) as commands:
        yield commands


@pytest.fixture(scope="session")
def running_sandboxes(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, str]]:
    with _starting_sandboxes(tmp_path_factory.mktemp("sandboxes")) as started:
        yield started


@pytest.fixture
def own_sandboxes(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Sandboxes whose lists a test may change: what the shared ones hold is cached."""
    folder = tmp_path / "sandboxes"
    folder.mkdir()
    with _starting_sandboxes(folder) as started:
        yield started


@contextmanager
def _starting_sandboxes(folder: Path) -> Iterator[dict[str, str]]:
    with starting_commands(folder) as commands:
        started = {name: _start(commands, name) for name in NAMES}
        for name, address in started.items():
            command = commands.started[NAMES.index(name)]
            command.until_it_answers(f"{address}/_sandbox")
        yield started


def _start(commands: Commands, name: str) -> str:
    port = reserve_port()
    commands.start("sandbox", name, "--port", str(port))
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def sandboxes(running_sandboxes: dict[str, str]) -> Iterator[dict[str, str]]:
    """The addresses of the three sandboxes, without faults or delays, which are left so.

    A gateway that a file's tests share asks them before the first test that has this.
    """
    _reset(running_sandboxes)
    yield running_sandboxes
    _reset(running_sandboxes)


def _reset(running_sandboxes: dict[str, str]) -> None:
    for address in running_sandboxes.values():
        tell(address, "reset")
