"""Answers that begin before the body was read; each read from a socket as it comes."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pytest

from tests.api.world import MINTER, READER, World

_MINTER, _READER = f"Authorization: Bearer {MINTER}", f"Authorization: Bearer {READER}"
_PIECE = b" " * 65_536
_GOOD = f"POST /v1/tokens HTTP/1.1\r\nHost: gateway\r\n{_MINTER}\r\nContent-Length: 2\r\n\r\n"

REFUSED = {
    "nobody": ("POST /v1/tokens", "", 401),
    "no route": ("POST /v1/nowhere", _MINTER, 404),
    "no path": ("POST /nowhere", "", 404),
    "no method": ("POST /v1/gallery", _READER, 405),
    "a parameter": ("POST /v1/tokens?ttl=1", _MINTER, 400),
    "no scope": ("POST /v1/tokens", _READER, 403),
    "a list": ("GET /v1/gallery?limit=1", _READER, 200),
    "health": ("GET /health/live", "", 200),
}
cases = pytest.mark.parametrize(
    ("line", "header", "status"), REFUSED.values(), ids=REFUSED
)


@cases
def test_a_body_that_comes_with_its_head_leaves_the_connection_open(
    world: World, line: str, header: str, status: int
) -> None:
    with _connected(world) as (connection, answers):
        for _ in range(20):
            connection.sendall(_to_head(line, header, len(_PIECE)) + _PIECE)

            assert "close" not in _read(answers, status)
        connection.sendall(_GOOD.encode() + b"{}")
        _read(answers, 201)


@pytest.mark.parametrize("case", ["nobody", "a list"])
def test_an_answer_before_the_end_of_a_body_says_that_it_is_the_last(
    world: World, case: str
) -> None:
    line, header, status = REFUSED[case]
    with _connected(world) as (connection, answers):
        connection.sendall(_to_head(line, header, len(_PIECE)) + _PIECE[:100])

        assert _read(answers, status) == "close"
        connection.shutdown(socket.SHUT_WR)
        assert answers.read() == b""


def test_a_body_without_an_end_is_not_waited_for(world: World) -> None:
    with _connected(world) as (connection, answers):
        connection.sendall(_to_head("POST /v1/tokens", "", 100) + b"{")

        assert _read(answers, 401) == "close"
        assert answers.read() == b""


@cases
def test_who_sends_all_before_reading_has_the_answer(
    world: World, line: str, header: str, status: int
) -> None:
    with _connected(world) as (connection, answers):
        connection.sendall(_to_head(line, header, 100 * len(_PIECE)))
        for _ in range(100):
            connection.sendall(_PIECE)

        assert _read(answers, status) == "close"
        assert answers.read() == b""


def test_a_body_in_chunks_that_is_too_large_is_told_of_and_read(world: World) -> None:
    chunk = b"10000\r\n" + _PIECE + b"\r\n"
    head = f"POST /v1/tokens HTTP/1.1\r\nHost: gateway\r\n{_MINTER}\r\n"
    with _connected(world) as (connection, answers):
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(40):
            connection.sendall(chunk)
        connection.sendall(b"0\r\n\r\n")

        assert _read(answers, 413) == "close"
        assert answers.read() == b""


def test_a_body_that_waits_to_be_asked_for_is_not(world: World) -> None:
    with _connected(world) as (connection, answers):
        head = _to_head("POST /v1/nowhere", f"{_MINTER}\r\nExpect: 100-continue", 10)
        connection.sendall(head)

        assert _read(answers, 404) == "close"


def test_a_body_that_is_wanted_is_asked_for(world: World) -> None:
    with _connected(world) as (connection, answers):
        connection.sendall(
            _to_head("POST /v1/tokens", f"{_MINTER}\r\nExpect: 100-continue", 2)
        )
        assert answers.readline().split()[1] == b"100"
        assert answers.readline() == b"\r\n"
        connection.sendall(b"{}")

        assert "close" not in _read(answers, 201)


@contextmanager
def _connected(world: World) -> Iterator[tuple[socket.socket, BinaryIO]]:
    address = (world.gateway.base_url.host, world.gateway.base_url.port or 80)
    with (
        socket.create_connection(address, timeout=10) as connection,
        connection.makefile("rb") as answers,
    ):
        yield connection, answers


def _to_head(line: str, header: str, length: int) -> bytes:
    lines = [f"{line} HTTP/1.1", "Host: gateway", f"Content-Length: {length}"]
    return "\r\n".join([*lines, *([header] if header else []), "", ""]).encode()


def _read(answers: BinaryIO, status: int) -> str:
    """Read one answer to its end, and return what it says of its connection."""
    assert int(answers.readline().split()[1]) == status
    headers: dict[str, str] = {}
    while line := answers.readline().strip().decode():
        name, _, value = line.partition(": ")
        assert name not in headers
        headers[name] = value
    answers.read(int(headers["content-length"]))
    return headers.get("connection", "")
