import pytest

from gateway.core.errors import UnavailableError
from gateway.core.page import Page
from gateway.service.credentials import Account
from tests.service.fakes import (
    BrokenStore,
    FakeProvider,
    GarblingStore,
    NoFilters,
    Query,
    Stand,
    account_of,
    to_item,
)

ACCOUNT = account_of("studio")


def listing_of(provider: FakeProvider):
    return provider.listing(Query(), NoFilters())


async def fetch(stand: Stand, provider: FakeProvider, number: int) -> Page:
    return await stand.pages.fetch(ACCOUNT, listing_of(provider), number)


async def kept(
    stand: Stand,
    provider: FakeProvider,
    number: int,
    account: Account = ACCOUNT,
    **most: float,
) -> Page | None:
    return await stand.pages.kept(account, listing_of(provider), number, **most)


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider("studio", range(12, 0, -1))


async def test_a_fetched_page_is_kept_while_it_is_fresh(provider: FakeProvider) -> None:
    stand = Stand(provider)
    page = await fetch(stand, provider, 0)

    stand.clock.turn(29.0)

    assert await kept(stand, provider, 0) == page
    assert provider.reads == [0]


async def test_a_page_past_its_freshness_is_not_given(provider: FakeProvider) -> None:
    stand = Stand(provider)
    await fetch(stand, provider, 0)

    stand.clock.turn(30.0)

    assert await kept(stand, provider, 0) is None


async def test_who_wants_it_anew_gets_only_what_is_younger(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    await fetch(stand, provider, 0)

    stand.clock.turn(2.0)

    assert await kept(stand, provider, 0, most_seconds=1.0) is None
    assert await kept(stand, provider, 0, most_seconds=3.0) is not None


async def test_pages_and_accounts_are_kept_apart(provider: FakeProvider) -> None:
    stand = Stand(provider)
    await fetch(stand, provider, 0)

    assert await kept(stand, provider, 1) is None
    assert await kept(stand, provider, 0, account_of("studio", "theirs")) is None


async def test_a_link_is_kept_with_its_page(provider: FakeProvider) -> None:
    stand = Stand(provider)
    page = await fetch(stand, provider, 1)

    linked = page.linked("studio:8")
    await stand.pages.keep_link(ACCOUNT, listing_of(provider), 1, linked)

    found = await kept(stand, provider, 1)
    assert found is not None
    assert found.link == "studio:8"


async def test_a_page_read_again_inherits_the_link(provider: FakeProvider) -> None:
    stand = Stand(provider)
    page = await fetch(stand, provider, 1)
    linked = page.linked("studio:8")
    await stand.pages.keep_link(ACCOUNT, listing_of(provider), 1, linked)
    stand.clock.turn(31.0)
    provider.items.insert(0, to_item("studio", 13))
    del provider.items[3]

    again = await fetch(stand, provider, 1)

    assert again.link == "studio:8"


async def test_a_link_of_an_older_read_is_not_kept_over_a_newer_page(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    old = await fetch(stand, provider, 1)
    stand.clock.turn(1.0)
    provider.items.insert(0, to_item("studio", 13))
    new = await fetch(stand, provider, 1)

    linked = old.linked("studio:8")
    await stand.pages.keep_link(ACCOUNT, listing_of(provider), 1, linked)

    assert await kept(stand, provider, 1) == new


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"garbage",
        b"\x78\x9c",
        b"x\x9cK\x04\x00\x00b\x00b",
        bytes.fromhex("780163000000010001"),
        b"\xff" * 1000,
    ],
)
async def test_garbage_in_the_store_counts_as_nothing(
    provider: FakeProvider, garbage: bytes
) -> None:
    stand = Stand(provider)
    stand_store = GarblingStore(stand.clock)
    stand = Stand(provider, store=stand_store)
    await fetch(stand, provider, 0)
    await stand.pages.aclose()

    await stand_store.garble(garbage)

    assert await kept(stand, provider, 0) is None
    assert len((await fetch(stand, provider, 0)).entries) == 5


async def test_a_store_that_is_away_is_gone_on_without(provider: FakeProvider) -> None:
    stand = Stand(provider, store=BrokenStore())

    page = await fetch(stand, provider, 0)
    await stand.pages.keep_link(ACCOUNT, listing_of(provider), 0, page)
    await stand.pages.aclose()

    assert len(page.entries) == 5
    assert await kept(stand, provider, 0) is None


async def test_a_failed_read_keeps_nothing(provider: FakeProvider) -> None:
    stand = Stand(provider)
    provider.failure = UnavailableError("it answered 503")

    with pytest.raises(UnavailableError):
        await fetch(stand, provider, 0)

    assert await kept(stand, provider, 0) is None


async def test_an_item_is_found_on_fresh_pages_of_its_account_alone(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    await fetch(stand, provider, 0)

    assert stand.pages.find(ACCOUNT, "studio:12") == to_item("studio", 12)
    assert stand.pages.find(ACCOUNT, "studio:1") is None
    assert stand.pages.find(account_of("studio", "theirs"), "studio:12") is None
    stand.clock.turn(31.0)
    assert stand.pages.find(ACCOUNT, "studio:12") is None


async def test_an_odd_time_of_a_looked_up_item_counts_as_none(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider, look_up=True)
    provider.items = [to_item("studio", 10**9)]

    item = await stand.pages.look_up(ACCOUNT, str(10**9))

    assert item is not None
    assert item.created_at is None
