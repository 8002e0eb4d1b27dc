"""The workers' reports on their way to the main process: datagrams over a socket pair.

All workers inherit the one end. A report that does not fit in is not lost: it is sent
with the next one.
"""

import os
import socket
import threading
from collections.abc import Callable

import msgspec

from gateway.adapters.metrics.ledger import Ledger, Report

_MOST_BYTES = 2**20


class Relay:
    """Made by the main process before it starts workers."""

    def __init__(self) -> None:
        self._here, self._there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._there.settimeout(0)

    def send(self, ledger: Ledger) -> None:
        """Report what the calling process's ledger holds."""
        for report in ledger.take(os.getpid()):
            if not self._send(report):
                ledger.take_back(report)

    def send_last(self, ledger: Ledger) -> None:
        self.send(ledger)
        self._send(Report(os.getpid(), is_last=True))

    def start(self, take: Callable[[Report], None]) -> None:
        """Let a thread hand on what comes, as long as the main process lives."""
        threading.Thread(target=self._hear, args=(take,), daemon=True).start()

    def _send(self, report: Report) -> bool:
        try:
            self._there.send(msgspec.msgpack.encode(report))
        except OSError:  # full, or the main process has ended
            return False
        return True

    def _hear(self, take: Callable[[Report], None]) -> None:
        decoder = msgspec.msgpack.Decoder(Report)
        while True:
            take(decoder.decode(self._here.recv(_MOST_BYTES)))
