"""Servers in TLS, with certificates of a test's own authority."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_HANDSHAKE = b"\x16"
"""What a connection in TLS begins with (RFC 8446, 5.1)."""


def make_certificate(
    folder: Path, *more: x509.GeneralName
) -> tuple[Path, ssl.SSLContext]:
    """Write a certificate for localhost, signed by itself; give what serves with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)  # the clock that TLS goes by
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), *more]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(chain, secret)
    return chain, served


@contextmanager
def in_tls(address: str, served: ssl.SSLContext) -> Iterator[str]:
    """Yield the `https` address at which what `address` serves is served in TLS."""
    port = int(address.rpartition(":")[2])
    with bridged(port, lambda one: served.wrap_socket(one, server_side=True)) as own:
        yield f"https://localhost:{own}"


@contextmanager
def in_tls_or_not(port: int, served: ssl.SSLContext) -> Iterator[int]:
    """Yield a port at which what another serves is served in TLS to who begins with it.

    The nodes of a cluster and sentinels tell others, and clients, of one address alone.
    """

    def accept(accepted: socket.socket) -> socket.socket:
        is_tls = accepted.recv(1, socket.MSG_PEEK) == _HANDSHAKE
        return served.wrap_socket(accepted, server_side=True) if is_tls else accepted

    with bridged(port, accept) as own:
        yield own


@contextmanager
def bridged(
    port: int, accept: Callable[[socket.socket], socket.socket]
) -> Iterator[int]:
    """Yield a port of which each connection is passed on once it has been accepted."""

    def bridge(accepted: socket.socket) -> None:
        with (
            suppress(OSError),
            accept(accepted) as near,
            socket.create_connection(("127.0.0.1", port)) as far,
        ):
            back = threading.Thread(target=_pour, args=(far, near), daemon=True)
            back.start()
            _pour(near, far)

    def serve() -> None:
        with suppress(OSError):
            while True:
                accepted, _ = server.accept()
                threading.Thread(target=bridge, args=(accepted,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _pour(source: socket.socket, sink: socket.socket) -> None:
    """Pass on what comes until one side has ended."""
    with suppress(OSError):
        while content := source.recv(65_536):
            sink.sendall(content)
        sink.shutdown(socket.SHUT_WR)
