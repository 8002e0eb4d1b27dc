import asyncio
import gc

import pytest

from gateway.crawl.lane import Lane
from gateway.crawl.search import Read
from gateway.crawl.walk import Walk
from gateway.pages.requests import ListRequest
from gateway.plugin.errors import (
    GatewayError,
    InvalidCursorError,
    MisbehavedError,
    NothingAnsweredError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
)
from gateway.plugin.query import Query
from tests.gallery.fakes import (
    BrokenStore,
    FakeProvider,
    Stand,
    ids_of,
    states_of,
    to_item,
)

SHORT_SECONDS = 0.05
MOMENT_SECONDS = 1.1
"""After that a failure is forgotten."""


def even() -> FakeProvider:
    return FakeProvider("even", range(24, 0, -2))


def odd() -> FakeProvider:
    return FakeProvider("odd", range(23, 0, -2))


async def crawl(stand: Stand, cursor: str | None = None, **asked: object) -> list[str]:
    answer = await stand.page(cursor, **asked)
    ids = ids_of(answer)
    while answer.page.next_cursor is not None:
        answer = await stand.page(answer.page.next_cursor, **asked)
        ids += ids_of(answer)
    return ids


def count_walks() -> int:
    return sum(isinstance(one, Walk | Lane) for one in gc.get_objects())


async def wait_until_kept(stand: Stand, provider: FakeProvider) -> None:
    """Wait for a call that goes on to bring the provider's first page."""
    account = stand.tenant.accounts[provider.name]
    listing = provider.listing(Query(), None)
    asked = ListRequest(account=account, listing=listing)
    async with asyncio.timeout(5):
        while await stand.pages.find_stale(asked, Read(0)) is None:  # noqa: ASYNC110  # the call tells nobody
            await asyncio.sleep(0)


async def test_a_crawl_merges_the_sources_newest_first() -> None:
    stand = Stand(even(), odd())

    ids = await crawl(stand)

    newest_first = [("odd" if n % 2 else "even", n) for n in range(24, 0, -1)]
    assert ids == [f"{name}:{n}" for name, n in newest_first]


async def test_the_last_page_alone_is_complete() -> None:
    stand = Stand(even())

    first = await stand.page(limit=10)
    last = await stand.page(first.page.next_cursor, limit=10)

    assert (first.page.complete, last.page.complete) == (False, True)
    assert last.page.next_cursor is None


async def test_what_is_fresh_costs_no_call() -> None:
    provider = even()
    stand = Stand(provider)
    first = await stand.page()
    reads = len(provider.reads)

    again = await stand.page()

    assert again.page == first.page
    assert (first.is_hit, again.is_hit) == (False, True)
    assert len(provider.reads) == reads


async def test_who_wants_it_anew_costs_a_call_at_most_once_a_second() -> None:
    provider = even()
    stand = Stand(provider)
    await stand.page()
    before = len(provider.reads)

    await stand.page(is_anew=True)
    within_a_second = len(provider.reads)
    stand.clock.turn(1.5)
    await stand.page(is_anew=True)

    assert within_a_second == before
    assert len(provider.reads) > before


async def test_who_wants_it_anew_gets_every_page_of_it_anew() -> None:
    provider = FakeProvider("even", range(100, 80, -1))
    stand = Stand(provider)
    await stand.page(limit=15)
    before = len(provider.reads)
    stand.clock.turn(1.5)

    await stand.page(limit=15, is_anew=True)

    assert set(provider.reads[before:]) == set(provider.reads[:before])


async def test_a_page_leaves_nothing_to_the_garbage_collector() -> None:
    stand = Stand(even(), odd())
    gc.collect()
    gc.disable()
    try:
        before = count_walks()
        await stand.page(limit=3)
        after = count_walks()
    finally:
        gc.enable()

    assert after == before


async def test_a_source_that_does_not_answer_in_time_is_pending() -> None:
    slow = odd()
    slow.gate = asyncio.Event()
    stand = Stand(even(), slow, patience_seconds=SHORT_SECONDS)

    answer = await stand.page()

    assert states_of(answer) == {"even": "fresh", "odd": "pending"}
    assert {item.provider for item in answer.page.items} == {"even"}
    assert answer.seconds["odd"] >= SHORT_SECONDS
    await stand.pages.aclose()


