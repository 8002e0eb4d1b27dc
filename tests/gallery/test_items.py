import asyncio

import pytest

from gateway.crawl.search import Read
from gateway.pages.requests import ListRequest
from gateway.plugin.errors import NotFoundError, UnavailableError
from gateway.plugin.model import to_item_id
from gateway.plugin.provider import Entry
from gateway.plugin.query import Query
from tests.gallery.fakes import (
    BrokenStore,
    FakeProvider,
    LookUpProvider,
    Stand,
    TwoListsProvider,
    to_item,
)

LONG = 250


async def find_in_the_end(stand: Stand, item_id: str) -> tuple[Entry, int]:
    """Ask until there is a verdict; give it and how often it took."""
    for attempts in range(1, 20):
        try:
            return await stand.items.find(stand.tenant, item_id), attempts
        except UnavailableError:
            continue
    raise AssertionError("there is no verdict")


async def test_an_item_on_a_fresh_page_costs_no_call() -> None:
    provider = FakeProvider("studio", range(12, 0, -1))
    stand = Stand(provider)
    await stand.page()
    reads = len(provider.reads)

    entry = await stand.items.find(stand.tenant, "studio:12")

    assert entry.item == to_item("studio", 12)
    assert len(provider.reads) == reads


async def test_an_upstream_with_a_look_up_is_asked_for_the_one_item() -> None:
    provider = LookUpProvider("studio", range(12, 0, -1))
    stand = Stand(provider)

    entry = await stand.items.find(stand.tenant, "studio:1")

    assert entry.item == to_item("studio", 1)
    assert provider.looked_up == ["1"]
    assert provider.reads == []


@pytest.mark.parametrize("native", ["\ud800", "a\udfff", "x" * 9_000])
@pytest.mark.parametrize("create", [FakeProvider, LookUpProvider])
async def test_what_no_upstream_can_be_asked_for_is_not_found_without_a_call(
    native: str, create: type[FakeProvider]
) -> None:
    provider = create("studio", range(12, 0, -1))
    stand = Stand(provider)

    with pytest.raises(NotFoundError):
        await stand.items.find(stand.tenant, to_item_id("studio", native))

    assert provider.reads == []
    assert getattr(provider, "looked_up", []) == []


async def test_an_upstream_that_does_not_know_it_means_not_found() -> None:
    stand = Stand(LookUpProvider("studio", [1]))

    with pytest.raises(NotFoundError):
        await stand.items.find(stand.tenant, "studio:2")


async def test_without_a_look_up_the_list_is_read_down_to_it() -> None:
    provider = FakeProvider("studio", range(40, 0, -1))
    stand = Stand(provider)

    entry = await stand.items.find(stand.tenant, "studio:3")

    assert entry.item == to_item("studio", 3)


async def test_a_long_list_is_searched_over_several_requests() -> None:
    provider = FakeProvider("studio", range(LONG, 0, -1))
    stand = Stand(provider)

    entry, attempts = await find_in_the_end(stand, "studio:1")

    assert entry.item == to_item("studio", 1)
    assert 1 < attempts < 10
    assert provider.reads.count(0) == 1


async def test_the_end_of_a_long_list_is_a_verdict() -> None:
    stand = Stand(FakeProvider("studio", range(LONG, 0, -1)))

    with pytest.raises(NotFoundError):
        await find_in_the_end(stand, "studio:999")


async def test_each_retry_goes_on_even_if_the_cache_has_aged() -> None:
    provider = FakeProvider("studio", range(LONG, 0, -1))
    stand = Stand(provider)
    with pytest.raises(UnavailableError):
        await stand.items.find(stand.tenant, "studio:1")
    reads = len(provider.reads)
    stand.clock.turn(35.0)

    with pytest.raises(UnavailableError):
        await stand.items.find(stand.tenant, "studio:1")

    assert min(map(int, provider.reads[reads:])) > 5


async def test_a_store_that_is_away_never_makes_a_wrong_verdict() -> None:
    stand = Stand(FakeProvider("studio", range(LONG, 0, -1)), shared=BrokenStore())

    with pytest.raises(UnavailableError):
        await stand.items.find(stand.tenant, "studio:1")
    entry = await stand.items.find(stand.tenant, f"studio:{LONG - 20}")

    assert entry.item == to_item("studio", LONG - 20)


async def test_an_upstream_that_is_away_is_no_verdict() -> None:
    provider = FakeProvider("studio", range(12, 0, -1))
    provider.failure = UnavailableError("it answered 503")
    stand = Stand(provider)

    with pytest.raises(UnavailableError):
        await stand.items.find(stand.tenant, "studio:1")


