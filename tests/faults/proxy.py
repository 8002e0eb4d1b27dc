"""A proxy in front of a sandbox that breaks list calls as it is told."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeAlias

Play: TypeAlias = Callable[["Call"], Awaitable[None]]

_HEAD_END = b"\r\n\r\n"


class Call:
    """One call: its request as it came, its way back, and the real upstream."""

    def __init__(
        self, request: bytes, writer: asyncio.StreamWriter, upstream_port: int
    ) -> None:
        self.request = request
        self._writer = writer
        self._upstream_port = upstream_port

    async def send(self, content: bytes) -> None:
        self._writer.write(content)
        await self._writer.drain()

    async def answer(
        self, status: str, body: bytes, *headers: str, length: int | None = None
    ) -> None:
        """Answer; `length` promises another one than the body's."""
        lines = [
            f"HTTP/1.1 {status}",
            f"Content-Length: {len(body) if length is None else length}",
            "Connection: close",
            *headers,
        ]
        await self.send("\r\n".join(lines).encode() + _HEAD_END + body)

    async def forward(self) -> bytes:
        """Return the real upstream's whole answer, head and body."""
        host = "127.0.0.1"
        reader, writer = await asyncio.open_connection(host, self._upstream_port)
        head, _, body = self.request.partition(_HEAD_END)
        kept = [
            line
            for line in head.split(b"\r\n")
            if not line.lower().startswith((b"connection:", b"accept-encoding:"))
        ]
        writer.write(b"\r\n".join([*kept, b"Connection: close"]) + _HEAD_END + body)
        await writer.drain()
        try:
            return await reader.read()
        finally:
            writer.close()

    async def body(self) -> bytes:
        """Return the real upstream's body."""
        return (await self.forward()).partition(_HEAD_END)[2]

    async def entries(self) -> tuple[Any, list[Any]]:
        """Return the real answer, and the list of entries in it."""
        answer = json.loads(await self.body())
        if isinstance(answer, list):
            return answer, answer
        return answer, answer.get("jobs", answer.get("gallery_urls"))

    def reset(self) -> None:
        """Break the connection off with a RST."""
        self._writer.transport.abort()


class Proxy:
    """Listens on one port; `fault` befalls list calls, for `times` of them if set."""

    def __init__(self, upstream_port: int, list_path: str) -> None:
        self.port = 0
        self.calls = 0
        self._upstream_port = upstream_port
        self._list_path = list_path.encode()
        self._fault: Play | None = None
        self._times: int | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, limit=2**20
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening, and break off what is open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def break_with(self, fault: Play, times: int | None = None) -> None:
        self._fault, self._times = fault, times

    async def heal(self) -> None:
        self._fault = self._times = None
        for writer in list(self._open):
            writer.transport.abort()
        if self._server is None:
            await self.open()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._open.add(writer)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                request = await _read_request(reader)
                call = Call(request, writer, self._upstream_port)
                await self._choose(request)(call)
        finally:
            self._open.discard(writer)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _choose(self, request: bytes) -> Play:
        if self._list_path not in request.partition(b"\r\n")[0]:
            return pass_on
        self.calls += 1
        if self._fault is None or self._times == 0:
            return pass_on
        if self._times is not None:
            self._times -= 1
        return self._fault


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(_HEAD_END)
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return head + await reader.readexactly(length)


async def pass_on(call: Call) -> None:
    head, _, body = (await call.forward()).partition(_HEAD_END)
    lines = [
        line
        for line in head.split(b"\r\n")
        if not line.lower().startswith(b"connection:")
    ]
    await call.send(b"\r\n".join([*lines, b"Connection: close"]) + _HEAD_END + body)


def pack(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)
