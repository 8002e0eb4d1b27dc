"""A master under sentinels: found by them, left once they name another one."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from structlog.testing import capture_logs

from gateway.adapters.redis.servers.sentinel import MasterReport, choose, to_report
from gateway.ports.stores import SharedRedis
from tests.adapters.redis.fleets import (
    assert_news_go_round,
    assert_refused_once,
    joined,
    until,
)
from tests.conftest import RedisServer
from tests.redis_cluster import port_of
from tests.redis_sentinel import Trio, running_trio

ANSWER = [
    *(b"name", b"main", b"ip", b"10.0.0.1", b"port", b"6379"),
    *(b"flags", b"master,s_down", b"num-slaves", b"2", b"config-epoch", b"3"),
]


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[Trio]:
    with running_trio(tmp_path) as running:
        yield running


def test_what_a_sentinel_tells_is_read():
    told = to_report(ANSWER)

    assert told == MasterReport(
        host="10.0.0.1", port=6379, epoch=3, is_down=True, replicas=2
    )
    assert told.place == "10.0.0.1:6379"


def test_the_latest_word_counts_and_of_equals_a_master_that_is_up():
    former = MasterReport(host="a", port=1, epoch=1, is_down=False, replicas=2)
    down = MasterReport(host="b", port=1, epoch=2, is_down=True, replicas=2)
    up = MasterReport(host="c", port=1, epoch=2, is_down=False, replicas=2)

    assert choose([former, down]) is down
    assert choose([former, down, up]) is up


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_master_that_is_lost_is_one_outage_and_another_takes_over(
    trio: Trio, number: signal.Signals
):
    first = trio.servers[0]
    with capture_logs() as logs:
        async with joined(trio.url, 2) as (one, other):
            first.process.send_signal(number)
            await until(lambda: [e["event"] for e in logs].count("redis.away") == 2)

            await one.share("key", b"after")
            await other.find("key", b"after")
            await assert_news_go_round([one, other])
            await until(lambda: one.link.is_up and other.link.is_up)

            first.process.send_signal(signal.SIGCONT)
            second = trio.wait_for_another(first)
            await one.store.put("later", b"1", keep_seconds=60)
            assert await other.store.get("later") == b"1"

    events = [entry["event"] for entry in logs]
    assert sorted(events) == ["redis.away"] * 2 + ["redis.back"] * 2
    assert _has(second, "test:later")


async def test_a_master_that_only_its_sentinels_have_lost_is_left(trio: Trio):
    first = trio.servers[0]
    for server in trio.servers:
        with Redis.from_url(server.url) as client:
            rights = ("on", ">pass", "~*", "&*", "+@all")
            client.execute_command("ACL", "SETUSER", "gateway", *rights)
            client.config_set("masteruser", "gateway")
            client.config_set("masterauth", "pass")
    url = trio.url.replace("://", "://gateway:pass@")  # which sentinels do not know
    with capture_logs() as logs:
        async with joined(url, 2) as (one, other):
            await one.store.put("before", b"1", keep_seconds=60)
            _shut_out_sentinels(first)
            second = trio.wait_for_another(first)

            await until(lambda: [e["event"] for e in logs].count("redis.back") == 2)
            await one.share("after", b"1")
            await other.find("after", b"1")
            await assert_news_go_round([one, other])

    assert _has(second, "test:after")
    events = [entry["event"] for entry in logs]
    assert sorted(events) == ["redis.away"] * 2 + ["redis.back"] * 2


async def test_it_is_told_which_server_it_is_and_of_which_kind(trio: Trio):
    async with joined(trio.url) as (replica,):
        await until(lambda: replica.link.described is not None)
        told = replica.link.described
        with Redis.from_url(trio.servers[0].url) as client:
            info = client.info("server")
    is_valkey = "valkey_version" in info

    assert told == SharedRedis(
        kind="sentinel",
        masters=(f"127.0.0.1:{port_of(trio.servers[0])}",),
        nodes=3,
        version=f"Valkey {info['valkey_version']}"
        if is_valkey
        else f"Redis {info['redis_version']}",
        eviction_policy="noeviction",
    )


async def test_a_user_who_may_not_know_is_told_the_rest(trio: Trio):
    with Redis.from_url(trio.servers[0].url) as client:
        rights = ("on", ">pass", "~*", "&*", "+@all", "-info")
        client.execute_command("ACL", "SETUSER", "poor", *rights)

    async with joined(trio.url.replace("://", "://poor:pass@")) as (replica,):
        await until(lambda: replica.link.described is not None)
        told = replica.link.described

    assert told is not None
    assert (told.version, told.eviction_policy, told.nodes) == (None, None, 3)


async def test_a_master_goes_on_without_its_sentinels(trio: Trio):
    with capture_logs() as logs:
        async with joined(trio.url) as (replica,):
            for sentinel in trio.sentinels:
                sentinel.process.kill()
                sentinel.process.wait()
            await replica.link.servers.again().aclose()

            for number in range(200):
                await replica.store.put(f"key:{number}", b"1", keep_seconds=60)
            await assert_news_go_round([replica])

    assert logs == []


async def test_one_sentinel_of_three_is_enough_to_find_the_master(trio: Trio):
    trio.sentinels[0].process.kill()
    trio.sentinels[1].process.send_signal(signal.SIGSTOP)

    with capture_logs() as logs:
        async with joined(trio.url) as (replica,):
            await replica.store.put("key", b"1", keep_seconds=60)

    assert logs == []
    trio.sentinels[1].process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("/main/", "/other/"), "its sentinels know no master of that name"),
        (("", ""), "it is no sentinel"),
    ],
)
async def test_what_is_no_master_of_sentinels_is_told_once(
    trio: Trio, own_redis: RedisServer, change: tuple[str, str], reason: str
):
    url = trio.url.replace(*change)
    if not change[0]:
        url = f"redis+sentinel://127.0.0.1:{port_of(own_redis)}/main"

    await assert_refused_once(url, reason)


def _shut_out_sentinels(server: RedisServer) -> None:
    """Have a server answer nobody but named users: sentinels are not."""
    with Redis.from_url(server.url, username="gateway", password="pass") as client:  # noqa: S106
        client.execute_command("ACL", "SETUSER", "default", "off")
        client.execute_command("CLIENT", "KILL", "USER", "default")


def _has(server: RedisServer, key: str) -> bool:
    with Redis.from_url(server.url) as client:
        return bool(client.exists(key))