@pytest.mark.parametrize(
    "item_id", ["", "studio", "studio:", "nowhere:1", "studio:~!", ":1", "studio:~MQ"]
)
async def test_an_odd_or_foreign_id_is_not_found_and_costs_no_call(
    item_id: str,
) -> None:
    provider = FakeProvider("studio", range(12, 0, -1))
    stand = Stand(provider)

    with pytest.raises(NotFoundError):
        await stand.items.find(stand.tenant, item_id)

    assert provider.reads == []


async def test_a_slow_upstream_is_waited_for_until_the_deadline() -> None:
    provider = FakeProvider("studio", range(LONG, 0, -1))
    provider.gate = asyncio.Event()
    stand = Stand(provider, deadline_seconds=0.05)

    async with asyncio.timeout(2):
        with pytest.raises(UnavailableError):
            await stand.items.find(stand.tenant, "studio:1")

    await stand.pages.aclose()


async def test_an_item_is_found_at_once_where_it_was_last_seen() -> None:
    provider = FakeProvider("studio", range(9_000, 0, -1))
    stand = Stand(provider)
    listing = provider.listing(Query(), None)
    asked = ListRequest(account=stand.tenant.accounts["studio"], listing=listing)
    page = (await stand.pages.read(asked, Read(1_500))).page
    assert page is not None
    wanted = page.entries[2]
    stand.clock.turn(86_400.0 * 2)
    provider.reads.clear()

    entry = await stand.items.find(stand.tenant, wanted.id)

    assert entry.item == wanted.item
    assert provider.reads == [1_500]


@pytest.mark.parametrize("moved", [-1_200, -3, 4, 900])
async def test_an_item_that_has_moved_is_found_by_its_time(moved: int) -> None:
    provider = FakeProvider("studio", range(9_000, 0, -1))
    stand = Stand(provider)
    listing = provider.listing(Query(), None)
    asked = ListRequest(account=stand.tenant.accounts["studio"], listing=listing)
    page = (await stand.pages.read(asked, Read(1_500))).page
    assert page is not None
    wanted = page.entries[2]
    if moved < 0:
        del provider.items[:-moved]
    else:
        added = [to_item("studio", 9_000 + n) for n in range(moved, 0, -1)]
        provider.items[:0] = added
    stand.clock.turn(86_400.0)
    provider.reads.clear()

    entry = await stand.items.find(stand.tenant, wanted.id)

    assert entry.item == wanted.item
    assert len(provider.reads) <= 16


FAILED = Query(statuses=frozenset({"failed"}))


async def with_another_list(*ranked: int) -> tuple[Stand, TwoListsProvider]:
    """Have a list by rank read, whose items the usual one lacks, and let it age."""
    provider = TwoListsProvider("studio", range(12, 0, -1))
    provider.ranked = [to_item("studio", serial) for serial in ranked]
    stand = Stand(provider)
    await stand.page(query=FAILED)
    stand.clock.turn(86_400.0)
    provider.reads.clear()
    return stand, provider


@pytest.mark.parametrize(("moved", "most_calls"), [(0, 1), (7, 2 * 2 + 3)])
async def test_an_item_of_another_list_is_found_where_it_was_seen(
    moved: int, most_calls: int
) -> None:
    stand, provider = await with_another_list(*range(100, 130))
    provider.ranked[:0] = [to_item("studio", 200 + number) for number in range(moved)]

    entry = await stand.items.find(stand.tenant, "studio:103")

    assert entry.item == to_item("studio", 103)
    assert len(provider.reads) <= most_calls


async def test_an_item_that_is_in_no_list_any_more_is_not_found() -> None:
    stand, provider = await with_another_list(100, 101)
    del provider.ranked[1]

    with pytest.raises(NotFoundError):
        await stand.items.find(stand.tenant, "studio:101")


async def test_an_item_that_has_gone_over_to_the_usual_list_is_found() -> None:
    stand, provider = await with_another_list(100, 101)
    provider.items.insert(0, provider.ranked.pop())

    entry = await stand.items.find(stand.tenant, "studio:101")

    assert entry.item == to_item("studio", 101)


async def test_a_list_that_cannot_be_read_is_no_verdict_on_its_items() -> None:
    stand, provider = await with_another_list(100, 12)
    provider.ranked_failure = UnavailableError("away")

    with pytest.raises(UnavailableError):
        await stand.items.find(stand.tenant, "studio:100")
    entry = await stand.items.find(stand.tenant, "studio:12")

    assert entry.item == to_item("studio", 12)
