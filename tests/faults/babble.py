"""A server on a port that says the same to whatever it is told."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def running_babble(port: int, said: bytes) -> Iterator[None]:
    """Answer each thing told with `said`; with nothing: end the connection."""
    listener = socket.create_server(("127.0.0.1", port))
    threading.Thread(target=_serve, args=(listener, said), daemon=True).start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _serve(listener: socket.socket, said: bytes) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(
                target=_babble, args=(connection, said), daemon=True
            ).start()


def _babble(connection: socket.socket, said: bytes) -> None:
    with suppress(OSError), connection:
        while said and connection.recv(2**16):
            connection.sendall(said)
