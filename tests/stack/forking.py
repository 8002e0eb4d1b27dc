"""A process that has imported the gateway, and forks itself for each command.

To import it takes most of a second of the processor, for some hundreds of processes. What
runs in the fork is what `python -m gateway` runs.
"""

import gc
import json
import os
import resource
import runpy
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import coverage
import litestar.plugins.pydantic  # noqa: F401  # Litestar does so at its first request

# what a fork has imported, and is measured here
import gateway.check
import gateway.cli
import gateway.demo
import gateway.serve  # noqa: F401
from gateway.adapters.plugins import find_plugins, find_sandboxes

_MOST_BYTES = 2**17
_ROOT = Path(__file__).parents[2]


class Fork:
    """A forked process, seen from the tests', as `subprocess.Popen` sees its own."""

    def __init__(self, args: Sequence[str], told: socket.socket) -> None:
        self.args = args
        self.returncode: int | None = None
        self._told = told
        self.pid = int(told.recv(_MOST_BYTES))

    def poll(self) -> int | None:
        return self._read(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: it goes on.
        """
        code = self._read(timeout)
        if code is None:
            raise subprocess.TimeoutExpired([*self.args], timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            # it may have ended, and its end not be told yet
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _read(self, seconds: float | None) -> int | None:
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._told, selectors.EVENT_READ)
                if selector.select(seconds):
                    self.returncode = int(self._told.recv(_MOST_BYTES))
                    self._told.close()
        return self.returncode


class Forks:
    """The process that forks, from the first command until the tests' own end."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._control, theirs = _pair()
        with theirs:
            self._server = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "tests.stack.forking", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=_ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
            )

    def start(
        self,
        arguments: Sequence[str],
        outputs: tuple[int, int],
        cwd: Path,
        environment: Mapping[str, str],
        descriptors: int | None,
    ) -> Fork:
        """Start a command in a session of its own, that writes where it is told to."""
        told, theirs = _pair()
        with theirs:
            message = json.dumps(
                [list(arguments), str(cwd), dict(environment), descriptors]
            )
            passed = [*outputs, theirs.fileno()]
            socket.send_fds(self._control, [message.encode()], passed)
            return Fork(arguments, told)

    def close(self) -> None:
        self._control.close()
        self._server.wait()


def _pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _serve(control: socket.socket) -> list[str]:
    """Fork for each message, and tell how that ended; return in the forked process.

    Raises:
        SystemExit: nobody sends messages any more.
    """
    told: dict[int, socket.socket] = {}
    woken, waking = socket.socketpair()
    waking.settimeout(0.0)
    signal.set_wakeup_fd(waking.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is woken:
                    woken.recv(_MOST_BYTES)
                    _reap(told)
                    continue
                message, fds, _, _ = socket.recv_fds(control, _MOST_BYTES, 3)
                if not message:
                    raise SystemExit
                *outputs, fd = fds
                pid = os.fork()
                if pid == 0:
                    _leave([control, woken, waking, *told.values()], fd)
                    return _enter(json.loads(message), outputs)
                told[pid] = socket.socket(fileno=fd)
                told[pid].send(str(pid).encode())
                for output in outputs:
                    os.close(output)


def _reap(told: dict[int, socket.socket]) -> None:
    for pid in [*told]:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with told.pop(pid) as one:
                one.send(str(os.waitstatus_to_exitcode(status)).encode())


def _leave(sockets: Sequence[socket.socket], fd: int) -> None:
    """Keep nothing in the fork of what its parent works with."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for one in sockets:
        one.close()
    os.close(fd)


def _enter(message: list[Any], outputs: Sequence[int]) -> list[str]:
    """Become what was asked for; return its arguments."""
    arguments, cwd, environment, descriptors = message
    os.setsid()
    for standard, output in zip((1, 2), outputs, strict=True):
        os.dup2(output, standard)
        os.close(output)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    if descriptors is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    # where the environment says so: as an interpreter does when it starts
    coverage.process_startup()
    return list(arguments)


if __name__ == "__main__":
    find_plugins()
    find_sandboxes()
    # Else each fork's collections, that at its end among them, would copy all that has
    # been imported.
    gc.freeze()
    sys.argv[1:] = _serve(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_module("gateway", run_name="__main__", alter_sys=True)
