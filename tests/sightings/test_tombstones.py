"""Tombstones: known to all replicas, and again when the store has lost them."""

import asyncio

import pytest

from gateway.accounts.credentials import to_account
from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.coordination import keys
from gateway.ports.stores import Stores
from gateway.sightings.tombstones import KEEP_SECONDS, Tombstones
from tests.fakes import FakeClock, TokenCredential

ACCOUNT = to_account("piktid", TokenCredential(token="t"), [b"k" * 32])  # noqa: S106
KEY = keys.tombstones(ACCOUNT.key)


class Town:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.shared = MemoryStore(limit_bytes=10_000, clock=self.clock)
        self.news = LocalNews()

    def tombstones(self) -> Tombstones:
        own = MemoryStore(limit_bytes=0, clock=self.clock)
        stores = Stores(own=own, shared=self.shared, news=self.news)
        return Tombstones(stores, self.clock)


@pytest.fixture
def town() -> Town:
    return Town()


async def test_what_one_deleted_is_gone_at_the_others(town: Town):
    one, other = town.tombstones(), town.tombstones()

    await one.put(ACCOUNT, "piktid:1", is_done=True)

    assert set(await other.find(ACCOUNT)) == {"piktid:1"}


async def test_a_tombstone_that_was_lost_with_a_master_is_put_again(town: Town):
    one, other = town.tombstones(), town.tombstones()
    await one.put(ACCOUNT, "piktid:1", is_done=True)
    await other.put(ACCOUNT, "piktid:2", is_done=True)
    await town.shared.delete(KEY)

    await town.news.publish("gone", "")

    wanted = {"piktid:1", "piktid:2"}
    async with asyncio.timeout(5):
        while set(await town.tombstones().find(ACCOUNT)) != wanted:  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.01)


async def test_a_tombstone_that_is_old_is_put_no_more(town: Town):
    one = town.tombstones()
    await one.put(ACCOUNT, "piktid:1", is_done=True)
    town.clock.turn(KEEP_SECONDS + 1)
    await town.shared.delete(KEY)

    await town.news.publish("gone", "")
    await one.aclose()

    assert await town.shared.get(KEY) is None