async def test_what_was_pending_comes_late_and_nothing_is_lost() -> None:
    slow = odd()
    slow.gate = asyncio.Event()
    stand = Stand(even(), slow, patience_seconds=SHORT_SECONDS)
    first = await stand.page()
    slow.gate.set()

    second = await stand.page(first.page.next_cursor)
    rest = await crawl(stand, first.page.next_cursor)

    reports = {source.provider: source for source in second.page.sources}
    assert reports["odd"].late
    ids = ids_of(first) + rest
    assert len(ids) == len(set(ids)) == 24


async def test_a_call_that_outlives_its_request_serves_the_next() -> None:
    slow = odd()
    slow.gate = asyncio.Event()
    stand = Stand(even(), slow, patience_seconds=SHORT_SECONDS)
    await stand.page()
    slow.gate.set()
    await wait_until_kept(stand, slow)
    reads = slow.reads.count(0)

    answer = await stand.page()

    assert states_of(answer) == {"even": "fresh", "odd": "fresh"}
    assert slow.reads.count(0) == reads


async def test_the_deadline_holds_when_nobody_answers() -> None:
    slow = even()
    slow.gate = asyncio.Event()
    stand = Stand(slow, deadline_seconds=SHORT_SECONDS)

    async with asyncio.timeout(2):
        with pytest.raises(NothingAnsweredError) as caught:
            await stand.page()

    assert not caught.value.refused
    assert caught.value.retry_after_seconds > 0
    await stand.pages.aclose()


async def test_a_callers_wait_takes_the_patiences_place() -> None:
    slow = odd()
    slow.gate = asyncio.Event()
    stand = Stand(even(), slow, patience_seconds=5.0)

    async with asyncio.timeout(2):
        answer = await stand.page(wait_seconds=0.0)

    assert states_of(answer) == {"even": "fresh", "odd": "pending"}
    await stand.pages.aclose()


