"""Connections that are read from no further ahead than there is use for it.

An asyncio transport has taken in 128 KiB and more before it can be paused, for each
file that goes to a slow client. Reading from the socket itself leaves that to the
kernel, in steps that are the smaller the more connections there are: few are fast, and
many do not take more memory than few. TLS is anyio's, HTTP is httpcore's.
"""

import asyncio
import select
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import aiohappyeyeballs
import anyio
import httpcore
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream

from gateway.adapters.http.preliminary import Sieve
from gateway.concurrency.timeouts import within

LEAST_STEP_BYTES, MOST_STEP_BYTES = 2**13, 2**18
_CROWD = 4
"""From so many connections on each reads less at a time."""
_NEXT_FAMILY_SECONDS = 0.25
"""When the next address of a host is tried beside one that is slow (RFC 8305)."""

Address: TypeAlias = tuple[int, int, int, str, Any]
"""One of a host's addresses, as `getaddrinfo` gives it."""
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[Address]]]
"""Finds a host's addresses; raises what keeps all of them from being connected to."""


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Find a host's addresses.

    Raises:
        OSError: it has none.
    """
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Steps:
    """How much is read at a time: the fewer connections are open, the more.

    It falls with their square: a step is held several times on its way to a client,
    and each connection takes some memory of its own.
    """

    def __init__(self) -> None:
        self._open = 0

    @property
    def size_bytes(self) -> int:
        crowding = max(self._open / _CROWD, 1.0)
        return max(int(MOST_STEP_BYTES / crowding**2), LEAST_STEP_BYTES)

    def open(self) -> None:
        self._open += 1

    def close(self) -> None:
        self._open -= 1


class Network(httpcore.AsyncNetworkBackend):
    """Connects to what `resolve` gives, and to nothing else."""

    def __init__(self, steps: Steps, to_addresses: Resolve = resolve) -> None:
        self._steps = steps
        self._resolve = to_addresses

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's port
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        with _translating(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with within(timeout):
                made = await aiohappyeyeballs.start_connection(
                    await self._resolve(host, port),
                    happy_eyeballs_delay=_NEXT_FAMILY_SECONDS,
                )
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Connection(Stepwise(made, self._steps), made)


class Stepwise(ByteStream):
    """A connected socket, read a step at a time."""

    def __init__(self, made: socket.socket, steps: Steps) -> None:
        self._socket = made
        self._steps = steps
        self._loop = asyncio.get_running_loop()

    async def receive(self, max_bytes: int = MOST_STEP_BYTES) -> bytes:
        # where bytes are there already nothing below waits, and who copies them on as
        # fast as they come would keep everybody else from the loop
        await asyncio.sleep(0)
        size = min(max_bytes, self._steps.size_bytes)
        # uvloop's own way registers the socket and waits also for what is there already
        try:
            chunk = self._socket.recv(size)
        except BlockingIOError:
            chunk = await self._loop.sock_recv(self._socket, size)
        if not chunk:
            raise anyio.EndOfStream
        return chunk

    async def send(self, item: bytes) -> None:
        await self._loop.sock_sendall(self._socket, item)

    async def send_eof(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    async def aclose(self) -> None:
        self._socket.close()

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        return {}


class _Connection(httpcore.AsyncNetworkStream):
    """What httpcore reads from and writes to, packed in TLS or plain."""

    def __init__(self, stream: ByteStream, made: socket.socket) -> None:
        self._stream = stream
        self._socket = made
        self._sieve = Sieve()

    async def read(
        self,
        max_bytes: int,  # noqa: ARG002  # of no use: a step is smaller, or pays
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's port
    ) -> bytes:
        with _translating(httpcore.ReadTimeout, httpcore.ReadError):
            async with within(timeout):
                try:
                    while (chunk := await self._read()) is None:
                        pass
                except anyio.EndOfStream:
                    return b""
                return chunk

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's port
    ) -> None:
        with _translating(httpcore.WriteTimeout, httpcore.WriteError):
            async with within(timeout):
                self._sieve.begin()
                await self._stream.send(buffer)

    async def _read(self) -> bytes | None:
        return self._sieve.pass_on(await self._stream.receive(MOST_STEP_BYTES))

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's port
    ) -> httpcore.AsyncNetworkStream:
        with _translating(httpcore.ConnectTimeout, httpcore.ConnectError):
            try:
                async with within(timeout):
                    packed = await TLSStream.wrap(
                        self._stream,
                        server_side=False,
                        hostname=server_hostname,
                        ssl_context=ssl_context,
                        standard_compatible=False,
                    )
            except BaseException:
                await self.aclose()
                raise
        return _Connection(packed, self._socket)

    async def aclose(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        """Tell httpcore's pool of a connection that has ended while it was idle."""
        return self._is_readable() if info == "is_readable" else None

    def _is_readable(self) -> bool:
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))


@contextmanager
def _translating(
    late: type[httpcore.TimeoutException], broken: type[httpcore.NetworkError]
) -> Iterator[None]:
    """Turn what sockets raise into httpcore's own."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except (
        OSError,
        anyio.EndOfStream,
        anyio.BrokenResourceError,
        anyio.ClosedResourceError,
    ) as error:
        raise broken(str(error)) from error
