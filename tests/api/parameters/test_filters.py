"""Each filter gives what one would pick out of the whole crawl by hand."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.api.world import PROVIDERS, Parameters, World, ids_of, items_of, source_of

KINDS = ("image", "video", "model")
STATUSES = (
    "queued",
    "processing",
    "ready",
    "partial",
    "failed",
    "canceled",
    "unknown",
)
MOST_WHOLE = 20
"""Of so many items a page has room for all assets."""
WHOLE = (("limit", f"{MOST_WHOLE}"), ("assets_limit", "200"), ("include", "native"))
MIDDLE = "2024-06-01T00:00:00.000Z"
Item = dict[str, Any]


@pytest.fixture(scope="session")
def all_items(world: World) -> list[Item]:
    return items_of(world.crawl(WHOLE))


def _has_words(item: Item, text: str) -> bool:
    texts = [item["title"], item["prompt"], *(a["filename"] for a in item["assets"])]
    searched = "\n".join(filter(None, texts)).casefold()
    return all(word in searched for word in text.casefold().split())


def _pick(items: list[Item], params: Parameters) -> list[Item]:
    """Filter by hand."""
    given = {name: [v for n, v in params if n == name] for name, _ in params}
    (after,) = given.get("created_after", [""])
    (before,) = given.get("created_before", ["9999"])
    is_timed = bool(after) or before != "9999"
    return [
        item
        for item in items
        if item["provider"] in given.get("provider", PROVIDERS)
        and item["kind"] in given.get("kind", KINDS)
        and item["status"] in given.get("status", STATUSES)
        and all(_has_words(item, text) for text in given.get("q", []))
        and (not is_timed or after <= (item["created_at"] or "") < before)
    ]


@pytest.mark.parametrize(
    "params",
    [
        *[[("provider", name)] for name in PROVIDERS],
        [("provider", "piktid"), ("provider", "avatar")],
        *[[("kind", kind)] for kind in KINDS],
        [("kind", "video"), ("kind", "model")],
        *[[("status", status)] for status in STATUSES],
        [("status", "ready"), ("status", "failed")],
        [("q", "a")],
        [("q", "A WALNUT")],
        [("q", "jpg")],
        [("q", "no such words anywhere")],
        [("created_after", MIDDLE)],
        [("created_before", MIDDLE)],
        [("created_after", MIDDLE), ("created_before", "2025-06-01T00:00:00.000Z")],
        [("created_after", MIDDLE), ("created_before", MIDDLE)],
        [("kind", "image"), ("status", "ready"), ("q", "a"), ("created_after", MIDDLE)],
        [("provider", "hyper3d"), ("kind", "image")],
    ],
    ids=str,
)
def test_a_filtered_crawl_is_what_one_picks_by_hand(
    world: World, all_items: list[Item], params: Parameters
) -> None:
    pages = world.crawl([*params, *WHOLE])

    assert items_of(pages) == _pick(all_items, params)
    assert pages[-1]["complete"] is True


@settings(deadline=None, max_examples=25)
@given(
    providers=st.sets(st.sampled_from(PROVIDERS)),
    kinds=st.sets(st.sampled_from(KINDS)),
    statuses=st.sets(st.sampled_from(STATUSES)),
    words=st.sampled_from(["", "a", "o e", "BRASS"]),
    years=st.sets(st.integers(2021, 2026), max_size=2),
    limit=st.integers(1, MOST_WHOLE),
)
def test_filters_together_are_what_one_picks_by_hand(  # noqa: PLR0913  # one each
    *,
    world: World,
    all_items: list[Item],
    providers: set[str],
    kinds: set[str],
    statuses: set[str],
    words: str,
    years: set[int],
    limit: int,
) -> None:
    params = [
        *(("provider", name) for name in sorted(providers)),
        *(("kind", kind) for kind in sorted(kinds)),
        *(("status", status) for status in sorted(statuses)),
        *([("q", words)] if words else []),
    ]
    if years:
        params.append(("created_after", f"{min(years)}-03-01T00:00:00.000Z"))
    if len(years) == 2:
        params.append(("created_before", f"{max(years)}-03-01T00:00:00.000Z"))

    pages = world.crawl([*params, *WHOLE[1:], ("limit", str(limit))])

    assert items_of(pages) == _pick(all_items, params)


@pytest.mark.parametrize(
    "spelling",
    ["2024-06-01T02:00:00%2B02:00", "2024-06-01t00:00:00z", "2024-06-01T00:00:00Z"],
)
def test_a_moment_may_be_spelt_in_any_zone(world: World, spelling: str) -> None:
    expected = world.crawl([("limit", "100"), ("created_after", MIDDLE)])

    answer = world.get(f"/v1/gallery?limit=100&created_after={spelling}")

    assert ids_of([answer.json()]) == ids_of(expected)[:100]


def test_after_is_inclusive_and_before_exclusive(
    world: World, all_items: list[Item]
) -> None:
    moment = all_items[100]["created_at"]
    same = [i["id"] for i in all_items if i["created_at"] == moment]

    after = ids_of(world.crawl([("limit", "100"), ("created_after", moment)]))
    before = ids_of(world.crawl([("limit", "100"), ("created_before", moment)]))

    assert set(same) <= set(after)
    assert not set(same) & set(before)
    assert len(after) + len(before) == sum(1 for i in all_items if i["created_at"])


@pytest.mark.parametrize("finer", ["0001", "001", "9", "999999999"])
def test_a_moment_between_two_milliseconds_is_after_the_first(
    world: World, all_items: list[Item], finer: str
) -> None:
    item = next(item for item in all_items if item["created_at"])
    moment = f"{item['created_at'].removesuffix('Z')}{finer}Z"
    params = [("limit", "100"), ("provider", item["provider"])]

    after = ids_of([world.page([*params, ("created_after", moment)])])
    before = ids_of([world.page([*params, ("created_before", moment)])])

    assert item["id"] not in after
    assert item["id"] in before


def test_words_are_found_in_either_of_unicodes_normal_forms(
    world: World, all_items: list[Item]
) -> None:
    titles = [item["title"] or "" for item in all_items]
    word = next(
        word
        for title in titles
        for word in title.split()
        if unicodedata.normalize("NFD", word) != word
    )

    found = [
        ids_of(world.crawl([*WHOLE, ("q", unicodedata.normalize(form, word))]))
        for form in ("NFC", "NFD")
    ]

    assert found[0] == found[1] != []


def test_a_source_ends_at_the_first_item_that_is_too_old(new_world: World) -> None:
    new_world.page([("created_after", "2026-01-14T00:00:00Z"), ("limit", "100")])

    assert new_world.ask("piktid")["list_calls"] == 1
    assert new_world.ask("avatar")["list_calls"] == 1
    assert new_world.ask("hyper3d")["list_calls"] <= 2


def test_a_source_without_the_wanted_kind_is_not_asked(new_world: World) -> None:
    page = new_world.page([("kind", "model")])

    assert new_world.ask("piktid")["list_calls"] == 0
    assert new_world.ask("avatar")["list_calls"] == 0
    assert source_of(page, "piktid")["exhausted"] is True


def test_a_filtered_page_reads_no_more_than_its_share(new_world: World) -> None:
    page = new_world.page([("q", "no such words"), ("provider", "piktid")])

    assert new_world.ask("piktid")["list_calls"] <= 5 + 2
    assert page["items"] == []
    assert source_of(page, "piktid")["read_through"] is not None


@pytest.mark.parametrize("limit", [0, 1, 3, 200])
def test_assets_are_listed_up_to_their_limit(
    world: World, all_items: list[Item], limit: int
) -> None:
    items = items_of(world.crawl([("limit", "100"), ("assets_limit", str(limit))]))

    for item, whole in zip(items, all_items, strict=True):
        shown = [asset["id"] for asset in item["assets"]]
        assert shown == [asset["id"] for asset in whole["assets"]][:limit]
        assert item["asset_count"] == whole["asset_count"] >= len(whole["assets"])


def test_four_assets_are_listed_unless_told_otherwise(world: World) -> None:
    items = items_of(world.crawl([("limit", "100")]))

    assert max(len(item["assets"]) for item in items) == 4


def test_native_fields_come_only_when_asked_for(
    world: World, all_items: list[Item]
) -> None:
    items = items_of(world.crawl([("limit", "100")]))

    for item in items:
        assert item["native"] is None
        assert all(asset["native"] is None for asset in item["assets"])
        assert item["cover"] is None or item["cover"]["native"] is None
    for name in ("hyper3d", "piktid"):
        assert any(i["native"] for i in all_items if i["provider"] == name)


def test_a_providers_own_filter_touches_only_that_provider(
    world: World, all_items: list[Item]
) -> None:
    piktid = [i for i in all_items if i["provider"] == "piktid" and i["collection"]]
    project = piktid[0]["collection"]["id"]

    items = items_of(world.crawl([*WHOLE, ("piktid.project_id", project)]))

    wanted = [
        item
        for item in all_items
        if item["provider"] != "piktid"
        or (item["collection"] or {}).get("id") == project
    ]
    assert items == wanted


def test_own_filters_and_common_ones_work_together(
    world: World, all_items: list[Item]
) -> None:
    grouped = [i for i in all_items if i["provider"] == "hyper3d" and i["collection"]]
    group = grouped[0]["collection"]["id"]

    items = items_of(
        world.crawl(
            [
                *WHOLE,
                ("hyper3d.group_uuid", group),
                ("provider", "hyper3d"),
                ("status", "ready"),
            ]
        )
    )

    assert items == [
        item
        for item in grouped
        if item["collection"]["id"] == group and item["status"] == "ready"
    ]


def test_a_list_in_another_order_keeps_that_order(world: World) -> None:
    params = [("provider", "hyper3d"), ("hyper3d.type", "Featured")]

    whole = ids_of(world.crawl([("limit", "100"), *params]))

    assert whole
    assert len(whole) == len(set(whole))
    assert ids_of(world.crawl([("limit", "7"), *params])) == whole


@pytest.mark.parametrize("spelling", ["true", "false", "1", "0"])
def test_an_own_boolean_is_understood_as_text(world: World, spelling: str) -> None:
    params = [("provider", "hyper3d"), ("hyper3d.is_hidden", spelling)]

    items = items_of(world.crawl([("limit", "100"), *params]))

    is_hidden = spelling in {"true", "1"}
    assert items
    assert {item["visibility"] == "hidden" for item in items} == {is_hidden}


def test_an_own_list_is_a_repeated_parameter(world: World) -> None:
    base = [("provider", "hyper3d"), ("limit", "100")]
    steps = ("Created", "Generate")

    apart = [
        item_id
        for step in steps
        for item_id in ids_of(world.crawl([*base, ("hyper3d.task_step", step)]))
    ]
    together = ids_of(
        world.crawl([*base, *(("hyper3d.task_step", step) for step in steps)])
    )

    assert sorted(together) == sorted(apart)
