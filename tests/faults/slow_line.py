"""A TCP line to a port that can be made slow."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class Line:
    """Passes bytes on both ways; answers come `delay_seconds` late."""

    def __init__(self, to_port: int) -> None:
        self.delay_seconds = 0.0
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._to_port))
        except OSError:
            near.close()
            return
        threading.Thread(target=_pass, args=(near, far, float), daemon=True).start()
        _pass(far, near, lambda: self.delay_seconds)


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


@contextmanager
def running_line(to_port: int) -> Iterator[Line]:
    line = Line(to_port)
    threading.Thread(target=line.serve, daemon=True).start()
    try:
        yield line
    finally:
        line.close()
