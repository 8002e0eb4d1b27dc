"""A Redis cluster of a test's own: masters with a part of the slots each, and replicas."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from redis import Redis

from tests.conftest import RedisServer, running_redis
from tests.tcp_ports import reserve_two

_SLOTS = 16_384
_SECONDS = 30.0
_BUS_DISTANCE = 10_000
"""By how much a node's second port, on which nodes talk, is higher."""


_OPTIONS = (
    *("--cluster-enabled", "yes", "--cluster-node-timeout", "1500"),
    *("--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0"),
)


@contextmanager
def running_cluster(
    folder: Path,
    count: int = 2,
    *,
    replicas: int = 0,
    announce: Callable[[int], int] | None = None,
) -> Iterator[list[RedisServer]]:
    """Run so many masters, and behind them as many replicas for each.

    All know each other, and every slot is somebody's. `announce` returns the port that
    clients are told in place of a node's own.
    """
    with ExitStack() as stack:
        nodes = []
        for number in range(count * (1 + replicas)):
            (home := folder / f"node-{number}").mkdir()
            port = reserve_two(_BUS_DISTANCE)
            options = list(_OPTIONS)
            if announce is not None:
                options += ["--cluster-announce-port", str(announce(port))]
            running = running_redis(home, port, options=options)
            nodes.append(stack.enter_context(running))
        clients = [stack.enter_context(Redis.from_url(node.url)) for node in nodes]
        for number, client in enumerate(clients[:count]):
            first, last = number * _SLOTS // count, (number + 1) * _SLOTS // count
            client.execute_command("CLUSTER", "ADDSLOTS", *range(first, last))
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for client in clients:
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", port_of(nodes[0]))
        _wait_until(lambda: all(map(_is_whole, clients)))
        for number, client in enumerate(clients[count:]):
            _replicate(client, clients[number % count])
        _wait_until(lambda: all(map(_is_linked, clients[count:])))
        _wait_until(lambda: all(_knows(client, len(clients)) for client in clients))
        yield nodes


def port_of(node: RedisServer) -> int:
    return int(node.url.rpartition(":")[2].partition("/")[0])


def to_url(nodes: Sequence[RedisServer]) -> str:
    """Return the address of a cluster by these of its nodes."""
    places = ",".join(f"127.0.0.1:{port_of(node)}" for node in nodes)
    return f"redis+cluster://{places}/"


def move_slot(source: RedisServer, target: RedisServer, slot: int) -> Iterator[str]:
    """Move a slot step by step; each is told of before it is made, and the last one."""
    with Redis.from_url(source.url) as old, Redis.from_url(target.url) as new:
        old_id, new_id = (
            client.execute_command("CLUSTER", "MYID") for client in (old, new)
        )
        setslot = ("CLUSTER", "SETSLOT", slot)
        yield "still"
        new.execute_command(*setslot, "IMPORTING", old_id)
        old.execute_command(*setslot, "MIGRATING", new_id)
        yield "moving"
        while keys := old.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 1):
            old.execute_command(
                "MIGRATE", "127.0.0.1", port_of(target), keys[0], 0, 5_000
            )
            yield "one key moved"
        for client in (new, old):
            client.execute_command(*setslot, "NODE", new_id)
        yield "moved"


def _replicate(client: "Redis[bytes]", master: "Redis[bytes]") -> None:
    name = master.execute_command("CLUSTER", "MYID")
    _wait_until(lambda: name in client.execute_command("CLUSTER", "NODES"))
    client.execute_command("CLUSTER", "REPLICATE", name)


def _is_linked(client: "Redis[bytes]") -> bool:
    replication = client.info("replication")
    return bool(replication.get("master_link_status") == "up")


def _knows(client: "Redis[bytes]", count: int) -> bool:
    """Return whether a node has heard of all others, and which of them follow which."""
    lines = client.execute_command("CLUSTER", "NODES").splitlines()
    masters = [line for line in lines if b"master" in line.split()[2]]
    slots = client.execute_command("CLUSTER", "SLOTS")
    told = {node[1] for part in slots for node in part[2:]}
    return len(lines) == count == len(told) and len(masters) == len(slots)


def _wait_until(condition: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < ends_at, "the nodes do not make a cluster"
        time.sleep(0.05)


def _is_whole(client: "Redis[bytes]") -> bool:
    told = client.execute_command("CLUSTER", "INFO")
    return b"cluster_state:ok" in told and b"cluster_slots_ok:%d" % _SLOTS in told
