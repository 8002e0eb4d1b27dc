"""Where items were last seen is known for as long as it may be, and never of what is gone."""

import asyncio

import pytest

from gateway.adapters.memory import MemoryStore
from gateway.crawl.search import Read
from gateway.pages.requests import ListRequest
from gateway.plugin.errors import StoreError
from gateway.sightings.addresses import GOOD_SECONDS, KEEP_SECONDS
from gateway.sightings.sightings import pack_listing
from tests.fakes import FakeClock, NoFilters
from tests.gallery.fakes import (
    FakeProvider,
    LookUpProvider,
    Query,
    Stand,
    account_of,
    to_item,
)

ACCOUNT = account_of("studio")
ITEM = "studio:12"


@pytest.fixture
def provider() -> FakeProvider:
    return LookUpProvider("studio", range(12, 0, -1))


async def list_once(stand: Stand, provider: FakeProvider) -> ListRequest:
    listing = provider.listing(Query(), NoFilters())
    asked = ListRequest(account=ACCOUNT, listing=listing, since=stand.pages.tick())
    await stand.pages.read(asked, Read(0))
    return asked


async def test_a_place_is_known_for_thirty_days_and_media_for_one(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    asked = await list_once(stand, provider)

    place = await stand.sightings.find_place(ACCOUNT, ITEM)
    media = await stand.sightings.find_media(ACCOUNT, ITEM)
    stand.clock.turn(GOOD_SECONDS)
    later = await stand.sightings.find_place(ACCOUNT, ITEM)
    media_later = await stand.sightings.find_media(ACCOUNT, ITEM)

    assert GOOD_SECONDS < KEEP_SECONDS
    assert place is not None
    assert place == later
    assert (place.listing, place.number) == (pack_listing(asked.listing), 0)
    assert media is not None
    assert media_later is None
    assert await stand.sightings.find_place(account_of("studio", "x"), ITEM) is None


async def test_what_was_deleted_is_not_seen(provider: FakeProvider) -> None:
    stand = Stand(provider)
    await list_once(stand, provider)
    await stand.sightings.tombstones.put(ACCOUNT, ITEM, is_done=True)

    looked_up = await stand.sightings.look_up(ACCOUNT, "12")

    assert await stand.sightings.find_gone(ACCOUNT) == {ITEM}
    assert await stand.sightings.find_media(ACCOUNT, ITEM) is None
    assert looked_up is None


async def test_a_deletion_that_may_have_failed_hides_nothing(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    await stand.sightings.tombstones.put(ACCOUNT, ITEM, is_done=False)

    looked_up = await stand.sightings.look_up(ACCOUNT, "12")

    assert looked_up is not None
    assert await stand.sightings.find_gone(ACCOUNT) == set()


class SwitchedStore(MemoryStore):
    """Is away while it is off."""

    is_off = False

    async def get(self, key: str) -> bytes | None:
        self._refuse()
        return await super().get(key)

    async def put(self, key: str, value: bytes, *, keep_seconds: float) -> None:
        self._refuse()
        await super().put(key, value, keep_seconds=keep_seconds)

    async def claim(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        self._refuse()
        return await super().claim(key, value, keep_seconds=keep_seconds)

    def _refuse(self) -> None:
        if self.is_off:
            raise StoreError("it is away")


async def test_a_deletion_while_the_store_is_away_is_shared_once_it_is_back(
    provider: FakeProvider,
) -> None:
    shared = SwitchedStore(limit_bytes=100_000, clock=FakeClock())
    one = Stand(provider, shared=shared)
    other = Stand(provider, replica=one)
    shared.is_off = True
    await one.sightings.tombstones.put(ACCOUNT, ITEM, is_done=True)
    alone = await other.sightings.find_gone(ACCOUNT)
    shared.is_off = False

    await one.stores.news.publish("gone", "")

    assert alone == set()
    async with asyncio.timeout(5):
        while await other.sightings.find_gone(ACCOUNT) != {ITEM}:  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.001)
    assert await one.sightings.find_gone(ACCOUNT) == {ITEM}


async def test_a_try_of_ones_own_does_not_hide_that_another_has_deleted(
    provider: FakeProvider,
) -> None:
    shared = MemoryStore(limit_bytes=100_000, clock=FakeClock())
    one = Stand(provider, shared=shared)
    other = Stand(provider, replica=one)
    await one.sightings.tombstones.put(ACCOUNT, ITEM, is_done=False)
    await other.sightings.tombstones.put(ACCOUNT, ITEM, is_done=True)

    await one.sightings.tombstones.put(ACCOUNT, "studio:11", is_done=True)

    for stand in (one, other):
        assert await stand.sightings.find_gone(ACCOUNT) == {ITEM, "studio:11"}


async def test_an_odd_time_of_a_looked_up_item_counts_as_none(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    provider.items = [to_item("studio", 10**9)]

    entry = await stand.sightings.look_up(ACCOUNT, str(10**9))

    assert entry is not None
    assert entry.item is not None
    assert entry.item.created_at is None
