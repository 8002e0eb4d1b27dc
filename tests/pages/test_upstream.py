"""The call for a page: what comes of it is kept, and so is that it failed."""

from collections.abc import Collection, Sequence

import pytest

from gateway.accounts.credentials import Account
from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.coordination.validity import Validities
from gateway.crawl.search import Read
from gateway.pages.failures import Failures
from gateway.pages.requests import PageResult
from gateway.pages.tiers import Tiers
from gateway.pages.turns import Turn
from gateway.pages.upstream import Upstream
from gateway.plugin.errors import UnavailableError, UpstreamError
from gateway.plugin.provider import Entry, Listing, PageKey, UpstreamPage
from gateway.ports.caches import Caches
from gateway.ports.stores import Stores
from tests.fakes import FakeClock
from tests.pages.readers import KEY, to_entries, to_request


class Calls:
    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.error: UpstreamError | None = None

    async def read(self, *_: object) -> UpstreamPage:
        self._clock.turn(2.0)
        if self.error is not None:
            raise self.error
        return UpstreamPage(entries=to_entries(3, 2, 1), total=3)


class Sightings:
    def __init__(self) -> None:
        self.gone: frozenset[str] = frozenset()
        self.noted: list[str] = []

    async def find_gone(self, account: Account) -> Collection[str]:
        return self.gone

    async def note(
        self,
        account: Account,
        entries: Sequence[Entry],
        listing: Listing,
        page: PageKey,
    ) -> None:
        self.noted += [entry.id for entry in entries]


class Stand:
    def __init__(self) -> None:
        self.clock = FakeClock()
        own = MemoryStore(limit_bytes=1_000_000, clock=self.clock)
        stores = Stores(own=own, shared=None, news=LocalNews(), caches=Caches())
        self.tiers = Tiers(stores, keep_seconds=60.0)
        self.calls, self.sightings = Calls(self.clock), Sightings()
        self.failures, self.validities = Failures(self.clock), Validities()
        self.read = Upstream(
            self.calls,  # type: ignore[arg-type]  # what is used of it
            self.sightings,  # type: ignore[arg-type]  # what is used of it
            self.tiers,
            self.failures,
            self.validities,
            clock=self.clock,
        )
        self.ended: list[int] = []

    async def ask(self) -> PageResult:
        turn = Turn(end=lambda: self.ended.append(1))
        with turn:
            return await self.read(to_request(Read(0), turn))


async def test_a_page_is_kept_with_the_times_of_its_call() -> None:
    stand = Stand()
    began = stand.clock.now()

    result = await stand.ask()

    page = await stand.tiers.at_hand(KEY)
    assert page is not None
    assert (result.page, result.is_kept) == (page, False)
    assert (page.asked_at, page.received_at) == (began, began + 2.0)


async def test_the_turn_ends_once_others_can_read_the_page() -> None:
    stand = Stand()

    await stand.ask()
    ended_at_once = bool(stand.ended)
    await stand.tiers.aclose()

    assert (ended_at_once, stand.ended) == (False, [1])


async def test_what_has_been_deleted_is_left_out() -> None:
    stand = Stand()
    stand.sightings.gone = frozenset({"studio:2"})

    result = await stand.ask()

    assert result.page is not None
    shown = [entry.id for entry in result.page.entries if entry.item is not None]
    assert shown == ["studio:3", "studio:1"]
    assert "studio:3" in stand.sightings.noted


async def test_a_failure_is_remembered_and_a_good_answer_forgets_it() -> None:
    stand = Stand()
    stand.calls.error = UnavailableError("it is away")
    account = to_request(Read(0)).asked.account

    failed = await stand.ask()
    remembered = stand.failures.find(account.key, KEY)
    stand.calls.error = None
    await stand.ask()

    assert failed.failure is not None
    assert failed.failure == remembered
    assert stand.failures.find(account.key, KEY) is None


@pytest.mark.parametrize("error", [None, UnavailableError("it is away")])
async def test_what_was_made_of_the_page_before_is_void(
    error: UpstreamError | None,
) -> None:
    stand = Stand()
    validity = stand.validities.get(KEY)
    stand.calls.error = error

    await stand.ask()

    assert validity.is_void
