"""What an operator is told of an upstream that cannot be called, over real sockets."""

import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

from gateway.adapters.files.fetch import Fetch, Fetching
from gateway.adapters.http.certificates import to_context
from gateway.adapters.http.upstream import ResponseLimits, Upstream
from gateway.media.files import MediaCall
from gateway.plugin.errors import UnavailableError
from gateway.plugin.provider import HttpCall
from tests.fakes import FakeClock
from tests.tcp_ports import reserve_port
from tests.tls import make_certificate

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
SECONDS = 1.0


@contextmanager
def serving(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve each connection so; give the port."""

    def run() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                with suppress(OSError), connection:
                    serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


@asynccontextmanager
async def calling(base_url: str, ca_file: str = "") -> AsyncIterator[Upstream]:
    limits = ResponseLimits(timeout_seconds=SECONDS, max_concurrency=1)
    upstream = Upstream(base_url, limits, FakeClock(), ca_file=ca_file)
    yield upstream
    await upstream.aclose()


@asynccontextmanager
async def fetching(base_url: str, ca_file: str = "") -> AsyncIterator[Fetch]:
    fetch = Fetch(
        Fetching(
            base_url=base_url,
            media_hosts=(),
            allow_private_addresses=True,
            timeout_seconds=SECONDS,
            ca_file=ca_file,
        )
    )
    yield fetch
    await fetch.aclose()


async def reasons_of(base_url: str) -> list[str]:
    """Return why a list cannot be read from there, and a file not be fetched."""
    async with calling(base_url) as upstream, fetching(base_url) as fetch:
        with pytest.raises(UnavailableError) as listed:
            await upstream.send(HttpCall(method="GET", path="/list"))
        with pytest.raises(UnavailableError) as fetched:
            await fetch.open(MediaCall(address="/file"))
    return [str(listed.value), str(fetched.value)]


async def test_a_certificate_of_nobody_known_is_told(tmp_path: Path) -> None:
    _, served = make_certificate(tmp_path)

    def serve(connection: socket.socket) -> None:
        served.wrap_socket(connection, server_side=True)

    with serving(serve) as port:
        reasons = await reasons_of(f"https://localhost:{port}")

    told = "its certificate is not trusted: self-signed certificate"
    assert reasons == [told, told]


async def test_a_certificate_of_another_name_is_told(tmp_path: Path) -> None:
    chain, served = make_certificate(tmp_path)

    def serve(connection: socket.socket) -> None:
        served.wrap_socket(connection, server_side=True)

    with serving(serve) as port:
        base_url = f"https://127.0.0.1:{port}"
        async with calling(base_url, str(chain)) as upstream:
            with pytest.raises(UnavailableError) as told:
                await upstream.send(HttpCall(method="GET", path="/list"))

    assert "certificate is not trusted: IP address mismatch" in str(told.value)


async def test_a_file_of_certificates_is_trusted_besides(tmp_path: Path) -> None:
    chain, served = make_certificate(tmp_path)

    def serve(connection: socket.socket) -> None:
        with served.wrap_socket(connection, server_side=True) as one:
            one.recv(65_536)
            one.sendall(ANSWER)

    with serving(serve) as port:
        base_url = f"https://localhost:{port}"
        async with (
            calling(base_url, str(chain)) as upstream,
            fetching(base_url, str(chain)) as fetch,
        ):
            listed = await upstream.send(HttpCall(method="GET", path="/list"))
            fetched = await fetch.open(MediaCall(address="/file"))
            await fetched.aclose()

    assert (listed.status, listed.body, fetched.status) == (200, b"{}", 200)


async def test_the_systems_certificates_may_be_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, served = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    to_context.cache_clear()

    def serve(connection: socket.socket) -> None:
        with served.wrap_socket(connection, server_side=True) as one:
            one.recv(65_536)
            one.sendall(ANSWER)

    with serving(serve) as port:
        async with calling(f"https://localhost:{port}") as upstream:
            answer = await upstream.send(HttpCall(method="GET", path="/list"))
    to_context.cache_clear()

    assert answer.status == 200


async def test_a_server_that_speaks_no_tls_is_told() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(serve) as port:
        reasons = await reasons_of(f"https://localhost:{port}")

    assert all(reason.startswith("no TLS connection") for reason in reasons), reasons


async def test_a_refused_connection_is_told() -> None:
    reasons = await reasons_of(f"http://127.0.0.1:{reserve_port()}")

    assert reasons == ["it refused the connection"] * 2


async def test_a_name_that_is_nobodys_is_told() -> None:
    reasons = await reasons_of("http://gallery.invalid")

    assert reasons == ["its name cannot be resolved"] * 2


async def test_a_server_that_says_nothing_is_told() -> None:
    is_over = threading.Event()

    def serve(connection: socket.socket) -> None:
        is_over.wait(10)

    with serving(serve) as port:
        reasons = await reasons_of(f"http://127.0.0.1:{port}")
        is_over.set()

    assert reasons == ["no connection, or no answer in time"] * 2


@pytest.mark.parametrize("is_reset", [True, False])
async def test_a_connection_that_ends_is_told(*, is_reset: bool) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65_536)
        linger = struct.pack("ii", is_reset, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    with serving(serve) as port:
        reasons = await reasons_of(f"http://127.0.0.1:{port}")

    assert reasons == ["no connection, or it broke off"] * 2
