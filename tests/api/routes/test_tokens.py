"""Tokens for browsers and end users: made with a key, used in a key's place."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from tests.api.world import (
    MINTER,
    OTHER_MINTER,
    READER,
    WRITER,
    World,
    assert_problem,
    ids_of,
    serve_gateway,
)

AVATAR = {"avatar": {"email": "demo@example.com"}}
Json = dict[str, Any]


def ask(world: World, body: object = None, *, key: str = MINTER) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"}
    if body is None:
        return world.gateway.post("/v1/tokens", headers=headers)
    return world.gateway.post("/v1/tokens", json=body, headers=headers)


def mint(world: World, *, key: str = MINTER, **asked: object) -> Json:
    answer = ask(world, asked, key=key)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def token_of(world: World, *, key: str = MINTER, **asked: object) -> str:
    token: str = mint(world, key=key, **asked)["token"]
    return token


def faults_of(answer: httpx.Response) -> dict[str, str]:
    problem = assert_problem(answer, 400, "invalid-parameter")
    return {fault["pointer"]: fault["message"] for fault in problem["errors"]}


def test_a_token_tells_what_it_is_good_for(world: World) -> None:
    answer = ask(world)

    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert set(made) == {"token", "expires_at", "scopes", "providers"}
    assert made["token"].startswith("ggt_")
    assert len(made["token"]) <= 2_048
    assert made["scopes"] == ["gallery:read", "gallery:write"]
    assert made["providers"] == ["hyper3d", "avatar", "piktid"]
    expires_at = datetime.fromisoformat(made["expires_at"]).astimezone(UTC)
    assert expires_at.timestamp() == pytest.approx(world.clock.now() + 900, abs=0.002)


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_token_goes_where_a_key_goes_and_sees_what_its_key_sees(
    world: World, header: str
) -> None:
    token = token_of(world)
    spelt = f"Bearer {token}" if header == "Authorization" else token

    seen = world.get("/v1/gallery", key=None, headers={header: spelt})

    assert ids_of([seen.json()]) == ids_of([world.page()])


def test_a_token_does_what_its_scopes_say_and_no_more(world: World) -> None:
    reading = token_of(world, scopes=["gallery:read"])
    nothing = token_of(world, scopes=[])
    missing = "/v1/gallery/avatar:0"

    refused = world.gateway.delete(missing, headers={"X-API-Key": reading})
    allowed = world.gateway.delete(missing, headers={"X-API-Key": token_of(world)})

    assert_problem(refused, 403, "forbidden")
    assert_problem(allowed, 404, "not-found")
    assert_problem(world.get("/v1/gallery", key=nothing), 403, "forbidden")


def test_scopes_are_told_as_they_were_asked_for_once_each(world: World) -> None:
    asked = ["gallery:write", "gallery:read", "gallery:write"]

    assert mint(world, scopes=asked)["scopes"] == ["gallery:write", "gallery:read"]


@pytest.mark.parametrize(
    "scopes",
    [
        ["tokens:write"],
        ["gallery:read", "tokens:write"],
        ["account:read"],
        ["everything"],
        [""],
    ],
)
def test_scopes_that_the_key_may_not_give_are_403(
    world: World, scopes: list[str]
) -> None:
    assert_problem(ask(world, {"scopes": scopes}), 403, "forbidden")


@pytest.mark.parametrize("key", [READER, WRITER])
def test_a_key_without_the_scope_makes_no_tokens(world: World, key: str) -> None:
    assert_problem(ask(world, key=key), 403, "forbidden")


def test_nobody_without_a_key_makes_tokens(world: World, open_world: World) -> None:
    assert_problem(world.gateway.post("/v1/tokens"), 401, "unauthorized")
    assert_problem(open_world.gateway.post("/v1/tokens"), 403, "forbidden")


def test_a_token_makes_no_tokens(world: World) -> None:
    assert_problem(ask(world, key=token_of(world)), 403, "forbidden")


def test_a_token_ends_with_its_time(new_world: World) -> None:
    token = token_of(new_world, ttl_seconds=60)
    new_world.clock.turn(59)
    assert new_world.get("/v1/providers", key=token).status_code == 200

    new_world.clock.turn(1)

    assert_invalid(new_world.get("/v1/providers", key=token))
    assert_invalid(new_world.get("/v1/gallery", key=token))


def test_what_is_no_token_is_told_so(world: World, open_world: World) -> None:
    token = token_of(world)
    last = "A" if token[-1] != "A" else "B"
    for text in ("ggt_", "ggt_x", token[:-1], token + "A", token[:20] + last):
        assert_invalid(world.get("/v1/providers", key=text))
        assert_invalid(open_world.get("/v1/providers", key=text))


def assert_invalid(answer: httpx.Response) -> None:
    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_every_fault_of_a_body_is_told_by_its_pointer(world: World) -> None:
    sent = {
        "scopes": ["gallery:read", 7],
        "ttl_seconds": 59,
        "subject": "x" * 201,
        "purpose": "none",
        "credentials": {
            "avatar": {"email": 7},
            "piktid": {"tokens": "s3cret"},
            "hyper3d": {"email": "s3cret@example.com"},
            "else": {},
        },
    }

    answer = ask(world, sent)

    assert set(faults_of(answer)) == {
        "/scopes/1",
        "/ttl_seconds",
        "/subject",
        "/purpose",
        "/credentials/avatar/email",
        "/credentials/piktid/token",
        "/credentials/piktid/tokens",
        "/credentials/hyper3d",
        "/credentials/else",
    }
    assert "s3cret" not in answer.text


@pytest.mark.parametrize("ttl", [59, 3601, -1, 1e9, 60.5, "900", None, True, []])
def test_a_time_out_of_range_is_400(world: World, ttl: object) -> None:
    assert set(faults_of(ask(world, {"ttl_seconds": ttl}))) == {"/ttl_seconds"}


@pytest.mark.parametrize("ttl", [60, 3600, 900.0])
def test_a_time_at_the_bounds_is_good_and_so_is_an_integer_with_a_point(
    world: World, ttl: float
) -> None:
    assert mint(world, ttl_seconds=ttl)


@pytest.mark.parametrize(
    "body",
    [b"x", b"[]", b"null", b"7", b'"x"', b'{"scopes":', b"\xff", b'{"subject":"\xff"}'],
)
def test_a_body_that_is_no_object_is_400(world: World, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {MINTER}"}

    answer = world.gateway.post("/v1/tokens", content=body, headers=headers)

    assert set(faults_of(answer)) == {""}


def test_a_deep_or_long_body_harms_nobody(world: World) -> None:
    headers = {"Authorization": f"Bearer {MINTER}"}

    deep = world.gateway.post("/v1/tokens", content=b"[" * 60_000, headers=headers)
    long = world.gateway.post("/v1/tokens", content=b" " * 70_000, headers=headers)
    odd = {f"odd{number}": None for number in range(4_000)}

    assert set(faults_of(deep)) == {""}
    assert_problem(long, 413, "too-large")
    assert len(faults_of(ask(world, odd))) == 100


def test_null_is_as_good_as_nothing(world: World) -> None:
    made = mint(world, scopes=None, subject=None, credentials=None)

    assert made["providers"] == ["hyper3d", "avatar", "piktid"]


def test_a_parameter_is_refused(world: World) -> None:
    answer = world.gateway.post("/v1/tokens?ttl=1", headers={"X-API-Key": MINTER})

    problem = assert_problem(answer, 400, "invalid-parameter")
    assert [fault["parameter"] for fault in problem["errors"]] == ["ttl"]


def test_credentials_that_make_a_token_too_long_are_400(world: World) -> None:
    email = f"{'x' * 1_600}@example.com"

    answer = ask(world, {"credentials": {"avatar": {"email": email}}})

    assert set(faults_of(answer)) == {"/credentials"}
    assert "xxx" not in answer.text


def test_with_credentials_a_token_sees_just_these_providers(world: World) -> None:
    credentials = {"piktid": {"token": "demo"}, **AVATAR}

    made = mint(world, credentials=credentials)
    page = world.page([("limit", "100")], key=made["token"])

    assert made["providers"] == ["avatar", "piktid"]
    assert [source["provider"] for source in page["sources"]] == ["avatar", "piktid"]
    assert {item["provider"] for item in page["items"]} == {"avatar", "piktid"}
    shown = world.get("/v1/providers", key=made["token"]).json()["providers"]
    assert [one["name"] for one in shown] == ["avatar", "piktid"]


def test_with_no_credentials_at_all_a_token_sees_nothing(world: World) -> None:
    """Not what its key sees: whose user has no account must not see another's."""
    made = mint(world, credentials={})

    page = world.page(key=made["token"])

    assert made["providers"] == page["items"] == page["sources"] == []
    refused = world.get("/v1/gallery", [("cursor", "x")], key=made["token"])
    assert_problem(refused, 400, "invalid-cursor")


