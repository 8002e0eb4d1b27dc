"""What a crawl promises, over three real lists."""

from itertools import pairwise
from typing import Any

import pytest

from tests.api.world import PROVIDERS, World, ids_of, items_of, source_of

LIMITS = (1, 7, 24, 100)


def _to_rank(item: dict[str, Any]) -> tuple[str, int]:
    return item["created_at"], -PROVIDERS.index(item["provider"])


def _to_moment(item_id: str) -> tuple[int, int]:
    """Sort as avatar's items stand: its own list is in no order."""
    moment, _, number = item_id.partition(":")[2].partition("-")
    return -int(moment), int(number or 0)


@pytest.mark.parametrize("limit", LIMITS)
def test_a_whole_crawl_returns_every_item_exactly_once(
    world: World, limit: int
) -> None:
    pages = world.crawl([("limit", str(limit))])

    assert sorted(ids_of(pages)) == sorted(world.truths())
    assert all(len(page["items"]) <= limit for page in pages)


@pytest.mark.parametrize("limit", LIMITS)
def test_the_newest_come_first_and_no_upstream_is_reordered(
    world: World, limit: int
) -> None:
    items = items_of(world.crawl([("limit", str(limit))]))

    ranks = [_to_rank(item) for item in items if item["created_at"]]
    assert all(before >= after for before, after in pairwise(ranks))
    for name in PROVIDERS:
        own = [item["id"] for item in items if item["provider"] == name]
        truth = world.truth(name)
        assert own == (truth if name != "avatar" else sorted(truth, key=_to_moment))


@pytest.mark.parametrize("limit", LIMITS)
def test_only_the_last_page_is_complete_and_has_no_next(
    world: World, limit: int
) -> None:
    *pages, last = world.crawl([("limit", str(limit))])

    assert all(page["next_cursor"] and not page["complete"] for page in pages)
    assert last["complete"] is True
    assert last["next_cursor"] is None
    assert all(source["exhausted"] for source in last["sources"])


def test_every_unfiltered_page_but_the_last_is_full(world: World) -> None:
    *pages, _ = world.crawl([("limit", "13")])

    assert {len(page["items"]) for page in pages} == {13}


def test_sources_come_in_the_order_of_the_configuration(world: World) -> None:
    pages = world.crawl([("limit", "50")])

    for page in pages:
        assert [source["provider"] for source in page["sources"]] == list(PROVIDERS)


def test_a_source_tells_its_total_and_how_far_it_was_read(world: World) -> None:
    page = world.page([("limit", "30")])

    totals = {s["provider"]: s["total"] for s in page["sources"]}
    assert totals == {"hyper3d": None, "avatar": 60, "piktid": 90}
    for name in PROVIDERS:
        own = [i["created_at"] for i in page["items"] if i["provider"] == name]
        assert source_of(page, name)["read_through"] <= min(filter(None, own))


def test_no_total_is_told_of_a_list_that_is_filtered_here(world: World) -> None:
    page = world.page([("status", "ready")])

    assert {source["total"] for source in page["sources"]} == {None}


def test_a_cursor_is_short_and_safe_in_addresses(world: World) -> None:
    pages = world.crawl([("limit", "7")])

    assert len(pages) > 1
    for page in pages[:-1]:
        cursor = page["next_cursor"]
        assert len(cursor) <= 1024
        assert cursor.replace("-", "").replace("_", "").isalnum()


def test_the_same_cursor_gives_the_same_page_again(world: World) -> None:
    first = world.page([("limit", "9")])
    params = [("limit", "9"), ("cursor", first["next_cursor"])]

    assert world.page(params) == world.page(params)


def test_what_is_fresh_in_the_cache_costs_no_call(new_world: World) -> None:
    new_world.crawl([("limit", "20")])
    before = [new_world.ask(name)["list_calls"] for name in PROVIDERS]

    new_world.crawl([("limit", "20")])

    assert [new_world.ask(name)["list_calls"] for name in PROVIDERS] == before


def test_a_page_in_the_depth_costs_no_more_than_the_first(new_world: World) -> None:
    pages = new_world.crawl([("limit", "24"), ("provider", "hyper3d")])
    new_world.reset()
    new_world.clock.turn(60)

    cursor = pages[-2]["next_cursor"]
    params = [("limit", "24"), ("provider", "hyper3d"), ("cursor", cursor)]
    new_world.page(params)

    assert new_world.ask("hyper3d")["list_calls"] <= 2 * 1 + 3


@pytest.mark.parametrize(
    ("limit", "seconds"),
    [(1, 11), (7, 0), (7, 11), (7, 31), (7, 4000), (24, 11), (24, 31), (50, 11)],
)
def test_a_crawl_over_moving_lists_loses_and_repeats_nothing(
    own_world: World, limit: int, seconds: int
) -> None:
    world, first = own_world, own_world.truths()
    added: list[str] = []

    def move(number: int) -> None:
        world.clock.turn(seconds)
        if number > 40:
            return
        name = PROVIDERS[number % 3]
        added.extend(world.add(name, 1 + number % 3))
        if number % 2:
            world.delete(name, world.truth(name)[number % 5 :: 37])

    returned = ids_of(world.crawl([("limit", str(limit))], between=move))

    stayed = set(first) & set(world.truths())
    assert stayed <= set(returned)
    assert len(returned) == len(set(returned))
    assert set(returned) <= {*first, *added}


def test_a_crawl_survives_the_death_of_the_item_it_stands_on(own_world: World) -> None:
    world = own_world
    first = world.page([("limit", "30")])
    seen = [item["id"] for item in first["items"]]

    for name in PROVIDERS:
        own = [item_id for item_id in seen if item_id.startswith(f"{name}:")]
        world.delete(name, own[-2:])
    world.clock.turn(60)
    rest = ids_of(world.crawl([("limit", "30")], cursor=first["next_cursor"]))

    assert set(world.truths()) <= {*seen, *rest}
    assert not set(seen) & set(rest)


def test_a_cursor_works_in_another_replica_with_the_same_key(
    world: World, open_world: World
) -> None:
    first = world.page([("limit", "40")])

    rest = open_world.crawl([("limit", "40")], cursor=first["next_cursor"])

    assert sorted(ids_of([first, *rest])) == sorted(world.truths())


def test_what_may_change_on_the_way_changes_nothing_else(world: World) -> None:
    first = world.page([("limit", "10"), ("q", "a")])
    options = [("limit", "77"), ("assets_limit", "0"), ("include", "native")]

    rest = world.crawl(
        [("q", "a"), *options, ("require", "all")], cursor=first["next_cursor"]
    )

    expected = ids_of(world.crawl([("q", "a")]))
    assert ids_of([first, *rest]) == expected
