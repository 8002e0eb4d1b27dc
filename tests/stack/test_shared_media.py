"""Files and deletions over replicas that share a Redis."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests import plain
from tests.conftest import RedisServer, running_redis
from tests.stack.gateways import KEY, Gateway, document, ids_of, tell, traffic, write
from tests.stack.processes import Commands, starting_commands, wait_until
from tests.stack.test_replicas import start
from tests.tcp_ports import reserve_port

FRESH_SECONDS = 0.5
CALLERS = 24
GONE_SECONDS = 1.0
NOISE_SECONDS = 1.5
MEDIA = "/get_thumbnail/"
ITEMS = 9_100
DEPTH = 9_000
MOST_CALLS = 16


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
    """Two gateways whose key may delete, over the avatar service."""
    folder = tmp_path_factory.mktemp("replicas")
    whole = document(
        {"avatar": running_sandboxes["avatar"]},
        redis=redis.settings(prefix="media:"),
        cache={"fresh_seconds": FRESH_SECONDS, "stale_while_revalidate_seconds": 0.0},
    )
    whole["tenants"][0]["keys"][0]["scopes"] = ["gallery:read", "gallery:write"]
    with starting_commands(folder) as commands:
        yield start(commands, write(folder, whole), 2)


def pictures(gateway: Gateway) -> list[dict[str, Any]]:
    page = gateway.page(kind="image", limit=20)
    return [item for item in page["items"] if item["actions"]]


def fetch(gateway: Gateway, path: str) -> httpx.Response:
    return plain.get(gateway.address + path, timeout=30)


def media_calls(address: str) -> int:
    calls = traffic(address)["calls"]
    return sum(n for route, n in calls.items() if MEDIA in route)


def test_a_thumbnail_is_made_once_for_all_callers_of_all_replicas(
    replicas: list[Gateway], sandboxes: dict[str, str]
) -> None:
    path = pictures(replicas[0])[0]["cover"]["thumbnail_url"]
    tell(sandboxes["avatar"], "reset")

    with ThreadPoolExecutor(CALLERS) as pool:
        asked = [pool.submit(fetch, replicas[n % 2], path) for n in range(CALLERS)]
        answers = [one.result() for one in asked]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert media_calls(sandboxes["avatar"]) == 1


def test_what_one_replica_has_seen_of_a_file_all_tell(
    replicas: list[Gateway],
) -> None:
    item = pictures(replicas[0])[1]
    before = item["cover"]
    fetch(replicas[0], before["preview_url"]).raise_for_status()
    picture = Image.open(BytesIO(fetch(replicas[0], before["url"]).content))

    def cover() -> dict[str, Any]:
        answer = replicas[1].get(f"/v1/gallery/{item['id']}").json()
        found: dict[str, Any] = answer["cover"]
        return found

    assert before["width"] is None
    wait_until(lambda: cover()["width"] is not None, "the other replica to know")
    assert (cover()["width"], cover()["height"]) == picture.size
    assert cover()["placeholder"]
    assert cover()["size_bytes"] > 1000


def test_a_deletion_is_seen_in_all_replicas_within_a_second(
    replicas: list[Gateway],
) -> None:
    one, other = replicas
    item = pictures(one)[2]
    path, thumbnail = f"/v1/gallery/{item['id']}", item["cover"]["thumbnail_url"]
    for gateway in replicas:
        assert item["id"] in ids_of(gateway.page(kind="image", limit=20))
        assert fetch(gateway, thumbnail).status_code == 200

    answer = plain.delete(one.address + path, headers={"x-api-key": KEY}, timeout=30)
    ends_at = time.monotonic() + GONE_SECONDS + NOISE_SECONDS

    def is_gone(gateway: Gateway) -> bool:
        return (
            item["id"] not in ids_of(gateway.page(kind="image", limit=20))
            and gateway.get(path).status_code == 404
            and fetch(gateway, thumbnail).status_code == 404
            and fetch(gateway, item["cover"]["url"]).status_code == 404
        )

    assert answer.status_code == 204
    wait_until(lambda: all(map(is_gone, replicas)), "it to be gone in both")
    assert time.monotonic() < ends_at
    again = plain.delete(other.address + path, headers={"x-api-key": KEY}, timeout=30)
    assert again.status_code == 204


def test_a_deep_item_of_hyper3d_is_found_by_its_hint_and_by_halving(
    commands: Commands, redis: RedisServer, tmp_path: Path
) -> None:
    port = reserve_port()
    sandbox = commands.start("sandbox", "hyper3d", "--port", str(port))
    address = f"http://127.0.0.1:{port}"
    sandbox.until_it_answers(f"{address}/_sandbox")
    tell(address, "items", count=ITEMS)
    whole = document(
        {"hyper3d": address},
        redis=redis.settings(prefix="deep:"),
        cache={"fresh_seconds": 0.0, "stale_while_revalidate_seconds": 0.0},
    )
    (gateway,) = start(commands, write(tmp_path, whole), 1)
    page = gateway.page(limit=100, assets_limit=0)
    for _ in range(DEPTH // 100 - 1):
        page = gateway.page(page["next_cursor"], limit=100, assets_limit=0)
    item_id = page["items"][-1]["id"]

    def calls_to_find() -> int:
        tell(address, "reset")
        answer = gateway.get(f"/v1/gallery/{item_id}")
        assert (answer.status_code, answer.json()["id"]) == (200, item_id)
        return int(traffic(address)["list_calls"])

    by_hint = calls_to_find()
    tell(address, "items", count=500)
    by_halving = calls_to_find()

    assert by_hint == 1
    assert 1 < by_halving <= MOST_CALLS
