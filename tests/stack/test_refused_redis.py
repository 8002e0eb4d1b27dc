"""A Redis that is there and refuses: told once, shown, and gone on without."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from redis import Redis

from tests import plain
from tests.conftest import RedisServer
from tests.redis_cluster import running_cluster
from tests.stack.gateways import Gateway, document, serve, write
from tests.stack.processes import Commands, wait_until
from tests.stack.test_check import row_of

RIGHTS: Mapping[str, tuple[str, ...]] = {
    "its user has no right to our channel": ("+@all", "resetchannels"),
    "its user may not use EVAL": ("+@all", "&*", "-eval"),
    "its user may not use MGET": ("+@all", "&*", "-mget"),
}
"""By the reason that is told."""


def log_of(gateway: Gateway, event: str) -> list[dict[str, str]]:
    lines = gateway.command.err.splitlines()
    return [json.loads(line) for line in lines if f'"{event}"' in line]


def store_of(gateway: Gateway) -> object:
    return plain.get(f"{gateway.address}/health/ready").json()["store"]


def url_of(redis: RedisServer, *rights: str) -> str:
    """Make a user with these rights; give the address for it."""
    with Redis.from_url(redis.url) as client:
        user = ("ACL", "SETUSER", "poor", "reset", "on", ">pass", "~*", *rights)
        client.execute_command(*user)
    return redis.url.replace("redis://", "redis://poor:pass@")


@pytest.mark.parametrize("reason", RIGHTS)
def test_a_right_that_is_missing_is_told_once_shown_and_done_without(
    commands: Commands,
    sandboxes: dict[str, str],
    own_redis: RedisServer,
    tmp_path: Path,
    reason: str,
) -> None:
    url = url_of(own_redis, *RIGHTS[reason])
    path = write(tmp_path, document(sandboxes, redis={"url": url}))

    gateway = serve(commands, path)
    pages = [gateway.page(limit=limit) for limit in (3, 4, 5)]
    wait_until(lambda: store_of(gateway) == "refused", "the refusal to show")
    checked = commands.run("check", "--config", path)

    assert all(page["items"] for page in pages)
    told = log_of(gateway, "redis.refused")
    assert sum(reason in one["reason"] for one in told) == 1
    assert len({one["reason"] for one in told}) == len(told)
    assert log_of(gateway, "redis.away") == []
    assert checked.code == 1
    assert reason in row_of(checked, "redis")
    assert "pass@" not in checked.out + gateway.command.err


def test_a_right_that_is_given_later_is_noticed(
    commands: Commands,
    sandboxes: dict[str, str],
    own_redis: RedisServer,
    tmp_path: Path,
) -> None:
    url = url_of(own_redis, *RIGHTS["its user has no right to our channel"])
    gateway = serve(commands, write(tmp_path, document(sandboxes, redis={"url": url})))
    wait_until(lambda: store_of(gateway) == "refused", "the refusal to show")

    with Redis.from_url(own_redis.url) as client:
        client.execute_command("ACL", "SETUSER", "poor", "&*")
    gateway.page(limit=3)

    wait_until(lambda: store_of(gateway) == "ok", "the right to be noticed")


def test_a_right_that_is_of_no_use_is_not_required(
    commands: Commands,
    sandboxes: dict[str, str],
    own_redis: RedisServer,
    tmp_path: Path,
) -> None:
    url = url_of(own_redis, "+@all", "&*", "-info", "-config", "-@dangerous", "-@admin")
    path = write(tmp_path, document(sandboxes, redis={"url": url}))

    gateway = serve(commands, path)
    page = gateway.page(limit=3)
    checked = commands.run("check", "--config", path)

    assert page["items"]
    assert store_of(gateway) == "ok"
    assert log_of(gateway, "redis.refused") == []
    assert checked.code == 0, checked.out
    assert "does not tell its eviction policy" in row_of(checked, "redis")


def test_a_cluster_is_told_once_and_gone_on_without(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    with running_cluster(tmp_path) as nodes:
        redis = {"url": nodes[0].url}
        path = write(tmp_path, document(sandboxes, redis=redis))
        gateway = serve(commands, path)
        pages = [gateway.page(limit=limit) for limit in range(3, 13)]
        wait_until(lambda: store_of(gateway) == "refused", "the refusal to show")
        checked = commands.run("check", "--config", path)
        time.sleep(2.0)  # it is tried twice a second
        told = log_of(gateway, "redis.refused")
        turns = log_of(gateway, "redis.away") + log_of(gateway, "redis.back")

    assert all(page["items"] for page in pages)
    assert ["it is a cluster" in one["reason"] for one in told] == [True]
    assert [one["event"] for one in turns] == ["redis.away"]
    assert checked.code == 1
    assert "it is a cluster" in row_of(checked, "redis")
