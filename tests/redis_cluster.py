"""A Redis cluster of a test's own: several nodes, each with its part of the slots."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from redis import Redis

from tests.conftest import RedisServer, running_redis

_SLOTS = 16_384
_SECONDS = 30.0


@contextmanager
def running_cluster(folder: Path, count: int = 2) -> Iterator[list[RedisServer]]:
    """Run the nodes; all know each other, and every slot is somebody's."""
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
    with ExitStack() as stack:
        nodes = []
        for number in range(count):
            (home := folder / f"node-{number}").mkdir()
            nodes.append(stack.enter_context(running_redis(home, options=options)))
        clients = [stack.enter_context(Redis.from_url(node.url)) for node in nodes]
        for number, client in enumerate(clients):
            first, last = number * _SLOTS // count, (number + 1) * _SLOTS // count
            client.execute_command("CLUSTER", "ADDSLOTS", *range(first, last))
            port = clients[0].connection_pool.connection_kwargs["port"]
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", port)
        _wait_until_whole(clients)
        yield nodes


def _wait_until_whole(clients: list["Redis[bytes]"]) -> None:
    ends_at = time.monotonic() + _SECONDS
    while not all(map(_is_whole, clients)):
        assert time.monotonic() < ends_at, "the nodes do not make a cluster"
        time.sleep(0.05)


def _is_whole(client: "Redis[bytes]") -> bool:
    told = client.execute_command("CLUSTER", "INFO")
    return b"cluster_state:ok" in told and b"cluster_slots_ok:%d" % _SLOTS in told
