"""Callers who never pause, as sound HTTP clients: over kept and over new connections."""

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.stack.processes import BOUND_SECONDS


class Callers:
    """What went wrong, and how many requests were answered."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.answered = 0
        self._lock = threading.Lock()
        self._is_over = threading.Event()

    def call(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        """Call on one connection for as long as it is kept.

        A request is repeated only if the server closed a connection on which an
        earlier one had been answered, before it said anything to this one.
        """
        connection, is_used = _connect(port), False
        while not self._is_over.is_set():
            try:
                connection.request("GET", path, headers=dict(headers))
                answer = connection.getresponse()
                answer.read()
            except (ConnectionError, http.client.HTTPException) as error:
                if not is_used or not _is_closing(error):
                    self._fail(repr(error))
                connection.close()
                connection, is_used = _connect(port), False
                continue
            self._note(answer.status)
            is_used = not answer.will_close
            if answer.will_close:
                connection.close()
                connection = _connect(port)
        connection.close()

    def call_anew(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        """Call on a new connection each time; nothing is repeated."""
        while not self._is_over.is_set():
            connection = _connect(port)
            try:
                connection.request("GET", path, headers=dict(headers))
                answer = connection.getresponse()
                answer.read()
                self._note(answer.status)
            except (OSError, http.client.HTTPException) as error:
                self._fail(repr(error))
            finally:
                connection.close()

    def end(self) -> None:
        self._is_over.set()

    def _note(self, status: int) -> None:
        with self._lock:
            self.answered += 1
        if status != 200:
            self._fail(f"status {status}")

    def _fail(self, what: str) -> None:
        with self._lock:
            self.failures.append(what)


@contextmanager
def calling(
    port: int, path: str, headers: Mapping[str, str], *, kept: int, anew: int
) -> Iterator[Callers]:
    callers = Callers()
    threads = [
        threading.Thread(target=target, args=(port, path, headers))
        for target, count in ((callers.call, kept), (callers.call_anew, anew))
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    try:
        yield callers
    finally:
        callers.end()
        for thread in threads:
            thread.join()


def _connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=BOUND_SECONDS)


def _is_closing(error: Exception) -> bool:
    """Tell a connection that was closed from an answer that broke off."""
    return isinstance(
        error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError
    )
