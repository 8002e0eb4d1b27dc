"""A cluster: used as one store, while its masters die, hang, and pass slots on."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from structlog.testing import capture_logs

from gateway.adapters.redis.connection import to_servers
from gateway.adapters.redis.servers.node import LeftError
from gateway.adapters.redis.servers.slots import to_slot
from gateway.concurrency import budget
from gateway.plugin.errors import StoreError
from gateway.settings.redis_address import to_redis_address
from tests.adapters.redis.fleets import (
    TIMEOUT_SECONDS,
    Replica,
    assert_news_go_round,
    assert_refused_once,
    joined,
    until,
)
from tests.conftest import RedisServer
from tests.redis_cluster import move_slot, running_cluster, to_url

GRACE_SECONDS = 0.5


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[list[RedisServer]]:
    """Three masters, and a replica of each behind them."""
    with running_cluster(tmp_path, 3, replicas=1) as nodes:
        yield nodes


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RedisServer]]:
    """Two masters that no test harms for long."""
    with running_cluster(tmp_path_factory.mktemp("pair")) as nodes:
        yield nodes


async def test_keys_of_all_slots_are_put_and_given_in_the_order_asked_for(
    pair: list[RedisServer],
):
    values = {f"key:{number}": b"%d" % number for number in range(200)}
    values |= {f"part:{{one}}:{number}": b"%d" % number for number in range(5)}
    async with joined(to_url(pair[:1])) as (replica,):
        await replica.store.put_many(values, keep_seconds=60)

        keys = [*values, "none", *values]
        found = await replica.store.get_many(keys)

    assert found == [*values.values(), None, *values.values()]
    counts = [_count_keys(node) for node in pair]
    assert min(counts) > 50


async def test_what_one_tells_is_heard_at_whichever_node_one_listens(
    pair: list[RedisServer],
):
    async with joined(to_url(pair), 8) as replicas:
        await assert_news_go_round(replicas)


async def test_scripts_run_where_their_key_is(pair: list[RedisServer]):
    async with joined(to_url(pair)) as (replica,):
        for number in range(20):
            key, mine, yours = f"claim:{number}", b"mine", b"yours"
            assert await replica.store.claim(key, mine, keep_seconds=5)
            assert not await replica.store.claim(key, yours, keep_seconds=5)
            assert await replica.store.extend_if_equal(key, mine, keep_seconds=5)
            assert await replica.store.get_or_set(key, yours, keep_seconds=5) == mine
            await replica.store.delete_if_equal(key, mine)
            assert await replica.store.add(key, 2, keep_seconds=5) == 2


async def test_a_slot_is_used_by_many_at_once_while_it_is_moved(
    pair: list[RedisServer],
):
    tag = "{moved}"
    slot = to_slot(tag)
    source, target = _by_ownership(pair, slot)
    keys = [f"{tag}:{number}" for number in range(40)]
    values = {key: key.encode() for key in keys}
    with capture_logs() as logs:
        async with joined(to_url(pair), 2) as (one, other):
            await one.store.put_many(values, keep_seconds=60)
            for step in move_slot(source, target, slot):
                await asyncio.gather(
                    _use(one, keys, step), *(_use(other, keys, step) for _ in range(3))
                )

    assert [entry["event"] for entry in logs] == []
    assert _count_keys(source, f"test:{tag}*") == 0


async def _use(replica: Replica, keys: list[str], step: str) -> None:
    """Use a slot's keys in every way; none of it may fail."""
    found = await replica.store.get_many(keys)
    assert found == [key.encode() for key in keys]
    for key in keys[:3]:
        assert await replica.store.get(key) == key.encode()
    await replica.store.put_many(dict(zip(keys, found, strict=True)), keep_seconds=60)
    await replica.store.add(f"{keys[0]}:count:{step}", 1, keep_seconds=60)
    await replica.store.put(f"{keys[0]}:new:{step}", b"new", keep_seconds=60)
    assert await replica.store.get(f"{keys[0]}:new:{step}") == b"new"


