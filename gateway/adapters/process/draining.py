"""A worker's last moments: it takes no new connection while those that it has go on.

The server that it runs in can only stop all at once: at SIGTERM it drops connections
that it has accepted and not yet read from, which costs their callers the request. So the
main process says beforehand, by a signal, that nobody new is to be accepted. The
listener is shared with the worker that comes in place of this one, and must stay open;
this process's descriptor of it becomes one of a listener that nobody can reach.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Callable

PARTING = signal.SIGUSR1


class WorkerDraining:
    """Waits for the signal; `leave` is called when it comes."""

    def __init__(self, listener_fd: int, leave: Callable[[], None]) -> None:
        self._listener_fd = listener_fd
        self._listener = _identify(listener_fd)
        self._leave = leave

    async def open(self) -> None:
        asyncio.get_running_loop().add_signal_handler(PARTING, self._part)

    def _part(self) -> None:
        self._leave()
        # who has been told to end closes it, and its number may be another's since then
        if _identify(self._listener_fd) != self._listener:
            return
        with socket.socket(socket.AF_UNIX) as nobodys:
            nobodys.settimeout(0)
            nobodys.bind("")  # a name of the kernel's choice, which leaves no file
            nobodys.listen(1)
            os.dup2(nobodys.fileno(), self._listener_fd)


def _identify(fd: int) -> tuple[int, int] | None:
    """Tell what a descriptor stands for; None for nothing."""
    try:
        state = os.fstat(fd)
    except OSError:
        return None
    return state.st_dev, state.st_ino