async def test_a_callers_longer_wait_outlasts_the_deadline() -> None:
    slow = even()
    slow.gate = asyncio.Event()
    stand = Stand(slow, deadline_seconds=SHORT_SECONDS)
    asyncio.get_running_loop().call_later(3 * SHORT_SECONDS, slow.gate.set)

    answer = await stand.page(wait_seconds=5.0)

    assert states_of(answer) == {"even": "fresh"}


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (UnavailableError("it answered 503"), "upstream-unavailable"),
        (MisbehavedError("nonsense"), "upstream-unavailable"),
        (RejectedError("it answered 403", status=403), "upstream-rejected"),
        (ValueError("a plugin's own mistake"), "upstream-unavailable"),
        (KeyError("s3cret@example.com"), "upstream-unavailable"),
        (TimeoutError(), "upstream-unavailable"),
        (RecursionError(), "upstream-unavailable"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_one_dead_provider_does_not_hide_the_others(
    failure: Exception, code: str
) -> None:
    dead = odd()
    dead.failure = failure
    stand = Stand(even(), dead)

    answer = await stand.page()

    reports = {source.provider: source for source in answer.page.sources}
    assert states_of(answer) == {"even": "fresh", "odd": "unavailable"}
    assert len(answer.page.items) == 5
    assert reports["odd"].error is not None
    assert reports["odd"].error.code == code
    assert "s3cret" not in reports["odd"].error.title


async def test_a_source_that_is_back_gives_all_that_it_holds() -> None:
    dead = odd()
    dead.failure = UnavailableError("it answered 503")
    stand = Stand(even(), dead)
    first = await stand.page()
    dead.failure = None
    stand.clock.turn(MOMENT_SECONDS)

    ids = ids_of(first) + await crawl(stand, first.page.next_cursor)

    assert len(ids) == len(set(ids)) == 24


async def test_a_crawl_left_with_dead_sources_is_told_to_come_back() -> None:
    dead = odd()
    dead.failure = UnavailableError("it answered 503", retry_after_seconds=7.0)
    stand = Stand(even(), dead)
    first = await stand.page(limit=12)
    assert first.page.next_cursor is not None

    with pytest.raises(NothingAnsweredError) as caught:
        await stand.page(first.page.next_cursor, limit=12)
    dead.failure = None
    stand.clock.turn(7.0)
    later = await stand.page(first.page.next_cursor, limit=12)

    assert caught.value.retry_after_seconds == 7.0
    assert {item.provider for item in later.page.items} == {"odd"}


async def test_a_failing_source_is_served_stale_with_the_reason() -> None:
    dead = odd()
    stand = Stand(even(), dead)
    before = await stand.page()
    stand.clock.turn(100.0)
    dead.failure = UnavailableError("it answered 503")

    answer = await stand.page()

    reports = {source.provider: source for source in answer.page.sources}
    assert states_of(answer) == {"even": "fresh", "odd": "stale"}
    assert reports["odd"].error is not None
    assert ids_of(answer) == ids_of(before)


async def test_a_source_too_slow_is_served_stale() -> None:
    slow = odd()
    stand = Stand(even(), slow, patience_seconds=SHORT_SECONDS)
    before = await stand.page()
    stand.clock.turn(100.0)
    slow.gate = asyncio.Event()

    answer = await stand.page()

    assert states_of(answer) == {"even": "fresh", "odd": "stale"}
    assert ids_of(answer) == ids_of(before)
    await stand.pages.aclose()


async def test_a_stale_page_is_answered_at_once_and_marked() -> None:
    provider = even()
    stand = Stand(provider)
    before = await stand.page()
    stand.clock.turn(31.0)
    provider.gate = asyncio.Event()

    answer = await stand.page()

    assert states_of(answer) == {"even": "stale"}
    assert answer.page.items == before.page.items
    assert answer.is_hit
    await stand.pages.aclose()


async def test_what_was_answered_just_now_is_fresh_whatever_the_cache_may_keep() -> (
    None
):
    stand = Stand(even(), fresh_seconds=0.0)

    answered = await stand.page()
    stand.clock.turn(1.0)
    kept = await stand.page()

    assert states_of(answered) == {"even": "fresh"}
    assert states_of(kept) == {"even": "stale"}
    await stand.pages.aclose()


async def test_a_crawl_over_stale_pages_loses_nothing() -> None:
    provider = FakeProvider("even", range(40, 0, -1))
    provider.totals = False
    stand = Stand(provider)
    await crawl(stand, limit=7)
    stand.clock.turn(60.0)
    del provider.items[3:6]
    provider.items.insert(0, to_item("even", 41))
    stayed = {f"even:{n}" for n in range(1, 35)}

    ids = await crawl(stand, limit=7)

    assert len(ids) == len(set(ids))
    assert stayed <= set(ids)
    await stand.pages.aclose()


async def test_a_refused_source_leaves_the_crawl_and_stays_in_its_reports() -> None:
    refused = odd()
    refused.login_failure = UnauthorizedError("the login is refused")
    stand = Stand(even(), refused)

    first = await stand.page(limit=10)
    last = await stand.page(first.page.next_cursor, limit=10)

    assert states_of(first) == {"even": "fresh", "odd": "unauthorized"}
    assert states_of(last) == {"even": "fresh", "odd": "unauthorized"}
    assert last.page.next_cursor is None
    assert not last.page.complete


async def test_all_sources_refusing_is_told_as_such() -> None:
    refused = even()
    refused.good = set()
    stand = Stand(refused)

    with pytest.raises(NothingAnsweredError) as caught:
        await stand.page()

    assert caught.value.refused


async def test_a_source_without_the_wanted_kind_does_not_count_as_answering() -> None:
    refused, pictures = even(), odd()
    refused.good, refused.kinds = set(), ("video",)
    stand = Stand(refused, pictures)

    with pytest.raises(NothingAnsweredError) as caught:
        await stand.page(query=Query(kinds=frozenset({"video"})))

    assert caught.value.refused
    assert pictures.reads == []


async def test_what_needs_no_upstream_page_is_a_hit_that_does_not_age() -> None:
    answer = await Stand(even()).page(query=Query(kinds=frozenset({"video"})))

    assert (answer.is_hit, answer.fresh_until, answer.oldest_at) == (True, None, None)


async def test_who_waits_for_a_call_of_another_request_has_no_hit() -> None:
    provider = even()
    provider.gate = asyncio.Event()
    stand = Stand(provider)
    first = asyncio.create_task(stand.page(limit=5))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(stand.page(limit=4))
    await asyncio.sleep(0.01)
    provider.gate.set()

    answers = await asyncio.gather(first, second)

    told = [(answer.is_hit, answer.is_joined) for answer in answers]
    assert told == [(False, False), (False, True)]
    assert provider.reads == [0]


async def test_what_lacks_a_source_and_has_waited_for_none_is_joined_to_nothing() -> (
    None
):
    dead = odd()
    dead.failure = UnavailableError("away")
    stand = Stand(even(), dead)
    await stand.page()

    answer = await stand.page()

    assert states_of(answer) == {"even": "fresh", "odd": "unavailable"}
    assert (answer.is_hit, answer.is_joined) == (False, False)


async def test_the_sources_are_told_in_the_configurations_order_of_now() -> None:
    first = await Stand(even(), odd()).page()
    turned = Stand(odd(), even())

    ids = ids_of(first) + await crawl(turned, first.page.next_cursor)
    second = await turned.page(first.page.next_cursor)

    assert [one.provider for one in second.page.sources] == ["odd", "even"]
    assert len(ids) == len(set(ids)) == 24


async def test_who_needs_all_gets_nothing_less() -> None:
    dead = odd()
    dead.failure = UnavailableError("it answered 503")
    stand = Stand(even(), dead)

    with pytest.raises(NothingAnsweredError):
        await stand.page(needs_all=True)
    dead.failure = None
    stand.clock.turn(MOMENT_SECONDS)
    answer = await stand.page(needs_all=True)

    assert states_of(answer) == {"even": "fresh", "odd": "fresh"}


async def test_who_needs_all_does_not_take_a_refused_one_for_answered() -> None:
    refused = odd()
    refused.login_failure = UnauthorizedError("the login is refused")
    stand = Stand(even(), refused)

    with pytest.raises(NothingAnsweredError):
        await stand.page(needs_all=True)


async def test_a_kind_that_a_provider_lacks_costs_no_call() -> None:
    provider = even()
    stand = Stand(provider, kinds=("image",))

    answer = await stand.page(query=Query(kinds=frozenset({"video"})))

    assert provider.reads == []
    assert answer.page.items == ()
    assert answer.page.complete


async def test_only_the_wanted_providers_are_asked() -> None:
    wanted, other = even(), odd()
    stand = Stand(wanted, other)

    answer = await stand.page(query=Query(providers=frozenset({"even"})))

    assert states_of(answer) == {"even": "fresh"}
    assert other.reads == []


async def test_another_querys_cursor_is_refused() -> None:
    stand = Stand(even())
    first = await stand.page()

    with pytest.raises(InvalidCursorError):
        await stand.page(first.page.next_cursor, query=Query(words=("x",)))


async def test_a_store_that_is_away_is_gone_on_without() -> None:
    stand = Stand(even(), odd(), shared=BrokenStore())

    ids = await crawl(stand)

    assert len(ids) == len(set(ids)) == 24


@pytest.mark.parametrize("failure", [ValueError("bad"), LookupError()])
async def test_nothing_but_our_own_errors_comes_out(failure: Exception) -> None:
    dead = even()
    dead.failure = failure
    stand = Stand(dead)

    with pytest.raises(GatewayError):
        await stand.page()


@pytest.mark.parametrize("totals", [False, True])
async def test_a_filtered_page_scans_so_many_upstream_pages_and_no_more(
    *, totals: bool
) -> None:
    provider = FakeProvider("even", range(200, 0, -1))
    provider.totals = totals
    stand = Stand(provider)
    nothing = Query(words=("nothing",))

    read, cursor = [], None
    for _ in range(3):
        before = len(provider.reads)
        answer = await stand.page(cursor, query=nothing)
        read.append(len(set(provider.reads[before:])))
        cursor = answer.page.next_cursor
    kept = await stand.page(query=nothing)
    through = kept.page.sources[0].read_through

    assert all(0 < pages <= 5 for pages in read)
    assert through is not None
    assert through >= to_item("even", 200 - 5 * 5).created_at
