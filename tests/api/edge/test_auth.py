"""Who may call: keys, scopes, tenants."""

from typing import Any

import httpx
import pytest

from tests.api.world import (
    BARE,
    EXPIRED,
    OTHER,
    READER,
    WRITER,
    World,
    assert_problem,
    source_of,
)

PROTECTED = (
    "/v1/gallery",
    "/v1/gallery/hyper3d:1",
    "/v1/providers",
    "/v1/providers/hyper3d",
)
OPEN = (
    "/health/live",
    "/health/ready",
    "/openapi.json",
    "/docs",
    "/problems/invalid-cursor",
)
REFUSED = [
    {"Authorization": "Bearer nobody"},
    {"Authorization": f"Bearer {EXPIRED}"},
    {"Authorization": "Bearer"},
    {"Authorization": READER},
    {"Authorization": f"Basic {READER}"},
    {"Authorization": f"Token {READER}"},
    {"Authorization": f"Bearer {READER} {READER}"},
    {"Authorization": f"Bearer {READER.upper()}"},
    {"Authorization": ""},
    {"X-API-Key": "nobody"},
    {"X-API-Key": EXPIRED},
    {"X-API-Key": ""},
    {"X-API-Key": "x" * 20_000},
    {"Authorization": "Bearer nobody", "X-API-Key": READER},
]


@pytest.mark.parametrize("path", PROTECTED)
def test_without_a_key_the_answer_is_401(world: World, path: str) -> None:
    answer = world.get(path, key=None)

    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("headers", REFUSED, ids=lambda headers: str(headers)[:60])
def test_a_bad_key_is_401(world: World, headers: dict[str, str]) -> None:
    answer = world.get("/v1/gallery", key=None, headers=headers)

    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("headers", REFUSED, ids=lambda headers: str(headers)[:60])
def test_a_bad_key_does_not_become_anonymous(
    open_world: World, headers: dict[str, str]
) -> None:
    answer = open_world.get("/v1/providers", key=None, headers=headers)

    assert_problem(answer, 401, "unauthorized")


def test_a_key_of_odd_bytes_is_401(world: World) -> None:
    headers: Any = {"X-API-Key": b"\xff\xfe\xc3"}

    answer = world.gateway.get("/v1/gallery", headers=headers)

    assert_problem(answer, 401, "unauthorized")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {READER}"},
        {"Authorization": f"bearer {READER}"},
        {"Authorization": f"BEARER   {READER}"},
        {"X-API-Key": READER},
        {"X-API-Key": WRITER},
        {"Authorization": f"Bearer {READER}", "X-API-Key": READER},
    ],
    ids=str,
)
def test_a_good_key_opens(world: World, headers: dict[str, str]) -> None:
    answer = world.get("/v1/providers", key=None, headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize("path", PROTECTED)
def test_a_key_without_the_scope_is_403(world: World, path: str) -> None:
    answer = world.get(path, key=BARE)

    problem = assert_problem(answer, 403, "forbidden")
    assert "gallery:read" in problem["detail"]


@pytest.mark.parametrize("path", OPEN)
def test_what_tells_nothing_of_anyone_is_open(world: World, path: str) -> None:
    assert world.get(path, key=None).status_code == 200
    assert world.get(path, key="nobody").status_code == 200


@pytest.mark.parametrize("path", ["/v1/gallery", "/v1/providers", OPEN[0]])
def test_without_a_key_one_is_the_anonymous_tenant(
    open_world: World, path: str
) -> None:
    assert open_world.get(path, key=None).status_code == 200


def test_a_keys_expiry_is_noticed_while_running(new_world: World) -> None:
    new_world.clock.turn(-1)
    before = new_world.get("/v1/providers", key=EXPIRED)
    new_world.clock.turn(1)

    after = new_world.get("/v1/providers", key=EXPIRED)

    assert before.status_code == 200
    assert_problem(after, 401, "unauthorized")


# tenants


def _without_names(answer: httpx.Response, name: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    del problem["request_id"]
    text = {key: str(value).replace(name, "NAME") for key, value in problem.items()}
    return {"status": answer.status_code, **text}


def test_a_tenant_sees_only_its_own_providers(world: World) -> None:
    page = world.page([("limit", "5")], key=OTHER)
    shown = world.get("/v1/providers", key=OTHER).json()["providers"]

    assert [source["provider"] for source in page["sources"]] == ["piktid"]
    assert [provider["name"] for provider in shown] == ["piktid"]
    assert source_of(page, "piktid")["state"] == "fresh"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/gallery?provider=NAME",
        "/v1/gallery?NAME.type=Mine",
        "/v1/providers/NAME",
        "/v1/gallery/NAME:86b7a6e8-5441-4f8a-97ce-10072644a3ee",
    ],
)
def test_other_tenants_providers_are_as_if_they_never_existed(
    world: World, path: str
) -> None:
    foreign = world.get(path.replace("NAME", "hyper3d"), key=OTHER)
    nobody = world.get(path.replace("NAME", "nobody"), key=OTHER)

    assert foreign.status_code in {400, 404}
    assert _without_names(foreign, "hyper3d") == _without_names(nobody, "nobody")


def test_no_answer_repeats_a_key(world: World) -> None:
    headers = {"Authorization": "Bearer s3cret-that-is-wrong"}

    answer = world.get("/v1/gallery", key=None, headers=headers)

    assert "s3cret" not in answer.text
    assert "s3cret" not in str(answer.headers)
