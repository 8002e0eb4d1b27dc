"""`check`: what an operator asks before a start."""

from datetime import date
from pathlib import Path

import pytest
from redis import Redis

from tests.redis_cluster import port_of, running_cluster, to_url
from tests.redis_sentinel import running_trio
from tests.stack.gateways import NAMES, document, tell, write
from tests.stack.processes import Commands, Ended
from tests.tcp_ports import reserve_port
from tests.tls import in_tls, make_certificate


def row_of(ended: Ended, what: str) -> str:
    """The one line of the table that begins so."""
    (row,) = (line for line in ended.out.splitlines() if line.startswith(f"│ {what}"))
    return row


def test_all_is_good_with_redis_and_three_upstreams(
    commands: Commands, sandboxes: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    whole = document(sandboxes, redis={"url": redis_url})

    ended = commands.run("check", "--config", write(tmp_path, whole))

    assert ended.code == 0, ended.out
    assert "FAILED" not in ended.out
    assert "\x1b" not in ended.out
    assert "good" in row_of(ended, "redis")
    assert "maxmemory-policy noeviction" in row_of(ended, "redis")
    for name in NAMES:
        assert "entries" in row_of(ended, f"{name} for acme")


def test_who_may_do_what_is_told(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    whole = document(sandboxes)
    scopes = ["gallery:read", "jobs:write"]
    first = whole["tenants"][0]["keys"][0]
    robot = {"name": "robot", "hash": f"sha256:{'0' * 64}", "scopes": scopes}
    whole["tenants"][0]["keys"] = [{**first, "expires": date(2199, 1, 2)}, robot]

    ended = commands.run("check", "--offline", "--config", write(tmp_path, whole))

    assert ended.code == 0, ended.out
    offered = row_of(ended, "operations of avatar")
    assert "account:write: register, update_user_info" in offered
    assert "jobs:write: generate, generate_video" in " ".join(ended.out.split())
    assert "operations of piktid" not in ended.out
    assert "gallery:read, until 2199-01-02" in row_of(ended, "key web of acme")
    assert "gallery:read, jobs:write" in row_of(ended, "key robot of acme")


def test_a_redis_in_tls_is_reached_with_its_certificate(
    commands: Commands, sandboxes: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    chain, served = make_certificate(tmp_path)
    plain = redis_url.replace("redis://", "http://").removesuffix("/0")
    with in_tls(plain, served) as address:
        redis = {"url": address.replace("https://", "rediss://"), "ca_file": chain.name}
        whole = document({"piktid": sandboxes["piktid"]}, redis=redis)
        good = commands.run("check", "--config", write(tmp_path, whole))
        whole["redis"]["ca_file"] = ""
        unknown = commands.run("check", "--config", write(tmp_path, whole))
        whole["redis"] = {"url": redis_url, "ca_file": chain.name}
        useless = commands.run("check", "--config", write(tmp_path, whole))

    assert good.code == 0, good.out
    assert "maxmemory-policy" in row_of(good, "redis")
    assert unknown.code == 1
    assert "FAILED" in row_of(unknown, "redis")
    assert useless.code == 1
    assert "redis.ca_file: expected a rediss:// address" in useless.err


def test_a_right_that_redis_does_not_give_is_told(
    commands: Commands, sandboxes: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    with Redis.from_url(redis_url) as client:
        client.execute_command(
            "ACL", "SETUSER", "poor", "on", ">pass", "~*", "&*", "+@all", "-eval"
        )
    url = redis_url.replace("redis://", "redis://poor:pass@")
    path = write(tmp_path, document(sandboxes, redis={"url": url}))

    ended = commands.run("check", "--config", path)

    assert ended.code == 1
    assert "its user may not use EVAL" in row_of(ended, "redis")
    assert "pass" not in ended.out + ended.err


def test_an_upstream_that_is_down_fails_alone(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    away = f"http://127.0.0.1:{reserve_port()}"
    path = write(tmp_path, document({**sandboxes, "avatar": away}))

    ended = commands.run("check", "--config", path)

    assert ended.code == 1
    assert ended.out.count("FAILED") == 1
    assert "it refused the connection" in row_of(ended, "avatar for acme")
    assert away in row_of(ended, "avatar for acme")


def test_a_certificate_of_ones_own_authority_is_trusted_where_it_is_named(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    chain, served = make_certificate(tmp_path)
    with in_tls(sandboxes["avatar"], served) as address:
        whole = document({"avatar": address})
        unknown = commands.run("check", "--config", write(tmp_path, whole))
        whole["providers"]["avatar"]["ca_file"] = chain.name
        trusted = commands.run("check", "--config", write(tmp_path, whole))
        whole["providers"]["avatar"]["ca_file"] = "key.pem"
        wrong = commands.run("check", "--offline", "--config", write(tmp_path, whole))

    assert unknown.code == 1
    assert "certificate is not trusted" in row_of(unknown, "avatar for acme")
    assert trusted.code == 0, trusted.out
    assert "entries" in row_of(trusted, "avatar for acme")
    assert wrong.code == 1
    assert "providers.avatar.ca_file" in wrong.out + wrong.err


def test_a_wrong_credential_fails_and_is_not_shown(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    whole = document(sandboxes)
    credentials = whole["tenants"][0]["credentials"]
    credentials["piktid"] = {"token": "s3cret-but-wrong"}
    credentials["hyper3d"] = {"email": "demo@example.com", "password": "s3cret-wrong"}

    ended = commands.run("check", "--config", write(tmp_path, whole))

    assert ended.code == 1
    assert "credential is refused" in row_of(ended, "piktid for acme")
    assert "login is refused" in row_of(ended, "hyper3d for acme")
    assert "good" in row_of(ended, "avatar for acme")
    assert "s3cret" not in ended.out + ended.err


def test_an_upstream_that_answers_nonsense_fails(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    tell(sandboxes["piktid"], "fail", status=200, body="<html></html>")

    ended = commands.run("check", "--config", write(tmp_path, document(sandboxes)))

    assert ended.code == 1
    assert "misbehaved" in row_of(ended, "piktid for acme")


def test_redis_away_fails_without_its_password(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    port = reserve_port()
    redis = {"url": f"redis://:s3cret-password@127.0.0.1:{port}/0"}
    whole = document({"piktid": sandboxes["piktid"]}, redis=redis)

    ended = commands.run("check", "--config", write(tmp_path, whole))

    assert ended.code == 1
    assert "FAILED" in row_of(ended, "redis")
    assert f"127.0.0.1:{port}" in row_of(ended, "redis")
    assert "good" in row_of(ended, "piktid for acme")
    assert "s3cret" not in ended.out + ended.err


def test_offline_asks_nobody(commands: Commands, tmp_path: Path) -> None:
    away = f"http://127.0.0.1:{reserve_port()}"
    whole = document({"piktid": away}, redis={"url": "redis://127.0.0.1:1/0"})

    ended = commands.run("check", "--offline", "--config", write(tmp_path, whole))

    assert ended.code == 0
    assert "good" in row_of(ended, "configuration")
    assert "redis" not in ended.out


@pytest.mark.parametrize("options", [(), ("--offline",)], ids=["online", "offline"])
def test_a_wrong_configuration_fails(
    commands: Commands, tmp_path: Path, options: tuple[str, ...]
) -> None:
    path = write(tmp_path, {"servers": {}})

    ended = commands.run("check", "--config", path, *options)

    assert ended.code == 1
    assert "gateway.toml: servers: unknown key" in ended.err


def test_names_are_shown_as_they_are_written(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    whole = document({"piktid": sandboxes["piktid"]})
    whole["tenants"][0]["name"] = "[red]acme[/]"

    ended = commands.run("check", "--config", write(tmp_path, whole))

    assert ended.code == 0, ended.err
    assert "good" in row_of(ended, "piktid for [red]acme[/]")


def test_tenants_that_share_an_account_are_told(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    whole = document(sandboxes)
    (acme,) = whole["tenants"]
    other = {**acme, "name": "beta", "keys": []}
    other["credentials"] = {"avatar": {"email": "Demo@Example.com "}}
    whole["tenants"] = [acme, other]

    ended = commands.run("check", "--offline", "--config", write(tmp_path, whole))

    assert ended.code == 0, ended.out
    assert "one account for acme, beta" in row_of(ended, "avatar")
    assert "hyper3d" not in ended.out.replace("providers: hyper3d", "")


def test_a_master_under_sentinels_is_told_of(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    with running_trio(tmp_path) as trio:
        whole = document({"piktid": sandboxes["piktid"]}, redis={"url": trio.url})
        ended = commands.run("check", "--config", write(tmp_path, whole))

    row = row_of(ended, "redis")
    assert ended.code == 0, ended.out
    assert "a master under sentinels" in row
    assert f"127.0.0.1:{port_of(trio.servers[0])}, nodes: 3, " in row
    assert "maxmemory-policy noeviction (volatile-lru is advised)" in row


def test_a_cluster_is_told_of(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    with running_cluster(tmp_path) as nodes:
        redis = {"url": to_url(nodes[:1])}
        whole = document({"piktid": sandboxes["piktid"]}, redis=redis)
        ended = commands.run("check", "--config", write(tmp_path, whole))

    row = row_of(ended, "redis")
    assert ended.code == 0, ended.out
    assert "a cluster" in row
    assert "nodes: 2" in row
    assert all(f"127.0.0.1:{port_of(node)}" in row for node in nodes)
