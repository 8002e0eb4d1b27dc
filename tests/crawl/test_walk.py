"""Each way of stepping and searching; `test_crawl.py` holds the whole to its promises."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from gateway.crawl.chain import follows
from gateway.crawl.page import Page
from gateway.crawl.position import Position
from gateway.crawl.search import Read, Reading
from gateway.crawl.walk import Walk
from gateway.plugin.provider import PageKey
from gateway.plugin.times import LATEST
from tests.crawl.moving_lists import NAMES, Upstream, spread, to_listing

PAGE_SIZE = 5


def to_upstream(name: str, count: int) -> Upstream:
    """Make a list of so many entries; the newest has the highest number."""
    upstream = Upstream(name, to_listing(name, PAGE_SIZE), PAGE_SIZE)
    insert(upstream, count)
    return upstream


def insert(upstream: Upstream, count: int) -> None:
    for _ in range(count):
        upstream.insert(0, spread(upstream.moves))


def ids_of(upstream: Upstream) -> list[str]:
    return [row.entry.id for row in upstream.rows]


@dataclass
class Desk:
    """Answers a walk's reads, from its cache until a page is read anew.

    `before` moves the list ahead of the n-th call; `is_keeping` keeps what was read.
    """

    upstream: Upstream
    cached: dict[PageKey, Page] = field(default_factory=dict)
    before: dict[int, Callable[[], None]] = field(default_factory=dict)
    reads: list[PageKey] = field(default_factory=list)
    calls: int = 0
    is_keeping: bool = False

    def keep(self, number: PageKey, predecessor: str | None = None) -> None:
        self.cached[number] = self.upstream.read(number, 0).following(predecessor)

    def walk(self, walk: Walk, limit: int = 10_000) -> list[str]:
        taken: list[str] = []
        while len(taken) < limit and not walk.ended:
            if walk.head is not None:
                taken.append(walk.take().id)
            elif walk.wants is not None:
                walk.feed(self._answer(walk.wants))
        return taken

    def find(self, walk: Walk) -> None:
        """Read until an entry is at hand."""
        while walk.wants is not None:
            walk.feed(self._answer(walk.wants))

    def _answer(self, want: Read) -> Reading:
        self.reads.append(want.page)
        kept = self.cached.get(want.page)
        is_free = want.after == 0 or want.here is not None
        if kept and is_free and (want.here is None or follows(want.here, kept)):
            return Reading(kept, is_new=False)
        self.calls += 1
        self.cached.pop(want.page, None)
        self.before.pop(self.calls, lambda: None)()
        page = self.upstream.read(want.page, self.calls)
        if self.is_keeping:
            self.cached[want.page] = page
        return Reading(page, is_new=True)


def begin(upstream: Upstream) -> Walk:
    return Walk(upstream.listing, None)


def place_at(upstream: Upstream, depth: int) -> Position:
    """Return the place behind the first `depth` entries."""
    walk = begin(upstream)
    Desk(upstream).walk(walk, depth)
    place = walk.place()
    assert place is not None
    return place


@pytest.mark.parametrize(
    ("name", "first"), [("totals", 1), ("plain", 0), ("whole", 0), ("tokened", "")]
)
def test_an_empty_list_ends_at_its_head(name: str, first: PageKey) -> None:
    desk = Desk(to_upstream(name, 0))
    walk = begin(desk.upstream)

    taken = desk.walk(walk)

    assert taken == []
    assert walk.ended
    assert walk.place() is None
    assert desk.reads == [first]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [1, 4, 5, 6, 10, 23])
def test_a_list_at_rest_is_walked_from_head_to_end(name: str, count: int) -> None:
    desk = Desk(to_upstream(name, count))

    taken = desk.walk(begin(desk.upstream))

    assert taken == ids_of(desk.upstream)


@pytest.mark.parametrize("name", NAMES)
def test_a_walk_goes_on_from_any_place(name: str) -> None:
    upstream = to_upstream(name, 23)

    for depth in range(1, 23):
        walk = Walk(upstream.listing, place_at(upstream, depth))

        assert Desk(upstream).walk(walk) == ids_of(upstream)[depth:]
        assert walk.detour == 0


def test_a_whole_list_is_one_read() -> None:
    desk = Desk(to_upstream("whole", 23))

    desk.walk(begin(desk.upstream))

    assert desk.reads == [0]


def test_tokens_are_followed_one_by_one() -> None:
    desk = Desk(to_upstream("tokened", 12))

    desk.walk(begin(desk.upstream))

    assert desk.reads == ["", "8", "3"]


def test_entries_that_come_in_ahead_of_a_token_do_not_show() -> None:
    desk = Desk(to_upstream("tokened", 12))
    there = ids_of(desk.upstream)
    desk.before[2] = lambda: insert(desk.upstream, 7)

    taken = desk.walk(begin(desk.upstream))

    assert taken == there


def test_totals_prove_a_step_without_a_further_call() -> None:
    desk = Desk(to_upstream("totals", 12))

    desk.walk(begin(desk.upstream))

    assert desk.reads == [1, 2, 3]


def test_a_total_that_fell_has_the_page_read_again() -> None:
    desk = Desk(to_upstream("totals", 23))
    there = ids_of(desk.upstream)
    desk.before[2] = lambda: desk.upstream.delete(0, 2)

    taken = desk.walk(begin(desk.upstream))

    assert taken == there
    assert desk.reads[:4] == [1, 2, 1, 2]


def test_without_totals_each_step_reads_the_page_again() -> None:
    desk = Desk(to_upstream("plain", 7))

    desk.walk(begin(desk.upstream))

    assert desk.reads == [0, 1, 0, 2, 1]


@pytest.mark.parametrize("name", ["plain", "ranked"])
@pytest.mark.parametrize("time", [None, spread(1)])
def test_the_check_of_a_kept_page_costs_no_more_where_times_do_not_tell(
    name: str, time: str | None
) -> None:
    upstream = Upstream(name, to_listing(name, PAGE_SIZE), PAGE_SIZE)
    for _ in range(PAGE_SIZE * 2 + 2):
        upstream.insert(0, time)
    desk = Desk(upstream)
    desk.keep(0)

    taken = desk.walk(begin(upstream))

    assert taken == ids_of(upstream)
    assert desk.reads[:5] == [0, 1, 0, 2, 1]


def test_without_totals_a_change_is_found_by_reading_again() -> None:
    desk = Desk(to_upstream("plain", 23))
    there = ids_of(desk.upstream)
    desk.before[2] = lambda: desk.upstream.delete(1, 3)

    taken = desk.walk(begin(desk.upstream))

    assert taken == there


def test_a_page_that_overlaps_needs_no_proof() -> None:
    desk = Desk(to_upstream("plain", 23))
    there = ids_of(desk.upstream)
    desk.keep(0)
    insert(desk.upstream, 2)
    desk.keep(1)

    taken = desk.walk(begin(desk.upstream), 8)

    assert taken == there[:8]
    assert desk.reads == [0, 1]
    assert desk.calls == 0


def test_a_page_that_overlaps_wholly_is_passed_through() -> None:
    desk = Desk(to_upstream("plain", 23))
    there = ids_of(desk.upstream)
    desk.keep(0)
    insert(desk.upstream, 5)

    taken = desk.walk(begin(desk.upstream))

    assert taken == there


def test_a_page_that_is_linked_needs_no_proof() -> None:
    desk = Desk(to_upstream("plain", 23))
    there = ids_of(desk.upstream)
    desk.keep(0)
    desk.keep(1, predecessor=there[4])

    taken = desk.walk(begin(desk.upstream), 10)

    assert taken == there[:10]
    assert desk.calls == 0


def test_a_link_that_was_proven_is_given_to_the_cache() -> None:
    desk = Desk(to_upstream("plain", 23))
    there = ids_of(desk.upstream)
    walk = begin(desk.upstream)

    desk.walk(walk, 6)

    assert [(number, page.predecessor) for number, page in walk.proven] == [
        (1, there[4])
    ]


def test_a_cached_page_that_does_not_chain_is_read_anew() -> None:
    desk = Desk(to_upstream("plain", 23))
    desk.keep(1)
    desk.upstream.delete(0, 12)
    there = ids_of(desk.upstream)

    taken = desk.walk(begin(desk.upstream))

    assert taken == there
    assert desk.reads[:2] == [0, 1]
    assert 1 not in desk.cached


def test_a_cached_page_that_overlaps_from_behind_is_passed_through() -> None:
    desk = Desk(to_upstream("plain", 23))
    desk.keep(1)
    desk.upstream.delete(0, 7)
    there = ids_of(desk.upstream)

    taken = desk.walk(begin(desk.upstream))

    assert taken == there


class Repeating(Desk):
    """A desk whose upstream answers with its last page for any further one."""

    def _answer(self, want: Read) -> Reading:
        last = (len(self.upstream.rows) - 1) // PAGE_SIZE
        return super()._answer(want._replace(page=min(int(want.page), last)))


def test_an_upstream_that_repeats_its_last_page_has_an_end() -> None:
    desk = Repeating(to_upstream("plain", 10))

    taken = desk.walk(begin(desk.upstream))

    assert taken == ids_of(desk.upstream)
    assert len(desk.reads) <= 6


def test_a_malformed_entry_is_walked_over_in_its_place() -> None:
    desk = Desk(to_upstream("plain", 3))
    desk.upstream.insert(0, None, malformed=True)
    insert(desk.upstream, 3)

    taken = desk.walk(begin(desk.upstream))

    assert taken == ids_of(desk.upstream)
    assert taken[3] == "plain:4"


def test_keys_are_clamped_to_the_entry_before() -> None:
    upstream = to_upstream("whole", 0)
    for minute in (1, 9, None, 3, None):
        upstream.insert(0, None if minute is None else spread(minute))
    desk, walk = Desk(upstream), begin(upstream)

    keys = []
    desk.find(walk)
    while walk.head is not None:
        keys.append(walk.head[1])
        walk.take()

    assert keys == [spread(3), spread(3), spread(3), spread(3), spread(1)]


def test_a_list_without_any_time_comes_before_all_others() -> None:
    upstream = to_upstream("whole", 0)
    upstream.insert(0, None)
    desk, walk = Desk(upstream), begin(upstream)

    desk.find(walk)

    assert walk.head is not None
    assert walk.head[1] == LATEST


@pytest.mark.parametrize("name", ["plain", "totals"])
@pytest.mark.parametrize("pages", range(1, 9))
def test_a_place_that_moved_by_a_few_pages_costs_as_many_reads(
    name: str, pages: int
) -> None:
    upstream = to_upstream(name, 200)
    place = place_at(upstream, 98)
    left = ids_of(upstream)[98:]
    insert(upstream, pages * PAGE_SIZE)
    walk = Walk(upstream.listing, place)

    Desk(upstream).find(walk)

    assert walk.detour <= pages
    assert Desk(upstream).walk(walk) == left


@pytest.mark.parametrize("name", ["plain", "totals"])
@pytest.mark.parametrize("pages", range(1, 9))
def test_a_place_that_moved_up_by_a_few_pages_costs_as_many_reads(
    name: str, pages: int
) -> None:
    upstream = to_upstream(name, 200)
    place = place_at(upstream, 98)
    left = ids_of(upstream)[98:]
    upstream.delete(0, pages * PAGE_SIZE)
    walk = Walk(upstream.listing, place)

    Desk(upstream).find(walk)

    assert walk.detour <= pages
    assert Desk(upstream).walk(walk) == left


@pytest.mark.parametrize("name", ["plain", "totals"])
def test_a_place_that_moved_by_two_hundred_pages_costs_far_fewer(name: str) -> None:
    upstream = to_upstream(name, 100)
    place = place_at(upstream, 48)
    left = ids_of(upstream)[48:]
    insert(upstream, 200 * PAGE_SIZE)
    walk = Walk(upstream.listing, place)

    Desk(upstream).find(walk)

    assert walk.detour <= 40
    assert Desk(upstream).walk(walk) == left


@pytest.mark.parametrize("name", ["plain", "totals"])
def test_a_place_that_moved_up_by_two_hundred_pages_costs_far_fewer(name: str) -> None:
    upstream = to_upstream(name, 1300)
    place = place_at(upstream, 1198)
    left = ids_of(upstream)[1198:]
    upstream.delete(0, 200 * PAGE_SIZE)
    walk = Walk(upstream.listing, place)

    Desk(upstream).find(walk)

    assert walk.detour <= 40
    assert Desk(upstream).walk(walk) == left


@pytest.mark.parametrize("pages", [1, 3, 8])
def test_a_place_in_a_ranked_list_is_looked_for_on_both_sides(pages: int) -> None:
    upstream = to_upstream("ranked", 100)
    place = place_at(upstream, 48)
    left = ids_of(upstream)[48:]
    insert(upstream, pages * PAGE_SIZE)
    walk = Walk(upstream.listing, place)

    Desk(upstream).find(walk)

    assert walk.detour <= 2 * pages
    assert Desk(upstream).walk(walk) == left


@pytest.mark.parametrize("name", ["plain", "totals", "tokened", "whole"])
def test_a_place_whose_entries_are_all_gone_is_found_by_time(name: str) -> None:
    upstream = to_upstream(name, 60)
    place = place_at(upstream, 33)
    left = ids_of(upstream)[33:]
    upstream.delete(10, 23)
    walk = Walk(upstream.listing, place)

    taken = Desk(upstream).walk(walk)

    assert taken == left


@pytest.mark.parametrize("name", NAMES)
def test_a_list_that_was_emptied_ends(name: str) -> None:
    upstream = to_upstream(name, 30)
    place = place_at(upstream, 13)
    upstream.delete(0, 30)
    walk = Walk(upstream.listing, place)

    taken = Desk(upstream).walk(walk)

    assert taken == []


def test_a_token_whose_entry_moved_on_is_searched_forwards() -> None:
    upstream = to_upstream("tokened", 30)
    place = place_at(upstream, 3)
    left = ids_of(upstream)[3:]
    insert(upstream, 12)
    walk = Walk(upstream.listing, place)

    taken = Desk(upstream).walk(walk)

    assert taken == left


def test_nothing_can_be_taken_before_a_page_was_read() -> None:
    walk = begin(to_upstream("plain", 3))

    with pytest.raises(LookupError):
        walk.take()


def test_what_moves_up_while_its_place_is_searched_is_not_lost() -> None:
    upstream = to_upstream("plain", 2)
    walk = begin(upstream)
    Desk(upstream).walk(walk, limit=1)
    insert(upstream, 5)
    desk = Desk(upstream, before={2: lambda: upstream.delete(0, 2)})

    taken = desk.walk(Walk(upstream.listing, walk.place()))

    assert taken == ids_of(upstream)[-1:]


def test_a_kept_page_does_not_bring_back_what_was_deleted() -> None:
    upstream = to_upstream("plain", 5)
    desk = Desk(upstream)
    desk.keep(0)
    upstream.delete(2, 1)
    walk = begin(upstream)
    Desk(upstream).walk(walk, limit=3)
    upstream.delete(2, 1)

    taken = desk.walk(Walk(upstream.listing, walk.place()))

    assert taken == ids_of(upstream)[2:]


def test_a_later_anchor_on_the_next_page_is_found_by_search_not_by_proof() -> None:
    upstream = to_upstream("plain", 12)
    place = place_at(upstream, 12)
    insert(upstream, 14)
    hinted = Position(2, place.anchors, place.key, place.mark)
    desk = Desk(upstream)

    taken = desk.walk(Walk(upstream.listing, hinted))

    assert taken == []
    assert desk.calls <= 6


def test_what_was_read_ahead_proves_nothing_of_a_page_read_later() -> None:
    upstream = to_upstream("plain", 10)
    newest = ids_of(upstream)[:5]
    desk = Desk(
        upstream,
        before={2: lambda: upstream.delete(0, 5), 4: lambda: insert(upstream, 1)},
        is_keeping=True,
    )

    taken = desk.walk(begin(upstream))

    assert taken == newest + ids_of(upstream)[1:]


def test_a_page_that_the_search_has_read_is_not_read_again_for_the_step() -> None:
    upstream = to_upstream("totals", 40)
    place = place_at(upstream, 8)
    insert(upstream, 3)
    desk = Desk(upstream, before={2: lambda: upstream.delete(0, 1)})

    desk.find(Walk(upstream.listing, place))

    assert desk.calls <= 4


def test_a_list_that_moves_during_a_search_is_looked_at_again() -> None:
    upstream = to_upstream("plain", 11)
    place = place_at(upstream, 11)

    def grow() -> None:
        upstream.insert(0, spread(-1000))
        insert(upstream, 4)

    desk = Desk(upstream, before={1: lambda: upstream.delete(0, 7), 3: grow})

    taken = desk.walk(Walk(upstream.listing, place))

    assert taken == []


def test_a_kept_token_page_older_than_the_place_is_read_again() -> None:
    upstream = to_upstream("tokened", 6)
    desk = Desk(upstream)
    desk.keep("")
    upstream.insert(0, spread(-1000))
    walk = begin(upstream)
    Desk(upstream).walk(walk, limit=1)

    taken = desk.walk(Walk(upstream.listing, walk.place()))

    assert taken == ids_of(upstream)[1:]


def test_a_search_among_entries_without_times_looks_again_when_they_moved() -> None:
    upstream = to_upstream("plain", 3)
    walk = begin(upstream)
    Desk(upstream).walk(walk, limit=1)
    for _ in range(5):
        upstream.insert(0, None)
    desk = Desk(upstream, before={2: lambda: upstream.delete(0, 4)})

    taken = desk.walk(Walk(upstream.listing, walk.place()))

    assert taken == ids_of(upstream)[-2:]


def test_an_entry_that_was_not_understood_makes_no_further_check() -> None:
    upstream = to_upstream("plain", 4)
    upstream.insert(0, None, malformed=True)
    insert(upstream, 5)
    desk = Desk(upstream)
    desk.keep(0)

    taken = desk.walk(begin(upstream), limit=8)

    assert taken == ids_of(upstream)[:8]
    assert desk.reads == [0, 1, 0]


def test_a_kept_page_older_than_an_odd_first_entry_is_read_again() -> None:
    upstream = to_upstream("plain", 11)
    desk = Desk(upstream)
    desk.keep(0)
    upstream.insert(0, spread(-1000))
    walk = begin(upstream)
    Desk(upstream).walk(walk, limit=1)

    taken = desk.walk(Walk(upstream.listing, walk.place()))

    assert taken == ids_of(upstream)[1:]


def test_what_was_passed_is_not_given_when_the_list_moves_by_pages() -> None:
    upstream = to_upstream("plain", 2)
    walk = begin(upstream)
    Desk(upstream).walk(walk)
    insert(upstream, 4)
    desk = Desk(
        upstream,
        before={2: lambda: insert(upstream, 8), 3: lambda: insert(upstream, 3)},
    )

    taken = desk.walk(Walk(upstream.listing, walk.place()))

    assert taken == []


def test_one_odd_time_does_not_lead_away_from_an_anchor_nearby() -> None:
    upstream = to_upstream("plain", 3)
    upstream.insert(0, spread(-1000))
    walk = begin(upstream)
    Desk(upstream).walk(walk, limit=1)
    insert(upstream, 9)
    place = walk.place()
    assert place is not None
    hinted = Position(2, place.anchors, place.key, place.mark)

    taken = Desk(upstream).walk(Walk(upstream.listing, hinted))

    assert taken == ids_of(upstream)[-3:]
