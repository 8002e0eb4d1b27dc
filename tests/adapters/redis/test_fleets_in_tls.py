"""Sentinels with their master, and a cluster, in TLS: each connection, by its certificate."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import msgspec
import pytest
from cryptography.x509 import IPAddress
from structlog.testing import capture_logs

from gateway.adapters.redis.connection import Connection
from gateway.plugin.errors import StoreError
from tests.adapters.redis.fleets import (
    TIMEOUT_SECONDS,
    assert_news_go_round,
    joined,
)
from tests.conftest import running_redis
from tests.redis_cluster import port_of, running_cluster
from tests.redis_sentinel import SERVICE, running_sentinel
from tests.tls import in_tls_or_not, make_certificate

KEYS = 200
HERE = IPAddress(IPv4Address("127.0.0.1"))
"""By its address a fleet tells of each server."""


@contextmanager
def sentinels(folder: Path, served: ssl.SSLContext) -> Iterator[str]:
    with ExitStack() as stack:
        master = stack.enter_context(running_redis(folder))
        port = stack.enter_context(in_tls_or_not(port_of(master), served))
        announced = msgspec.structs.replace(master, url=f"redis://127.0.0.1:{port}/0")
        sentinel = stack.enter_context(running_sentinel(folder, 0, announced))
        asked = stack.enter_context(in_tls_or_not(port_of(sentinel), served))
        yield f"rediss+sentinel://127.0.0.1:{asked}/{SERVICE}/0"


@contextmanager
def cluster(folder: Path, served: ssl.SSLContext) -> Iterator[str]:
    with ExitStack() as stack:
        ports: list[int] = []

        def announce(port: int) -> int:
            ports.append(stack.enter_context(in_tls_or_not(port, served)))
            return ports[-1]

        stack.enter_context(running_cluster(folder, 2, announce=announce))
        yield f"rediss+cluster://127.0.0.1:{ports[0]}/"


@pytest.mark.parametrize("fleet", [sentinels, cluster])
async def test_all_of_a_fleet_is_reached_in_tls(fleet, tmp_path: Path):
    chain, served = make_certificate(tmp_path, HERE)
    keys = [f"key:{number}" for number in range(KEYS)]

    with fleet(tmp_path, served) as url, capture_logs() as logs:
        async with joined(url, 2, ca_file=str(chain)) as (one, other):
            for key in keys:
                await one.store.put(key, key.encode(), keep_seconds=60)
            found = [await other.store.get(key) for key in keys]
            await assert_news_go_round([one, other])

    assert found == [key.encode() for key in keys]
    assert logs == []


@pytest.mark.parametrize("fleet", [sentinels, cluster])
async def test_a_certificate_of_nobody_known_is_not_trusted(fleet, tmp_path: Path):
    _, served = make_certificate(tmp_path, HERE)

    with fleet(tmp_path, served) as url, capture_logs() as logs:
        link = Connection(url, prefix="test:", timeout_seconds=TIMEOUT_SECONDS)
        await link.open()
        with pytest.raises(StoreError):
            await link.ask("GET", "test:key")
        await link.close()

    assert "redis.away" in {entry["event"] for entry in logs}
