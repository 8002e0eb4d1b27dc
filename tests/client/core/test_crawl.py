"""Crawls over lists that move, taken up again from wherever they were left."""

import base64
import random

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from gateway.client import (
    ConnectionFailedError,
    InvalidCursorError,
    RateLimitedError,
    UnavailableError,
)
from gateway.client.core.crawl import Crawl, Place
from gateway.client.core.exchange import Call, Reply
from tests.client.driving import Driver, in_turn, page, problem
from tests.histories import HISTORIES

AWAY = problem(503, "upstream-unavailable", retry_after="5")


class Lists:
    """A gateway over two lists, whose cursors hold how far each has been read."""

    def __init__(self, counts: list[int]) -> None:
        self.lists = [
            [(2 * n + i, i) for n in range(count)] for i, count in enumerate(counts)
        ]
        self.away: set[int] = set()
        self._next = 2 * max(counts) + 2

    def insert(self, source: int) -> None:
        self._next += 2
        self.lists[source].append((self._next + source, source))

    def ids(self) -> set[str]:
        return {to_id(entry) for entries in self.lists for entry in entries}

    def answer(self, call: Call) -> Reply:
        query = dict(call.query)
        places = [10**9, 10**9]
        if "cursor" in query:
            places = msgspec.json.decode(base64.urlsafe_b64decode(query["cursor"]))
        left = [
            sorted((e for e in entries if e[0] < place), reverse=True)
            for entries, place in zip(self.lists, places, strict=True)
        ]
        found = [e for i, one in enumerate(left) if i not in self.away for e in one]
        if not found and any(left):
            return AWAY
        shown = sorted(found, reverse=True)[: int(query["limit"])]
        for number, source in shown:
            places[source] = min(places[source], number)
        has_more = len(shown) < sum(map(len, left))
        cursor = base64.urlsafe_b64encode(msgspec.json.encode(places)).decode()
        return page(*map(to_id, shown), next_cursor=cursor if has_more else None)


def to_id(entry: tuple[int, int]) -> str:
    return f"{'ab'[entry[1]]}:{entry[0]}"


def begin(cursor: str | None = None, limit: int = 5, wait: float = 300.0) -> Crawl:
    return Crawl((), cursor=cursor, page_limit=limit, wait_seconds=wait, on_page=None)


def take_all(crawl: Crawl, driver: Driver) -> list[str]:
    taken = []
    while not crawl.is_finished:
        driver.run(crawl.reading(driver.policy))
        while (item := crawl.take()) is not None:
            taken.append(item.id)
    return taken