def test_a_wrong_credential_is_its_tokens_alone(world: World) -> None:
    wrong = token_of(world, credentials={"avatar": {"email": "who@example.com"}})

    refused = world.get("/v1/gallery", key=wrong)

    assert_problem(refused, 502, "upstream-unauthorized")
    states = {one["provider"]: one["state"] for one in world.page()["sources"]}
    assert states["avatar"] == "fresh"
    seen = world.get("/v1/providers/avatar").json()
    assert seen["last_error"] is None
    assert seen["health"] == "ok"


def test_a_new_token_goes_on_with_the_cursors_of_the_old_one(world: World) -> None:
    first = token_of(world, credentials=AVATAR, subject="one")
    again = token_of(world, credentials=AVATAR, subject="two", ttl_seconds=60)
    begun = world.page([("limit", "10")], key=first)

    rest = world.crawl([("limit", "10")], key=again, cursor=begun["next_cursor"])

    assert sorted(ids_of([begun, *rest])) == sorted(world.truth("avatar"))


def test_a_cursor_is_of_no_use_with_other_accounts(world: World) -> None:
    own = world.page([("limit", "10")])["next_cursor"]
    brought = token_of(world, credentials={"piktid": {"token": "demo"}, **AVATAR})
    cursor = world.page([("limit", "10")], key=brought)["next_cursor"]
    strangers = [
        token_of(world, credentials=AVATAR),
        token_of(world, credentials={**AVATAR, "piktid": {"token": "another"}}),
        token_of(
            world,
            key=OTHER_MINTER,
            credentials={"piktid": {"token": "demo"}, **AVATAR},
        ),
        READER,
    ]

    for stranger in strangers:
        answer = world.get("/v1/gallery", [("cursor", cursor)], key=stranger)
        assert_problem(answer, 400, "invalid-cursor")
    answer = world.get("/v1/gallery", [("cursor", own)], key=brought)
    assert_problem(answer, 400, "invalid-cursor")


