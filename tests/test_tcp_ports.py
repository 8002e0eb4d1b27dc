"""A port that a test reserved is nobody else's, and a server may listen on it."""

import socket

import pytest

from tests.tcp_ports import hold_port, release_port, reserve_port, reserve_two


def test_a_server_may_listen_on_a_port_that_is_held():
    port = reserve_port()

    with socket.create_server(("127.0.0.1", port)) as server:
        server.settimeout(10)
        with socket.create_connection(("127.0.0.1", port), timeout=10):
            server.accept()[0].close()
    release_port(port)


def test_no_port_is_held_twice():
    port = reserve_port()

    with pytest.raises(OSError, match="in use"):
        hold_port(port)
    release_port(port)


def test_of_two_ports_both_are_held():
    port = reserve_two(10_000)

    for held in (port, port + 10_000):
        with pytest.raises(OSError, match="in use"):
            hold_port(held)
        release_port(held)