async def test_a_cluster_that_was_left_is_not_connected_to_again(
    pair: list[RedisServer],
):
    address = to_redis_address(to_url(pair[:1]))
    found, new = to_servers(address), to_servers(address)
    await found.find()  # knows the other node, and has no connection to it
    again = found.again()  # knows both, and has asked neither yet
    for one in (found, again, new):
        await one.aclose()
    before = [_count_clients(node) for node in pair]

    for one in (found, again, new):
        with pytest.raises(LeftError):
            await one.try_out("test:key")

    assert [_count_clients(node) for node in pair] == before


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_master_that_is_lost_is_one_outage_and_its_replica_takes_over(
    fleet: list[RedisServer], number: signal.Signals
):
    keys = [f"key:{n}" for n in range(30)]
    with capture_logs() as logs:
        async with joined(to_url(fleet[:2]), 2) as (one, other):
            fleet[0].process.send_signal(number)
            await until(lambda: [e["event"] for e in logs].count("redis.away") == 2)

            for key in keys:
                await one.share(key, b"after")
                await other.find(key, b"after")
            await assert_news_go_round([one, other])
            await until(lambda: one.link.is_up and other.link.is_up)

    events = [entry["event"] for entry in logs]
    assert sorted(events) == ["redis.away"] * 2 + ["redis.back"] * 2


async def test_a_master_that_hangs_costs_a_request_its_budget_and_others_nothing(
    fleet: list[RedisServer],
):
    loop = asyncio.get_running_loop()
    keys = [f"key:{n}" for n in range(30)]
    async with joined(to_url(fleet)) as (replica,):
        fleet[0].process.send_signal(signal.SIGSTOP)
        taken = []
        for _ in range(4):
            begun = loop.time()
            with budget.allowing(TIMEOUT_SECONDS), pytest.raises(StoreError):
                await replica.store.get_many(keys)
            taken.append(loop.time() - begun)

    # an answer from before it hung may be seen after the first has asked
    assert min(taken[:2]) < TIMEOUT_SECONDS + GRACE_SECONDS
    assert sum(taken[2:]) < GRACE_SECONDS


async def test_a_master_that_comes_back_as_a_replica_is_nothing_to_tell(
    fleet: list[RedisServer],
):
    async with joined(to_url(fleet[1:])) as (replica,):
        fleet[0].process.send_signal(signal.SIGSTOP)
        await until(lambda: not replica.link.is_up)
        await until(lambda: replica.link.is_up)
        await until(lambda: replica.news.is_current)

        with capture_logs() as logs:
            fleet[0].process.send_signal(signal.SIGCONT)
            await until(lambda: _is_replica(fleet[0]))
            for number in range(30):
                await replica.store.put(f"key:{number}", b"1", keep_seconds=60)

    assert logs == []


async def test_one_server_that_is_no_cluster_is_told_once(own_redis: RedisServer):
    url = own_redis.url.replace("redis://", "redis+cluster://")

    await assert_refused_once(url, "it is no cluster")


def _by_ownership(nodes: list[RedisServer], slot: int) -> list[RedisServer]:
    def owns(node: RedisServer) -> bool:
        with Redis.from_url(node.url) as client:
            parts = client.execute_command("CLUSTER", "SLOTS")
            port = client.connection_pool.connection_kwargs["port"]
        return any(part[0] <= slot <= part[1] and part[2][1] == port for part in parts)

    return sorted(nodes, key=owns, reverse=True)


def _count_clients(node: RedisServer) -> int:
    with Redis.from_url(node.url) as client:
        return len(client.client_list())


def _count_keys(node: RedisServer, pattern: str = "test:*") -> int:
    with Redis.from_url(node.url) as client:
        return sum(1 for _ in client.scan_iter(pattern))


def _is_replica(node: RedisServer) -> bool:
    with Redis.from_url(node.url) as client:
        return bool(client.info("replication")["role"] == "slave")
