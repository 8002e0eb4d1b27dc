"""A TCP line to a port that can be made slow: a process, which no test keeps busy."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_BOUND_SECONDS = 30.0


class Line:
    """Passes bytes on both ways; answers come `delay_seconds` late."""

    def __init__(self, to_port: int) -> None:
        self._delay_seconds = 0.0
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
            command = [sys.executable, __file__, str(listener.fileno()), str(to_port)]
            self._process = subprocess.Popen(  # noqa: S603
                command,
                cwd=Path(__file__).parent,
                pass_fds=[listener.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )

    @property
    def delay_seconds(self) -> float:
        return self._delay_seconds

    @delay_seconds.setter
    def delay_seconds(self, seconds: float) -> None:
        """Have it so from now on."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._delay_seconds = seconds
        print(seconds, file=self._process.stdin, flush=True)
        assert self._process.stdout.readline() == f"{seconds}\n"

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(_BOUND_SECONDS)
        self._process.stdout.close()


@contextmanager
def running_line(to_port: int) -> Iterator[Line]:
    line = Line(to_port)
    try:
        yield line
    finally:
        line.close()


class _Passing:
    """What runs in the process; it ends with its standard input."""

    def __init__(self, listener: socket.socket, to_port: int) -> None:
        self._listener = listener
        self._to_port = to_port
        self._delay_seconds = 0.0

    def run(self) -> None:
        threading.Thread(target=self._serve, daemon=True).start()
        for told in sys.stdin:
            self._delay_seconds = float(told)
            print(self._delay_seconds, flush=True)  # noqa: T201  # the answer

    def _serve(self) -> None:
        while True:
            near, _ = self._listener.accept()
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._to_port))
        except OSError:
            near.close()
            return
        threading.Thread(target=_pass, args=(near, far, float), daemon=True).start()
        _pass(far, near, lambda: self._delay_seconds)


def _pass(
    here: socket.socket, there: socket.socket, delay_seconds: Callable[[], float]
) -> None:
    """Pass on what comes, each time after a delay, until either end is closed."""
    with suppress(OSError):
        while content := here.recv(2**16):
            time.sleep(delay_seconds())
            there.sendall(content)
    for end in (here, there):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


if __name__ == "__main__":
    _Passing(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])).run()
