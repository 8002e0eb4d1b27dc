"""How often a call that breaks off is tried, on real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.adapters.http.retry import ATTEMPTS
from gateway.adapters.http.upstream import ResponseLimits, Upstream
from gateway.plugin.errors import UnavailableError
from gateway.plugin.provider import HttpCall
from tests.fakes import FakeClock

LIMITS = ResponseLimits(timeout_seconds=2.0, max_concurrency=4, retry_seconds=2.0)


class Breaking:
    """A server that breaks off every connection once it has a request."""

    def __init__(self) -> None:
        self.requests = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.requests += 1
        writer.transport.abort()


@asynccontextmanager
async def broken_upstream() -> AsyncIterator[tuple[Breaking, Upstream]]:
    breaking = Breaking()
    server = await asyncio.start_server(breaking.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    upstream = Upstream(f"http://127.0.0.1:{port}", LIMITS, FakeClock())
    try:
        yield breaking, upstream
    finally:
        await upstream.aclose()
        server.close()


@pytest.mark.parametrize(
    ("call", "requests"),
    [
        (HttpCall(method="GET", path="/"), ATTEMPTS),
        (HttpCall(method="POST", path="/", is_repeatable=True), ATTEMPTS),
        (HttpCall(method="POST", path="/"), 1),
    ],
)
async def test_what_breaks_off_is_tried_so_often_and_no_more(
    call: HttpCall, requests: int
) -> None:
    async with broken_upstream() as (breaking, upstream):
        with pytest.raises(UnavailableError):
            await upstream.send(call)

    assert breaking.requests == requests
