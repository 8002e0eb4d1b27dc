"""The gateway's commands as processes of their own, over real sockets."""

import atexit
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import NamedTuple

import httpx

from tests import plain
from tests.stack.forking import Fork, Forks

BOUND_SECONDS = 30.0
_STEP_SECONDS = 0.02
_FOREIGN = {"COLUMNS", "FORCE_COLOR", "NO_COLOR", "PYTHONPATH", "TTY_COMPATIBLE"}
_MEASURED = {"COVERAGE_FILE": str(Path(__file__).parents[2] / ".coverage")}
"""Where forked workers leave what was measured, whichever folder they run in."""
_MEASURING = {"COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"}
_READ_AT_START = "PYTHONPATH"
"""What an interpreter reads once: a fork would not."""
_ENVIRONMENT = {
    **_MEASURED,
    **{name: os.environ[name] for name in os.environ.keys() - _FOREIGN},
}


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Command:
    """One started command, in a process group of its own."""

    def __init__(self, process: subprocess.Popen[bytes] | Fork, output: Path) -> None:
        self.process = process
        self._output = output

    @property
    def out(self) -> str:
        return self._output.with_suffix(".out").read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return self._output.with_suffix(".err").read_text(encoding="utf-8")

    def signal(self, number: signal.Signals, *, to_group: bool = False) -> None:
        if to_group:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def wait(self, bound_seconds: float = BOUND_SECONDS) -> Ended:
        code = self.process.wait(bound_seconds)
        return Ended(code, self.out, self.err)

    def end(self) -> Ended:
        self.process.terminate()
        return self.wait()

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition while the process lives."""

        def holds() -> bool:
            assert self.process.poll() is None, f"it ended: {self.out}{self.err}"
            return condition()

        wait_until(holds, what)

    def until_it_answers(self, address: str) -> None:
        self.until(lambda: does_answer(address), f"{address}: {self.out}{self.err}")

    def has_ended(self) -> bool:
        """Wait for its end, and its workers'; they are of its process group."""
        end = time.monotonic() + BOUND_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None and not self._has_group():
                return True
            time.sleep(_STEP_SECONDS)
        return False

    def kill(self) -> None:
        """End what may be left of it, its workers too."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _has_group(self) -> bool:
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True


class Commands:
    """Starts commands; their output is kept apart from where they run."""

    def __init__(
        self, output: Path, *, is_measured: bool = False, is_fresh: bool = False
    ) -> None:
        self._output = output
        left_out = set() if is_measured else _MEASURING
        self._environment = {
            name: value for name, value in _ENVIRONMENT.items() if name not in left_out
        }
        self._is_fresh = is_fresh
        self._numbers = count()
        self.started: list[Command] = []

    def start(
        self,
        *arguments: str | Path,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        descriptors: int | None = None,
    ) -> Command:
        """Start a command; with `descriptors` it may have no more of them."""
        output = self._output / f"command-{next(self._numbers)}"
        whole = {**self._environment, **(environment or {})}
        is_fresh = self._is_fresh or _READ_AT_START in whole
        start = _start_afresh if is_fresh else _forks().start
        with (
            output.with_suffix(".out").open("wb") as out,
            output.with_suffix(".err").open("wb") as err,
        ):
            process = start(
                [*map(str, arguments)],
                (out.fileno(), err.fileno()),
                cwd or self._output,
                whole,
                descriptors,
            )
        command = Command(process, output)
        self.started.append(command)
        return command

    def run(
        self, *arguments: str | Path, environment: Mapping[str, str] | None = None
    ) -> Ended:
        return self.start(*arguments, environment=environment).wait()


@cache
def _forks() -> Forks:
    """Return what forks, started with the first command of these tests."""
    forks = Forks(
        {name: value for name, value in _ENVIRONMENT.items() if name not in _MEASURING}
    )
    atexit.register(forks.close)
    return forks


def _start_afresh(
    arguments: Sequence[str],
    outputs: tuple[int, int],
    cwd: Path,
    environment: Mapping[str, str],
    descriptors: int | None,
) -> subprocess.Popen[bytes]:
    """Start a command in an interpreter of its own, as `Forks.start` does."""
    return subprocess.Popen(  # noqa: S603
        [*_to_limit(descriptors), sys.executable, "-m", "gateway", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=outputs[0],
        stderr=outputs[1],
        cwd=cwd,
        env=environment,
        start_new_session=True,
    )


def _to_limit(descriptors: int | None) -> list[str]:
    """Return what is put before a command that may have so many descriptors."""
    if descriptors is None:
        return []
    return ["/bin/sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh"]


@contextmanager
def starting_commands(
    output: Path, *, is_measured: bool = False, is_fresh: bool = False
) -> Iterator[Commands]:
    """Yield what starts commands, and end by their ids those that still run.

    Measured ones show in the coverage, and take half as much again of the processor.
    They are forked from a process that has imported the gateway, unless they are to be
    `is_fresh`, or their environment says what an interpreter reads when it starts.

    Raises:
        AssertionError: one did not end when it was told to, and was killed.
    """
    commands = Commands(output, is_measured=is_measured, is_fresh=is_fresh)
    try:
        yield commands
    finally:
        for command in commands.started:
            if command.process.poll() is None:
                command.process.terminate()
        stuck = [command for command in commands.started if not command.has_ended()]
        for command in stuck:
            command.kill()
        assert not stuck, [command.process.args for command in stuck]


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + BOUND_SECONDS
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(_STEP_SECONDS)


def does_answer(address: str) -> bool:
    try:
        plain.get(address)
    except httpx.TransportError:
        return False
    return True


def children_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in children.split()]
