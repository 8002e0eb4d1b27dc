"""The sockets that a server listens on."""

import resource
import socket

BACKLOG = 1_024
_MOST_DESCRIPTORS = 65_536
_OTHER_DESCRIPTORS = 128
"""What is left for upstreams, Redis, files and drawing processes."""
_LEAST_CONNECTIONS = 16
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


def bound_connections(workers: int) -> int:
    """Return how many connections a worker may have, after taking all descriptors there are.

    Those who say no more than half a request wait for their end without taking what
    the others' requests need.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else hard
    soft = max(soft, min(wanted, _MOST_DESCRIPTORS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(_LEAST_CONNECTIONS, min(BACKLOG // workers, soft - _OTHER_DESCRIPTORS))


def _bind(listener: socket.socket, host: str, port: int) -> None:
    try:
        listener.bind((host, port))
    except OSError as error:
        reason = error.strerror or "not available"
        raise OSError(f"cannot listen on {host} port {port}: {reason}") from error


def _to_family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
