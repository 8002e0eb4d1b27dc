"""Whole files over plain sockets: next to nothing is spent on the caller's side."""

import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

BOUND_SECONDS = 60.0
_PART_BYTES = 2**18
_HEAD_END = b"\r\n\r\n"


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Do what the block does, and the threads that it starts, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def asking(address: str) -> Iterator[socket.socket]:
    """Ask for a file over a connection of its own; nothing is read yet."""
    url = httpx.URL(address)
    where = (url.host, url.port or 80)
    with socket.create_connection(where, timeout=BOUND_SECONDS) as connection:
        path = url.raw_path.decode()
        head = f"GET {path} HTTP/1.1\r\nHost: {url.host}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        yield connection


def read_file(connection: socket.socket, size_bytes: int) -> None:
    """Read an answer to its end.

    Raises:
        RuntimeError: it is not that many bytes.
    """
    buffer = bytearray(_PART_BYTES)
    view = memoryview(buffer)
    head = b""
    while _HEAD_END not in head:
        count = connection.recv_into(buffer)
        if not count:
            raise RuntimeError(f"an answer without a head: {head!r}")
        head += view[:count]
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"a wrong answer: {head[:200]!r}")
    left = size_bytes - len(head.partition(_HEAD_END)[2])
    while count := connection.recv_into(buffer, min(_PART_BYTES, left)):
        left -= count
    if left:
        raise RuntimeError(f"{left} bytes are missing")


def fetch(address: str, size_bytes: int) -> float:
    """Fetch a file; give the seconds that it took."""
    begun = time.perf_counter()
    with asking(address) as connection:
        read_file(connection, size_bytes)
    return time.perf_counter() - begun


def fetch_at_once(address: str, size_bytes: int, callers: int) -> list[float]:
    """Fetch a file so many times at once; give what each took."""
    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(lambda _: fetch(address, size_bytes), range(callers)))
