"""How often a caller may ask, and how it is told."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from tests.api.world import OTHER, READER, World, assert_problem, serve_gateway

LIMIT = 5
LEFT = re.compile(r'"default";r=(\d+);t=(\d+)')


@pytest.fixture
def strict(
    portal: BlockingPortal, sandboxes: Mapping[str, httpx.Client], tmp_path: Path
) -> Iterator[World]:
    """A gateway that takes few requests, with an anonymous tenant."""
    with serve_gateway(
        portal, sandboxes, tmp_path, anonymous="acme", per_minute=LIMIT
    ) as world:
        yield world


def left_of(answer: httpx.Response) -> tuple[int, int]:
    match = LEFT.fullmatch(answer.headers["ratelimit"])
    assert match is not None
    return int(match[1]), int(match[2])


def test_every_answer_tells_what_is_left(strict: World) -> None:
    answers = [strict.get("/v1/gallery") for _ in range(3)]

    assert [left_of(answer)[0] for answer in answers] == [4, 3, 2]
    policies = {answer.headers["ratelimit-policy"] for answer in answers}
    assert policies == {f'"default";q={LIMIT};w=60'}


def test_who_asks_too_often_is_told_when_to_come_back(strict: World) -> None:
    for _ in range(LIMIT):
        assert strict.get("/v1/providers").status_code == 200

    refused = strict.get("/v1/gallery")

    assert_problem(refused, 429, "rate-limited")
    after = int(refused.headers["retry-after"])
    assert left_of(refused) == (0, after)
    strict.clock.turn(after)
    assert strict.get("/v1/gallery").status_code == 200


def test_rendered_pages_count_too(strict: World) -> None:
    answers = [strict.get("/v1/gallery") for _ in range(LIMIT + 1)]

    assert [answer.status_code for answer in answers] == [200] * LIMIT + [429]


def test_each_key_has_its_own(strict: World) -> None:
    for _ in range(LIMIT + 1):
        strict.get("/v1/providers", key=READER)

    assert strict.get("/v1/providers", key=READER).status_code == 429
    assert strict.get("/v1/providers", key=OTHER).status_code == 200


def test_without_a_key_each_address_behind_our_proxies_has_its_own(
    strict: World,
) -> None:
    def ask(forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded}
        answer = strict.get("/v1/providers", key=None, headers=headers)
        return answer.status_code

    told = [ask("203.0.113.7, 10.1.2.3") for _ in range(LIMIT + 1)]

    assert told == [200] * LIMIT + [429]
    assert ask("203.0.113.8, 10.1.2.3") == 200
    assert ask("1.2.3.4, 203.0.113.7") == 429


def test_what_needs_no_key_is_not_counted(strict: World) -> None:
    paths = ["/health/live", "/openapi.json", "/problems/rate-limited"]

    answers = [strict.get(path) for path in paths for _ in range(LIMIT)]

    assert {answer.status_code for answer in answers} == {200}
    assert all("ratelimit" not in answer.headers for answer in answers)


def test_a_body_over_the_limit_is_refused(strict: World) -> None:
    headers = {"Authorization": f"Bearer {READER}"}

    refused = strict.gateway.request(
        "GET", "/v1/gallery", headers=headers, content=b"x" * 40_000_000
    )

    assert_problem(refused, 413, "too-large")


def test_an_unknown_key_uses_up_nobodys(strict: World) -> None:
    answers = [strict.get("/v1/gallery", key="unknown") for _ in range(LIMIT + 1)]

    assert {answer.status_code for answer in answers} == {401}
    assert left_of(strict.get("/v1/providers", key=None))[0] == LIMIT - 1


def test_the_refusal_may_be_read_by_other_origins(strict: World) -> None:
    origin = {"Origin": "https://gallery.example"}
    for _ in range(LIMIT):
        strict.get("/v1/gallery")

    refused = strict.get("/v1/gallery", headers=origin)

    assert refused.status_code == 429
    assert refused.headers["access-control-allow-origin"] == origin["Origin"]
    assert "RateLimit" in refused.headers["access-control-expose-headers"]


@pytest.mark.parametrize("path", ["//v1/gallery", "/v1//gallery", "///v1/gallery/"])
def test_more_slashes_are_no_way_around(strict: World, path: str) -> None:
    address = f"{str(strict.gateway.base_url).rstrip('/')}{path}"
    headers = {"X-API-Key": READER}

    answers = [strict.gateway.get(address, headers=headers) for _ in range(LIMIT + 1)]

    assert [answer.status_code for answer in answers] == [200] * LIMIT + [429]


@pytest.mark.parametrize(
    "keys",
    [
        [("X-API-Key", READER), ("X-API-Key", "junk")],
        [("X-API-Key", READER), ("X-API-Key", OTHER)],
        [("Authorization", f"Bearer {READER}"), ("Authorization", "Bearer junk")],
    ],
)
def test_two_keys_are_none(strict: World, keys: list[tuple[str, str]]) -> None:
    answer = strict.gateway.get("/v1/gallery", headers=keys)

    assert_problem(answer, 401, "unauthorized")
