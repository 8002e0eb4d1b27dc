"""Connections over real sockets, plain and in TLS, and how far ahead they read."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpcore
import httpx
import pytest

from gateway.adapters.files.sockets import (
    LEAST_STEP_BYTES,
    Network,
    Steps,
    Stepwise,
    resolve,
)
from gateway.adapters.files.streaming import Streaming
from tests.busy import behind
from tests.tls import make_certificate

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n"
SIZE = 3_000_000
BODY = bytes(range(250)) * (SIZE // 250)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request on a connection with the same file."""
    while await reader.readline():
        while await reader.readline() != b"\r\n":
            pass
        writer.write(HEAD % SIZE + BODY)
        await writer.drain()


@asynccontextmanager
async def serving(
    serve: Serve, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Serve connections so, and leave none behind; give the port."""
    going: set[asyncio.Task[None]] = set()

    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        going.add(task)
        with suppress(ConnectionError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()

    async with await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1]
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serving(answer) as port:
        yield port


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=Streaming(resolve)) as client:
        yield client


async def test_a_file_comes_whole_and_its_connection_is_used_again(
    port: int, client: httpx.AsyncClient
) -> None:
    first = await client.get(f"http://127.0.0.1:{port}/a")
    second = await client.get(f"http://127.0.0.1:{port}/b")

    assert first.content == second.content == BODY
    streams = [one.extensions["network_stream"] for one in (first, second)]
    assert streams[0] is streams[1]


async def test_the_more_are_open_the_less_is_read_at_a_time(
    port: int, client: httpx.AsyncClient
) -> None:
    async def open_one() -> tuple[httpx.Response, int]:
        request = client.build_request("GET", f"http://127.0.0.1:{port}/")
        opened = await client.send(request, stream=True)
        chunks = opened.aiter_raw()
        await anext(chunks)
        return opened, len(await anext(chunks))

    alone, most = await open_one()
    crowd = [await open_one() for _ in range(40)]
    _, least = crowd[-1]
    for opened, _ in [*crowd, (alone, 0)]:
        await opened.aclose()
    again, regained = await open_one()
    await again.aclose()

    assert least <= LEAST_STEP_BYTES
    assert most > 2 * least
    assert regained > 2 * least


async def test_a_file_comes_whole_over_tls(tmp_path: Path) -> None:
    chain, served = make_certificate(tmp_path)
    trusted = ssl.create_default_context(cafile=str(chain))

    async with (
        serving(answer, served) as port,
        httpcore.AsyncConnectionPool(
            ssl_context=trusted, network_backend=Network(Steps())
        ) as pool,
    ):
        got = await pool.request("GET", f"https://localhost:{port}/")

    assert got.content == BODY


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    _, served = make_certificate(tmp_path)

    async with (
        serving(answer, served) as port,
        httpx.AsyncClient(transport=Streaming(resolve)) as client,
    ):
        with pytest.raises(httpcore.ConnectError):
            await client.get(f"https://localhost:{port}/")


async def test_a_connection_that_ended_while_idle_is_not_used_again(
    client: httpx.AsyncClient,
) -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % 1 + b"x")

    async with serving(once) as port:
        answers = []
        for _ in range(3):
            answers.append(await client.get(f"http://127.0.0.1:{port}/"))
            await asyncio.sleep(0.05)

    assert [one.content for one in answers] == [b"x"] * 3


async def test_what_does_not_answer_in_time_is_left() -> None:
    async def wait(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()  # until the other side ends

    async with (
        serving(wait) as port,
        httpx.AsyncClient(transport=Streaming(resolve), timeout=0.1) as client,
    ):
        with pytest.raises(httpcore.ReadTimeout):
            await client.get(f"http://127.0.0.1:{port}/")


async def test_a_process_that_is_behind_takes_no_host_for_away() -> None:
    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % 1 + b"x")

    async with (
        serving(answer) as port,
        httpx.AsyncClient(transport=Streaming(resolve), timeout=0.02) as client,
        behind(0.05),
    ):
        answered = await client.get(f"http://127.0.0.1:{port}/")

    assert answered.content == b"x"


async def test_who_copies_what_is_there_lets_the_others_have_the_loop() -> None:
    here, there = socket.socketpair()
    with here, there:
        here.settimeout(0)
        there.sendall(bytes(20_000))
        stream, turns = Stepwise(here, Steps()), 0

        async def take_turns() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        other = asyncio.create_task(take_turns())
        for _ in range(200):
            await stream.receive(100)
        other.cancel()

    assert turns >= 200
