"""`sandbox NAME`: one upstream alone."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from tests.plain import NO_TLS
from tests.sandbox.serving import list_once, login
from tests.stack.gateways import NAMES
from tests.stack.processes import BOUND_SECONDS, Commands, wait_until
from tests.tcp_ports import reserve_port


@pytest.mark.parametrize("name", NAMES)
def test_its_ready_account_lists_the_gallery(
    sandboxes: dict[str, str], name: str
) -> None:
    async def list_as_demo() -> httpx.Response:
        address = sandboxes[name]
        async with httpx.AsyncClient(
            verify=NO_TLS, base_url=address, timeout=BOUND_SECONDS
        ) as client:
            return await list_once(client, name, await login(client, name))

    answer = asyncio.run(list_as_demo())

    assert answer.is_success
    assert answer.json()


def test_it_tells_its_address_its_account_and_its_controls(commands: Commands) -> None:
    port = str(reserve_port())
    sandbox = commands.start("sandbox", "piktid", "--port", port)
    sandbox.until_it_answers(f"http://127.0.0.1:{port}/_sandbox")

    ended = sandbox.end()

    assert ended.code == 0
    assert f"http://127.0.0.1:{port}" in ended.out
    assert "the token demo" in ended.out
    assert "/_sandbox" in ended.out


def test_it_refuses_a_port_that_is_taken(commands: Commands) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        ended = commands.run("sandbox", "avatar", "--port", port)

    assert ended.code == 1
    assert f"port {port}: Address already in use" in ended.err


def test_who_ends_it_while_it_starts_ends_it_in_an_orderly_way(
    commands: Commands,
) -> None:
    port = reserve_port()
    sandbox = commands.start("sandbox", "piktid", "--port", str(port))
    wait_until(lambda: is_open(port), "the sandbox to listen")

    ended = sandbox.end()

    assert ended.code == 0
    assert ended.err == ""


def is_open(port: int) -> bool:
    """Return whether somebody listens, at the first moment and without connecting."""
    lines = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    listening = [line.split()[1] for line in lines if line.split()[3] == "0A"]
    return f"0100007F:{port:04X}" in listening