def test_a_token_without_credentials_goes_on_with_its_keys_cursors(
    world: World,
) -> None:
    begun = world.page([("limit", "10")], key=MINTER)

    page = world.page([("cursor", begun["next_cursor"])], key=token_of(world))

    assert page["items"]


def test_media_links_of_a_brought_account_work_without_the_token(world: World) -> None:
    token = token_of(world, credentials=AVATAR, ttl_seconds=60)
    item = next(
        item
        for item in world.page([("limit", "50")], key=token)["items"]
        if item["kind"] == "image"
    )
    asset = item["assets"][0]

    for link in (asset["url"], asset["preview_url"], asset["thumbnail_url"]):
        fetched = world.gateway.get(link)
        assert fetched.status_code == 200, fetched.text
        tag = {"If-None-Match": fetched.headers["etag"]}
        assert world.gateway.get(link, headers=tag).status_code == 304
        assert world.gateway.get(link).content == fetched.content
    found = world.get(f"/v1/gallery/{item['id']}/assets/{asset['id']}", key=token)
    assert world.gateway.get(found.headers["location"]).status_code == 200


def test_a_link_whose_account_is_not_known_any_more_has_expired(
    new_world: World,
    portal: BlockingPortal,
    sandboxes: Mapping[str, httpx.Client],
    tmp_path: Path,
) -> None:
    token = token_of(new_world, credentials=AVATAR)
    page = new_world.page([("kind", "image"), ("limit", "1")], key=token)
    own = new_world.page([("kind", "image"), ("limit", "1"), ("provider", "avatar")])
    links = page["items"][0]["assets"][0]
    folder = tmp_path / "restarted"
    folder.mkdir()

    with serve_gateway(portal, sandboxes, folder) as restarted:
        for link in (links["url"], links["thumbnail_url"]):
            answer = restarted.gateway.get(link)
            assert_problem(answer, 410, "expired-link")
        link = own["items"][0]["assets"][0]["url"]
        assert restarted.gateway.get(link).status_code == 200
        restarted.page(key=token)
        assert restarted.gateway.get(links["url"]).status_code == 200


@pytest.fixture
def strict(
    portal: BlockingPortal, sandboxes: Mapping[str, httpx.Client], tmp_path: Path
) -> Iterator[World]:
    """A gateway that takes few requests."""
    with serve_gateway(portal, sandboxes, tmp_path, per_minute=5) as world:
        yield world


def test_limits_count_for_each_subject(strict: World) -> None:
    tokens = [token_of(strict, subject=name) for name in ("one", "two")]
    again = token_of(strict, subject="one", ttl_seconds=60)

    statuses = [strict.get("/v1/providers", key=tokens[0]).status_code for _ in "12345"]

    assert statuses == [200] * 5
    assert_problem(strict.get("/v1/providers", key=again), 429, "rate-limited")
    assert strict.get("/v1/providers", key=tokens[1]).status_code == 200
    assert strict.get("/v1/providers", key=MINTER).status_code == 200


def test_without_a_subject_a_tokens_requests_count_as_its_keys(strict: World) -> None:
    token = token_of(strict)

    statuses = [strict.get("/v1/providers", key=token).status_code for _ in "1234"]

    assert statuses == [200] * 4
    assert_problem(strict.get("/v1/providers", key=token), 429, "rate-limited")
    assert_problem(strict.get("/v1/providers", key=MINTER), 429, "rate-limited")