@settings(max_examples=HISTORIES)
@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(0, 40))
def test_every_item_comes_once_however_often_the_crawl_is_left(
    seed: int, first: int, second: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # nothing secret
    lists = Lists([first, second])
    driver = Driver(lists.answer)
    stayed = lists.ids()
    taken: list[str] = []
    cursor = None
    for _ in range(1_000):
        crawl = begin(cursor, limit=chance.randint(1, 9), wait=0.0)
        for _ in range(chance.randint(0, 12)):
            change(lists, chance)
            item = take_one(crawl, driver)
            taken += [item] if item else []
        cursor = crawl.cursor
        stayed &= lists.ids()
        if crawl.is_finished:
            break

    assert crawl.is_finished
    assert len(taken) == len(set(taken))
    assert stayed <= set(taken)


def take_one(crawl: Crawl, driver: Driver) -> str | None:
    try:
        driver.run(crawl.reading(driver.policy))
    except UnavailableError:
        return None
    item = crawl.take()
    return item.id if item else None


def change(lists: Lists, chance: random.Random) -> None:
    entries = lists.lists[chance.randrange(2)]
    match chance.randrange(6):
        case 0:
            lists.insert(chance.randrange(2))
        case 1 if entries:
            entries.remove(chance.choice(entries))
        case 2:
            lists.away ^= {chance.randrange(2)}


def test_between_pages_the_cursor_is_the_gateways_own() -> None:
    driver = Driver(in_turn(page("a:1", "a:2", next_cursor="c2"), page("a:3")))
    crawl = begin()
    cursors = [crawl.cursor]
    for _ in range(3):
        take_one(crawl, driver)
        cursors.append(crawl.cursor)

    assert (cursors[0], cursors[2], cursors[3]) == (None, "c2", None)
    assert cursors[1] is not None
    assert crawl.is_finished


def test_a_cursor_within_the_longest_page_is_of_a_bounded_length() -> None:
    ids = [f"hyper3d:{number}" for number in range(100)]
    driver = Driver(in_turn(page(*ids, next_cursor="n" * 1024)))
    crawl = begin("c" * 1024)
    for _ in range(99):
        take_one(crawl, driver)

    assert len(crawl.cursor or "") == 1024 + 1 + 99 * 8


def test_items_that_left_a_page_are_looked_for_on_later_ones() -> None:
    place = Place(cursor="c1").after(read_page("a:1", "a:2").items)

    rest = place.to_rest(read_page("b:9", "a:1", next_cursor="c2"))
    later = Place.parse(rest.next_cursor).to_rest(read_page("a:2", "a:3"))

    assert [item.id for item in rest.items] == ["b:9"]
    assert [item.id for item in later.items] == ["a:3"]


def read_page(*ids: str, next_cursor: str | None = None):
    driver = Driver(in_turn(page(*ids, next_cursor=next_cursor)))
    crawl = begin()
    driver.run(crawl.reading(driver.policy))
    assert crawl.page is not None
    return crawl.page


@pytest.mark.parametrize(
    "text", ["", "c.", "c.AAAA", "c.AAAAAAA!", "c.AAAAAAAAA", "c.é"]
)
def test_a_cursor_that_was_cut_or_changed_is_told_before_anything_is_asked(
    text: str,
) -> None:
    with pytest.raises(InvalidCursorError):
        Place.parse(text)


@given(
    st.text("abcXYZ019-_", min_size=1), st.frozensets(st.binary(min_size=6, max_size=6))
)
def test_a_place_is_read_as_it_was_spelt(cursor: str, given_: frozenset[bytes]) -> None:
    place = Place(cursor=cursor, given=given_)

    assert Place.parse(place.spell()) == place
    assert Place.parse(Place(given=given_).spell()) == Place(given=given_)


@pytest.mark.parametrize(
    ("fault", "error"),
    [(AWAY, UnavailableError), (problem(429, "rate-limited"), RateLimitedError)],
)
def test_failing_sources_are_waited_for_so_long_in_all(fault, error) -> None:
    driver = Driver(in_turn(fault), call_seconds=2.0)
    crawl = begin(wait=60.0)

    with pytest.raises(error):
        driver.run(crawl.reading(driver.policy))

    assert 50.0 < driver.now <= 60.0 + 2.0
    assert len(driver.calls) > 5


def test_waits_add_up_over_the_pages_of_a_crawl() -> None:
    replies = [
        r for n in range(9) for r in (AWAY, AWAY, page(f"a:{n}", next_cursor=f"c{n}"))
    ]
    driver = Driver(in_turn(*replies))
    crawl = begin(wait=60.0)

    with pytest.raises(UnavailableError):
        take_all(crawl, driver)

    assert 50.0 < driver.now <= 60.0


def test_a_gateway_that_is_away_in_mid_crawl_is_waited_for() -> None:
    failures = [None] * 30
    pages = (page("a:1", next_cursor="c2"), *failures, page("a:2"))
    driver = Driver(in_turn(*pages))

    assert take_all(begin(), driver) == ["a:1", "a:2"]
    assert driver.now > 10.0


def test_a_gateway_that_was_never_there_is_not() -> None:
    driver = Driver(in_turn(None))

    with pytest.raises(ConnectionFailedError):
        driver.run(begin().reading(driver.policy))

    assert driver.now < 1.0


def test_a_gateway_that_stays_away_is_given_up() -> None:
    driver = Driver(in_turn(page("a:1", next_cursor="c2"), None))

    with pytest.raises(ConnectionFailedError):
        take_all(begin(wait=60.0), driver)

    assert 50.0 < driver.now <= 60.0


def test_after_an_error_the_crawl_goes_on_where_it_stood() -> None:
    pages = (page("a:1", next_cursor="c2"), AWAY, page("a:2"))
    driver = Driver(in_turn(*pages))
    crawl = begin(wait=0.0)
    taken = [take_one(crawl, driver) for _ in range(3)]

    assert taken == ["a:1", None, "a:2"]
    assert dict(driver.calls[-1].query)["cursor"] == "c2"


def test_an_empty_page_that_leads_on_is_gone_over() -> None:
    driver = Driver(
        in_turn(page(next_cursor="c2"), page(next_cursor="c3"), page("a:1"))
    )

    assert take_all(begin(), driver) == ["a:1"]
    assert driver.now == 0.0


def test_an_empty_page_that_leads_to_itself_has_an_end() -> None:
    driver = Driver(in_turn(page(next_cursor="c2")))

    with pytest.raises(UnavailableError, match="No source gets on"):
        take_all(begin("c2", wait=30.0), driver)

    assert driver.now <= 30.0
    assert len(driver.calls) < 40


def test_each_page_is_told_as_it_was_read() -> None:
    told = []
    driver = Driver(in_turn(page("a:1", next_cursor="c2"), page("a:2")))
    crawl = Crawl((), cursor=None, page_limit=5, wait_seconds=0, on_page=told.append)

    take_all(crawl, driver)

    assert [[item.id for item in one.items] for one in told] == [["a:1"], ["a:2"]]
