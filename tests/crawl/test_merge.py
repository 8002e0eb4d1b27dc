from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st
from msgspec import structs

from gateway.crawl.lane import Allowance, Lane, LaneOutcome, Standing
from gateway.crawl.merge import Merge
from gateway.plugin.model import GalleryItem
from gateway.plugin.provider import Entry, Listing
from gateway.plugin.query import Query
from tests.crawl.moving_lists import NAMES, Reader, Row, World, spread, to_listing

PAGE_SIZE = 5
EVERYTHING = Query()
NEVER = Query(kinds=frozenset({"model"}))
names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)
minutes = st.lists(st.integers(0, 30), max_size=20)


def to_world(**lists: Sequence[int]) -> World:
    """Make lists with entries of these minutes, the first at the head."""
    world = World(sorted(lists), PAGE_SIZE)
    for name, times in lists.items():
        for minute in reversed(times):
            world.upstreams[name].insert(0, spread(minute))
    return world


class Crawler:
    """Asks for page after page; the lanes stand in the given order."""

    def __init__(
        self, world: World, order: Sequence[str], query: Query = EVERYTHING
    ) -> None:
        self.world = world
        self.query = query
        self.standings = [Standing(name) for name in order]
        self.frontier: str | None = None
        self.lanes: list[Lane] = []
        self.calls = 0

    def ask(self, limit: int, *, down: str | None = None, scan_pages: int = 5) -> Merge:
        allowance = Allowance(limit, scan_pages)
        self.lanes = [
            Lane(rank, self._listing(standing), self.query, standing, allowance)
            for rank, standing in enumerate(self.standings)
        ]
        for lane in self.lanes:
            lane.is_out = lane.provider == down
        merge = Merge(self.lanes, limit=limit, frontier=self.frontier)
        reader = Reader(self.world, iter(()), iter(()))
        while wanting := merge.wanting():
            for lane in wanting:
                if lane.wants:
                    lane.feed(reader.answer(lane, lane.wants))
        self.calls = reader.calls.total()
        self.standings = [lane.standing() for lane in self.lanes]
        self.frontier = merge.frontier
        return merge

    def ask_all(self, limit: int) -> list[str]:
        found: list[str] = []
        for _ in range(200):
            merge = self.ask(limit)
            found += ids_of(merge.items)
            if merge.is_finished:
                return found
        raise AssertionError("the crawl does not end")

    def _listing(self, standing: Standing) -> Listing:
        return self.world.upstreams[standing.provider].listing


def ids_of(items: Sequence[GalleryItem]) -> list[str]:
    return [item.id for item in items]


def sort_by_reference(
    world: World, order: Sequence[str], query: Query = EVERYTHING
) -> list[str]:
    """Sort by (key descending, rank, own order), keys clamped to the entry before."""
    keyed = []
    for rank, name in enumerate(order):
        key = "9"
        for place, row in enumerate(world.upstreams[name].rows):
            item = to_item(row)
            key = min(key, item.created_at or key)
            if query.matches(item):
                keyed.append((key, -rank, -place, item.id))
    return [item_id for *_, item_id in sorted(keyed, reverse=True)]


def to_item(row: Row) -> GalleryItem:
    assert row.entry.item is not None
    return row.entry.item


@given(names, st.lists(minutes, min_size=3, max_size=3), st.integers(1, 30))
def test_sorted_lanes_come_out_as_one_sorted_crawl(
    order: list[str], lists: list[list[int]], limit: int
) -> None:
    newest_first = [sorted(times, reverse=True) for times in lists]
    world = to_world(**dict(zip(order, newest_first, strict=False)))

    found = Crawler(world, order).ask_all(limit)

    assert found == sort_by_reference(world, order)


@given(names, st.lists(minutes, min_size=3, max_size=3), st.integers(1, 30))
def test_an_upstreams_own_order_is_kept_where_its_times_are_not_sorted(
    order: list[str], lists: list[list[int]], limit: int
) -> None:
    world = to_world(**dict(zip(order, lists, strict=False)))

    found = Crawler(world, order).ask_all(limit)

    assert found == sort_by_reference(world, order)


@given(st.lists(minutes, min_size=2, max_size=2), st.integers(1, 12))
def test_the_frontier_never_rises(lists: list[list[int]], limit: int) -> None:
    world = to_world(plain=lists[0], totals=lists[1])
    crawler = Crawler(world, ["plain", "totals"])

    frontiers = []
    while not crawler.ask(limit).is_finished:
        frontiers.append(crawler.frontier or "9")

    assert all(later <= earlier for earlier, later in pairwise(frontiers))


def test_equal_times_come_in_the_configurations_order() -> None:
    world = to_world(plain=[3, 1], totals=[3, 1])

    found = Crawler(world, ["totals", "plain"]).ask_all(10)

    assert found == ["totals:2", "plain:2", "totals:1", "plain:1"]


def test_a_lane_that_is_out_is_left_out_and_later_late() -> None:
    world = to_world(plain=[9, 8, 2], totals=[7, 3, 1])
    crawler = Crawler(world, ["plain", "totals"])

    without = crawler.ask(2, down="plain")
    back = crawler.ask(3)

    assert ids_of(without.items) == ["totals:3", "totals:2"]
    assert ids_of(back.items) == ["plain:3", "plain:2", "plain:1"]
    assert [lane.is_late for lane in crawler.lanes] == [True, False]
    assert crawler.frontier == spread(2)


def test_a_lane_that_brings_only_older_items_is_not_late() -> None:
    world = to_world(plain=[2], totals=[7, 3])
    crawler = Crawler(world, ["plain", "totals"])
    crawler.ask(2, down="plain")

    crawler.ask(2)

    assert not any(lane.is_late for lane in crawler.lanes)


