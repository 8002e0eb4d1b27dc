"""Ports for what a test starts, bound from when they are chosen: nobody else gets them.

A port that was merely free a moment ago may be taken by any connection or server that
is made meanwhile. So a socket stays bound to it, which does not listen: who is to have
the port may bind it too, as servers set `SO_REUSEADDR` (or `SO_REUSEPORT`); the kernel
chooses it for nobody. Where nothing listens, connections are refused.
"""

import socket
from contextlib import suppress

_held: dict[int, socket.socket] = {}


_HIGHEST = 65_535


def reserve_port() -> int:
    """Return a port of 127.0.0.1 that is kept until it is released, or to the end."""
    return hold_port(0)


def reserve_two(distance: int) -> int:
    """Return a port such that the one so much higher is kept, too."""
    while True:
        port = reserve_port()
        with suppress(OSError):
            if port + distance <= _HIGHEST:
                hold_port(port + distance)
                return port
        release_port(port)


def hold_port(wanted: int) -> int:
    """Bind a port, any if it is 0.

    Raises:
        OSError: somebody has it.
    """
    holder = socket.socket()
    try:
        holder.bind(("127.0.0.1", wanted))
    except OSError:
        holder.close()
        raise
    # Only now: set before, they would let it bind what another test holds.
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    port: int = holder.getsockname()[1]
    _held[port] = holder
    return port


def release_port(port: int) -> None:
    """Let anybody have it again."""
    _held.pop(port).close()
