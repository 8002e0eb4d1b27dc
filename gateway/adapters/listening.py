"""The sockets that a server listens on."""

import socket

BACKLOG = 1_024
_SILENT_SECONDS = 3


def refuse_taken(host: str, port: int) -> None:
    """Refuse a port where a server listens: the two would share its connections.

    Raises:
        OSError: naming host, port and reason.
    """
    with socket.socket(_to_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(probe, host, port)


def listen(host: str, port: int, count: int) -> list[socket.socket]:
    """Listen on one port with so many sockets; the kernel shares out its connections.

    Raises:
        OSError: naming host, port and reason.
    """
    refuse_taken(host, port)
    listeners = [socket.socket(_to_family(host)) for _ in range(count)]
    for listener in listeners:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.settimeout(0)
        if hasattr(socket, "TCP_DEFER_ACCEPT"):
            # who says nothing is no connection of ours, and takes no descriptor
            listener.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, _SILENT_SECONDS
            )
        _bind(listener, host, port)
        listener.listen(BACKLOG)
    return listeners


def _bind(listener: socket.socket, host: str, port: int) -> None:
    try:
        listener.bind((host, port))
    except OSError as error:
        reason = error.strerror or "not available"
        raise OSError(f"cannot listen on {host} port {port}: {reason}") from error


def _to_family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
