"""One item by its id."""

from typing import Any

import pytest

from tests.api.world import (
    OTHER,
    PROVIDERS,
    World,
    assert_problem,
    items_of,
)

WHOLE = (("limit", "100"), ("assets_limit", "200"), ("include", "native"))
FIELDS = {
    "id",
    "provider",
    "kind",
    "status",
    "title",
    "prompt",
    "created_at",
    "updated_at",
    "author",
    "collection",
    "job_id",
    "visibility",
    "licensed",
    "likes",
    "liked",
    "progress",
    "error",
    "actions",
    "cover",
    "asset_count",
    "assets",
    "native",
}
ASSET_FIELDS = {
    "id",
    "role",
    "output_id",
    "kind",
    "status",
    "url",
    "preview_url",
    "thumbnail_url",
    "width",
    "height",
    "placeholder",
    "size_bytes",
    "duration_seconds",
    "filename",
    "media_type",
    "quality_score",
    "feedback",
    "error",
    "created_at",
    "native",
}
ROLES = ("output", "preview", "input")
Item = dict[str, Any]


@pytest.fixture(scope="session")
def listed(world: World) -> dict[str, Item]:
    return {item["id"]: item for item in items_of(world.crawl(WHOLE))}


def _is_whole(item: Item) -> bool:
    return bool(item["asset_count"] == len(item["assets"]))


def test_absent_values_are_null_and_never_missing(listed: dict[str, Item]) -> None:
    for item in listed.values():
        assert set(item) == FIELDS
        assert all(set(asset) == ASSET_FIELDS for asset in item["assets"])


def test_asset_ids_are_unique_and_outputs_come_first(listed: dict[str, Item]) -> None:
    for item in listed.values():
        ids = [asset["id"] for asset in item["assets"]]
        roles = [ROLES.index(asset["role"]) for asset in item["assets"]]
        assert len(ids) == len(set(ids))
        assert roles == sorted(roles)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_listed_item_is_found_by_its_id(
    world: World, listed: dict[str, Item], provider: str
) -> None:
    own = [i for i in listed.values() if i["provider"] == provider and _is_whole(i)]

    for item in own[::9]:
        answer = world.get(f"/v1/gallery/{item['id']}", [("include", "native")])

        assert answer.status_code == 200
        assert answer.json() == item


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_item_is_found_where_nothing_was_listed_before(
    new_world: World, listed: dict[str, Item], provider: str
) -> None:
    last = [item for item in listed.values() if item["provider"] == provider][-1]

    answer = new_world.get(f"/v1/gallery/{last['id']}")

    assert answer.status_code == 200
    assert answer.json()["id"] == last["id"]
    assert answer.json()["native"] is None


def test_an_item_has_all_its_assets(world: World, listed: dict[str, Item]) -> None:
    most = max(filter(_is_whole, listed.values()), key=lambda i: i["asset_count"])

    item = world.get(f"/v1/gallery/{most['id']}").json()

    assert item["asset_count"] == most["asset_count"]
    assert len(item["assets"]) == item["asset_count"] > 4


@pytest.mark.parametrize("spelling", [":", "%3A", "%3a"])
def test_the_colon_may_be_escaped(
    world: World, listed: dict[str, Item], spelling: str
) -> None:
    item_id = next(iter(listed))

    answer = world.get(f"/v1/gallery/{item_id.replace(':', spelling)}")

    assert answer.status_code == 200
    assert answer.json()["id"] == item_id


@pytest.mark.parametrize(
    "item_id",
    [
        *[f"{name}:never-was" for name in PROVIDERS],
        "nobody:1",
        "hyper3d",
        "hyper3d:",
        ":1",
        "hyper3d:~",
        "hyper3d:~!!",
        "hyper3d:~YQ",
        "hyper3d:a%20b",
        "hyper3d:%00",
        "hyper3d:%F0%9F%A6%8A",
        "hyper3d:" + "a" * 5000,
        "HYPER3D:1",
    ],
)
def test_an_unknown_id_is_404(world: World, item_id: str) -> None:
    answer = world.get(f"/v1/gallery/{item_id}")

    assert_problem(answer, 404, "not-found")


def test_another_accounts_item_is_404(world: World, listed: dict[str, Item]) -> None:
    own = next(item_id for item_id in listed if item_id.startswith("avatar:"))

    answer = world.get(f"/v1/gallery/{own}", key=OTHER)

    assert_problem(answer, 404, "not-found")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("include=all", "include"),
        ("assets_limit=3", "assets_limit"),
        ("limit=3", "limit"),
        ("q=%FF", "q"),
    ],
)
def test_a_bad_parameter_of_an_item_is_named(
    world: World, listed: dict[str, Item], query: str, name: str
) -> None:
    answer = world.get(f"/v1/gallery/{next(iter(listed))}?{query}")

    problem = assert_problem(answer, 400, "invalid-parameter")
    assert [error["parameter"] for error in problem["errors"]] == [name]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_item_whose_provider_is_down_is_503_and_not_404(
    new_world: World, provider: str
) -> None:
    item_id = new_world.truth(provider)[-1]
    new_world.tell(provider, "fail", status=503, headers={"Retry-After": "9"})

    answer = new_world.get(f"/v1/gallery/{item_id}")

    assert_problem(answer, 503, "upstream-unavailable")
    assert answer.headers["retry-after"] == "9"


def test_a_call_that_the_provider_refuses_is_502(new_world: World) -> None:
    item_id = new_world.truth("piktid")[0]
    new_world.tell("piktid", "fail", status=403)

    answer = new_world.get(f"/v1/gallery/{item_id}")

    assert_problem(answer, 502, "upstream-rejected")


def test_an_item_behind_a_refused_credential_is_502(new_world: World) -> None:
    answer = new_world.get("/v1/gallery/hyper3d:1", key="crossed")

    assert_problem(answer, 502, "upstream-unauthorized")


def test_a_deleted_item_is_404_once_the_cache_is_old(own_world: World) -> None:
    item_id = own_world.truth("hyper3d")[2]
    own_world.page()
    own_world.delete("hyper3d", [item_id])
    own_world.clock.turn(100)

    answer = own_world.get(f"/v1/gallery/{item_id}")

    assert_problem(answer, 404, "not-found")
