"""Tokens over replicas that share a Redis, and over reloads of the configuration."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from gateway.settings import hash_key
from tests import plain
from tests.conftest import RedisServer, running_redis
from tests.stack.gateways import SIGNING_KEY, Gateway, document, ids_of, write
from tests.stack.processes import Commands, children_of, starting_commands, wait_until
from tests.stack.scrapes import until_at_least
from tests.stack.test_replicas import start
from tests.tcp_ports import reserve_port

MINTER, SPARE = "s3cret-key-that-makes-tokens", "s3cret-key-that-stays"
NEW_SIGNING_KEY = "s3cret-signing-key-that-came-later-than-that"
EMAIL = "demo@example.com"
SCOPES = ["gallery:read", "tokens:write"]


def to_document(
    avatar: str, redis: RedisServer, *keys: str, **tables: Any
) -> dict[str, Any]:
    whole = document({"avatar": avatar}, redis=redis.settings(), **tables)
    whole["tenants"][0]["keys"] = [
        {"name": key, "hash": hash_key(key), "scopes": SCOPES} for key in keys
    ]
    return whole


def mint(gateway: Gateway, key: str = MINTER, **asked: object) -> str:
    answer = plain.post(
        f"{gateway.address}/v1/tokens", json=asked, headers={"x-api-key": key}
    )
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


def get(gateway: Gateway, path: str, token: str | None = None) -> httpx.Response:
    headers = {} if token is None else {"x-api-key": token}
    return plain.get(gateway.address + path, headers=headers, timeout=30)


def page(gateway: Gateway, token: str, query: str = "?limit=5") -> dict[str, Any]:
    answer = get(gateway, f"/v1/gallery{query}", token)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def bring(gateway: Gateway, email: str = EMAIL) -> str:
    return mint(gateway, credentials={"avatar": {"email": email}})


def reload(gateway: Gateway, path: Path, whole: dict[str, Any]) -> None:
    """Write a configuration, and wait until all workers are new."""
    pid = gateway.command.process.pid
    old = children_of(pid)
    write(path.parent, whole)
    gateway.command.signal(signal.SIGHUP)
    wait_until(
        lambda: len(children_of(pid)) == len(old) and not {*children_of(pid)} & {*old},
        "new workers in place of all old ones",
    )


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def replicas(
    running_sandboxes: dict[str, str],
    redis: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[Gateway]]:
    folder = tmp_path_factory.mktemp("replicas")
    whole = to_document(running_sandboxes["avatar"], redis, MINTER)
    with starting_commands(folder) as commands:
        yield start(commands, write(folder, whole), 2)


def test_what_one_replica_makes_is_good_at_the_others(replicas: list[Gateway]) -> None:
    one, other = replicas
    token = bring(one)
    begun = page(one, token)
    cover = page(one, token, "?kind=image&limit=1")["items"][0]["cover"]

    rest = page(other, token, f"?limit=5&cursor={begun['next_cursor']}")

    assert not {*ids_of(begun)} & {*ids_of(rest)}
    for name in ("url", "preview_url", "thumbnail_url"):
        assert get(other, cover[name]).status_code == 200


def test_what_lies_in_redis_shows_no_credential(
    replicas: list[Gateway], redis: RedisServer
) -> None:
    email = "s3cret-end-user@example.com"
    token = bring(replicas[0], email)
    get(replicas[0], "/v1/gallery", token)
    page(replicas[0], bring(replicas[0]))

    with Redis.from_url(redis.url) as client:
        keys = list(client.scan_iter("*"))
        kept = b"\n".join(filter(None, (client.dump(key) for key in keys)))

    assert any(key.startswith(b"gg:account:") for key in keys)
    for told in (email.encode(), EMAIL.encode(), token.encode()):
        assert told not in kept
        assert told not in b"\n".join(keys)


def test_a_link_expires_once_no_cache_knows_its_account(
    replicas: list[Gateway],
    sandboxes: dict[str, str],
    redis: RedisServer,
    commands: Commands,
    tmp_path: Path,
) -> None:
    whole = to_document(sandboxes["avatar"], redis, MINTER)
    (new,) = start(commands, write(tmp_path, whole), 1)
    shown = page(replicas[0], bring(replicas[0]), "?kind=image&limit=1")
    links = shown["items"][0]["cover"]
    with Redis.from_url(redis.url) as client:
        kept = {key: client.get(key) for key in client.scan_iter("gg:account:*")}
        client.delete(*kept)

        unknown = [get(new, links[name]) for name in ("url", "thumbnail_url")]

        client.mset(kept)  # the replicas take them for shared

    assert [answer.status_code for answer in unknown] == [410, 410]
    assert unknown[0].json()["code"] == "expired-link"
    assert get(replicas[0], links["url"]).status_code == 200


def test_a_tokens_key_that_is_taken_out_ends_it_within_a_reload(
    commands: Commands,
    sandboxes: dict[str, str],
    redis: RedisServer,
    tmp_path: Path,
) -> None:
    metrics = reserve_port()
    tables: dict[str, Any] = {"server": {"metrics_port": metrics}}
    avatar = sandboxes["avatar"]
    whole = to_document(avatar, redis, MINTER, SPARE, **tables)
    path = write(tmp_path, whole)
    (gateway,) = start(commands, path, 1)
    ending, staying = mint(gateway), mint(gateway, SPARE)
    assert page(gateway, ending) == page(gateway, staying)
    for cache in ("tokens", "generations"):
        until_at_least(metrics, "gallery_cache_bytes", 1, cache=cache)

    reload(gateway, path, to_document(avatar, redis, SPARE, **tables))

    refused = get(gateway, "/v1/gallery", ending)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert page(gateway, staying)["items"]
    for told in (ending, staying, MINTER, SPARE):
        assert told not in gateway.command.err


def test_tokens_cursors_and_links_outlive_a_rotation_of_signing_keys(
    commands: Commands,
    sandboxes: dict[str, str],
    redis: RedisServer,
    tmp_path: Path,
) -> None:
    whole = to_document(sandboxes["avatar"], redis, MINTER)
    path = write(tmp_path, whole)
    (gateway,) = start(commands, path, 1)
    token = bring(gateway)
    begun = page(gateway, token)
    cover = page(gateway, token, "?kind=image&limit=1")["items"][0]["cover"]
    crawl = f"?limit=5&cursor={begun['next_cursor']}"
    following = ids_of(page(gateway, token, crawl))

    for keys in ([NEW_SIGNING_KEY, SIGNING_KEY], [SIGNING_KEY, NEW_SIGNING_KEY]):
        whole["secrets"]["signing_keys"] = keys
        reload(gateway, path, whole)
        for good in (token, bring(gateway)):
            assert ids_of(page(gateway, good, crawl)) == following
        assert get(gateway, cover["url"]).status_code == 200

    whole["secrets"]["signing_keys"] = [NEW_SIGNING_KEY]
    reload(gateway, path, whole)
    assert get(gateway, "/v1/gallery", token).status_code == 401
    assert get(gateway, cover["url"]).status_code == 403
    gone = get(gateway, f"/v1/gallery{crawl}", bring(gateway))
    assert gone.status_code == 410