@given(
    st.lists(minutes, min_size=2, max_size=2),
    st.lists(st.sampled_from([None, "plain", "totals"]), max_size=8),
    st.integers(1, 12),
)
def test_whoever_fails_on_the_way_nothing_is_lost_or_doubled(
    lists: list[list[int]], downs: list[str | None], limit: int
) -> None:
    world = to_world(plain=lists[0], totals=lists[1])
    crawler = Crawler(world, ["plain", "totals"])

    found = []
    for down in downs:
        found += ids_of(crawler.ask(limit, down=down).items)
    found += crawler.ask_all(limit)

    for name in ("plain", "totals"):
        own = [item_id for item_id in found if item_id.startswith(name)]
        assert own == [row.entry.id for row in world.upstreams[name].rows]


def test_a_page_with_only_failed_sources_left_is_stuck_and_not_finished() -> None:
    crawler = Crawler(to_world(plain=[3], totals=[]), ["plain", "totals"])

    merge = crawler.ask(5, down="plain")

    assert merge.is_stuck
    assert not merge.is_finished


def test_a_page_that_has_items_is_not_stuck() -> None:
    crawler = Crawler(to_world(plain=[3], totals=[4]), ["plain", "totals"])

    merge = crawler.ask(5, down="plain")

    assert ids_of(merge.items) == ["totals:1"]
    assert not merge.is_stuck
    assert not merge.is_finished


def test_a_refused_lane_leaves_the_crawl() -> None:
    crawler = Crawler(to_world(plain=[3], totals=[4]), ["plain", "totals"])
    crawler.standings[0] = Standing("plain", LaneOutcome.REFUSED)

    merge = crawler.ask(5)

    assert ids_of(merge.items) == ["totals:1"]
    assert merge.is_finished
    assert crawler.standings[0].outcome is LaneOutcome.REFUSED


@given(
    st.lists(minutes, min_size=2, max_size=2),
    st.none() | st.integers(0, 30),
    st.none() | st.integers(0, 30),
    st.integers(1, 12),
)
def test_a_filtered_crawl_is_the_crawl_filtered(
    lists: list[list[int]], after: int | None, before: int | None, limit: int
) -> None:
    newest_first = [sorted(times, reverse=True) for times in lists]
    world = to_world(plain=newest_first[0], totals=newest_first[1])
    query = Query(
        created_after=None if after is None else spread(after),
        created_before=None if before is None else spread(before),
    )

    found = Crawler(world, ["plain", "totals"], query).ask_all(limit)

    assert found == sort_by_reference(world, ["plain", "totals"], query)


@pytest.mark.parametrize(("name", "calls"), [("totals", 3), ("plain", 5)])
def test_a_filtered_page_reads_as_many_pages_as_it_may_and_moves_on(
    name: str, calls: int
) -> None:
    world = to_world(**{name: range(100, 0, -1)})
    crawler = Crawler(world, [name], NEVER)

    merge = crawler.ask(10, scan_pages=1)

    assert merge.items == []
    assert not merge.is_finished
    assert not merge.is_stuck
    assert 1 <= crawler.calls <= calls
    assert crawler.lanes[0].is_paused
    through = crawler.lanes[0].through
    assert through is not None
    assert through < str(spread(100))


@pytest.mark.parametrize("name", NAMES)
def test_a_filter_that_matches_nothing_comes_to_an_end(name: str) -> None:
    world = to_world(**{name: range(100, 0, -1)})

    found = Crawler(world, [name], NEVER).ask_all(10)

    assert found == []


def test_a_paused_lane_stops_the_page_where_it_may_hold_something_newer() -> None:
    world = to_world(plain=range(100, 0, -1), totals=[99, 1])
    for row in world.upstreams["totals"].rows:
        titled = structs.replace(to_item(row), title="Wanted")
        row.entry = Entry(titled.id, titled)
    crawler = Crawler(world, ["plain", "totals"], Query(words=("wanted",)))

    merge = crawler.ask(10, scan_pages=1)

    assert ids_of(merge.items) == ["totals:2"]
    assert crawler.lanes[0].is_paused
    assert crawler.lanes[1].head is not None


@pytest.mark.parametrize("name", ["plain", "totals", "whole", "tokened"])
def test_created_after_ends_a_sorted_source_at_its_first_older_item(name: str) -> None:
    world = to_world(**{name: range(100, 0, -1)})
    query = Query(created_after=spread(97))
    crawler = Crawler(world, [name], query)

    merge = crawler.ask(10)

    assert len(merge.items) == 4
    assert merge.is_finished
    assert crawler.calls == 1


def test_created_after_does_not_end_a_ranked_source() -> None:
    world = to_world(ranked=[1, 9, 2, 8])
    query = Query(created_after=spread(5))

    found = Crawler(world, ["ranked"], query).ask_all(10)

    assert found == ["ranked:3", "ranked:1"]


def test_a_source_that_is_left_keeps_no_anchors() -> None:
    crawler = Crawler(to_world(plain=[3, 2, 1]), ["plain"])

    crawler.ask(10)

    place = crawler.standings[0].place
    assert place is not None
    assert place.anchors == b""
    assert place.key == spread(1)


def test_nothing_is_read_of_a_source_that_has_ended() -> None:
    crawler = Crawler(to_world(plain=[3, 2, 1]), ["plain"])
    crawler.ask(10)

    crawler.ask(10)

    assert crawler.calls == 0


def test_nothing_can_be_taken_of_a_lane_without_a_head() -> None:
    listing = to_listing("plain", PAGE_SIZE)
    lane = Lane(0, listing, EVERYTHING, Standing("plain"), Allowance(1, 1))

    with pytest.raises(LookupError):
        lane.take()
