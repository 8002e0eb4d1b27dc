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

    def talk(connection: socket.socket, raw: Raw) -> None:
        with suppress(OSError):
            connection.recv(65_536)
            connection.sendall(before)
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body)
            while endless:
                connection.sendall(body)
        except OSError:
            raw.hung_up.set()

    with _serving(talk) as raw:
        yield raw


@contextmanager
def replying(reply: Callable[[str], bytes]) -> Iterator[Raw]:
    """Answer each request on a connection with what is made of it, head and body.

    An empty reply ends the connection.
    """

    def talk(connection: socket.socket, _: Raw) -> None:
        with suppress(OSError):
            while asked := connection.recv(65_536):
                told = reply(asked.decode("latin-1"))
                if not told:
                    return
                connection.sendall(told)

    with _serving(talk) as raw:
        yield raw


@contextmanager
def _serving(talk: Callable[[socket.socket, Raw], None]) -> Iterator[Raw]:
    """Talk on each connection, in a thread of its own, and then end it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        raw = Raw(port=server.getsockname()[1], hung_up=threading.Event())

        def talk_once(connection: socket.socket) -> None:
            with connection:
                talk(connection, raw)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    raw.connections += 1
                    threading.Thread(
                        target=talk_once, args=(connection,), daemon=True
                    ).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield raw
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)
