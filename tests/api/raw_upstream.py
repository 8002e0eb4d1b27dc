"""An upstream that answers with whatever bytes a test gives, and then hangs up."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 40


class Raw(Struct, kw_only=True):
    """`hung_up` is set once the other side has closed a connection."""

    port: int
    hung_up: threading.Event
    connections: int = 0


@contextmanager
def answering(
    head: bytes, body: bytes, *, endless: bool = False, before: bytes = b""
) -> Iterator[Raw]:
    """Answer each connection so; endlessly with the body until the other side ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        raw = Raw(port=server.getsockname()[1], hung_up=threading.Event())

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    raw.connections += 1
                    with connection:
                        with suppress(OSError):
                            connection.recv(65_536)
                            connection.sendall(before)
                        _answer(connection, head, body, raw, endless=endless)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield raw
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _answer(
    connection: socket.socket, head: bytes, body: bytes, raw: Raw, *, endless: bool
) -> None:
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body)
        while endless:
            connection.sendall(body)
    except OSError:
        raw.hung_up.set()


@contextmanager
def replying(reply: Callable[[str], bytes]) -> Iterator[Raw]:
    """Answer each request on a connection with what is made of it, head and body.

    An empty reply ends the connection.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        raw = Raw(port=server.getsockname()[1], hung_up=threading.Event())

        def talk(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                while asked := connection.recv(65_536):
                    told = reply(asked.decode("latin-1"))
                    if not told:
                        return
                    connection.sendall(told)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    raw.connections += 1
                    threading.Thread(
                        target=talk, args=(connection,), daemon=True
                    ).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield raw
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)
