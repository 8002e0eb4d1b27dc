"""How often a page waits for the shared store, counted in virtual time."""

import asyncio
from collections.abc import Callable
from typing import Any

from gateway.adapters.memory import MemoryStore
from gateway.crawl.search import Read
from gateway.pages.requests import ListRequest
from gateway.plugin.query import Query
from gateway.ports.stores import Store
from tests.gallery.fakes import FakeProvider, NoFilters, Stand, account_of
from tests.virtual_time import LoopClock, run

TRIP_SECONDS = 0.01


class FarStore:
    """A store of which each answer takes its time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        async def ask(*args: Any, **kwargs: Any) -> Any:
            await asyncio.sleep(TRIP_SECONDS)
            return await method(*args, **kwargs)

        return ask


def test_a_cold_page_waits_once_beside_its_call_and_one_that_is_shared_once() -> None:
    async def count() -> list[int]:
        loop = asyncio.get_running_loop()
        clock = LoopClock(loop)
        shared: Any = FarStore(MemoryStore(limit_bytes=2**24, clock=clock))
        provider = FakeProvider("studio", range(20, 0, -1))
        one = Stand(provider, shared=shared, clock=clock)
        other = Stand(provider, replica=one)

        async def trips(stand: Stand, number: int) -> int:
            asked = ListRequest(
                account=account_of("studio"),
                listing=provider.listing(Query(), NoFilters()),
            )
            begun = loop.time()
            got = await stand.pages.read(asked, Read(number))
            seconds = loop.time() - begun
            assert got.page is not None
            await asyncio.sleep(1.0)  # until all is written behind
            return round(seconds / TRIP_SECONDS)

        for stand in (one, other):  # the account, its token and the breaker are known
            await trips(stand, 0)
        return [await trips(stand, 1) for stand in (one, other, other)]

    cold, kept_by_all, kept_here = run(count())

    assert (cold, kept_by_all, kept_here) == (2, 1, 0)
