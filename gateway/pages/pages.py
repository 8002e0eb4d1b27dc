"""Upstream pages through the cache: fresh, stale or asked for, in one flight for all."""

import asyncio

import msgspec

from gateway.accounts.calls import Calls
from gateway.accounts.credentials import Account
from gateway.concurrency.aside import ENTRY_BYTES, aside
from gateway.concurrency.meanwhile import meanwhile
from gateway.coordination import keys
from gateway.coordination.generations import Generations
from gateway.coordination.validity import Validities, Validity
from gateway.crawl.chain import follows
from gateway.crawl.page import Page, inherit_predecessor, to_page
from gateway.crawl.search import Read
from gateway.pages.failures import Failure, Failures
from gateway.pages.flights import Flight, Flights, Flown
from gateway.pages.freshness import Freshness, Keeping
from gateway.pages.requests import ListRequest, PageRequest, PageResult
from gateway.pages.shared import SharedPage, is_good
from gateway.pages.tiers import Tiers, is_long
from gateway.pages.turns import Turn, Turns, suits
from gateway.plugin.errors import UnauthorizedError, UpstreamError
from gateway.plugin.provider import Entry, PageKey
from gateway.ports import budget
from gateway.ports.clock import Clock
from gateway.ports.metrics import Unwatched, Watch
from gateway.ports.stores import Stores
from gateway.sealing.digest import to_key
from gateway.sightings.sightings import Sightings


class Pages:
    """Reads pages for accounts, through this process's cache and that of all replicas."""

    def __init__(  # noqa: PLR0913  # each one is a part
        self,
        calls: Calls,
        sightings: Sightings,
        stores: Stores,
        clock: Clock,
        keeping: Keeping,
        *,
        watch: Watch | None = None,
    ) -> None:
        self.freshness = Freshness(keeping, clock)
        self._calls = calls
        self._sightings = sightings
        self._clock = clock
        self._watch = watch or Unwatched()
        self._turns = Turns(stores.shared, self._watch)
        self._tiers = Tiers(stores, keep_seconds=keeping.keep_seconds)
        self._generations = Generations(stores)
        self._flights = Flights(clock, stores.caches)
        self._failures = Failures(clock)
        self._validities = Validities()

    def tick(self) -> int:
        """Return a tick that is later than those of all pages held so far."""
        return self._tiers.tick()

    async def read(self, asked: ListRequest, read: Read) -> PageResult:
        """Return a page: kept and good, or from a call, or kept for when calls fail."""
        got = await self.read_on(asked, read)
        if got.turn is not None:
            got.turn.release()
        return got

    async def read_on(self, asked: ListRequest, read: Read) -> PageResult:
        """Return a page as `read` does, with the turn at it, to prove its predecessor."""
        want = await self._to_want(asked, read)
        page = await self._tiers.at_hand(want.key)
        lately = self._flights.find_lately(want.key, read)
        if lately is not None:
            self._watch.flight_saved("process")
            page, flight = lately
            turn = _to_prove(read, page, flight)
            return PageResult(
                page=page, is_new=True, is_close=flight.is_close, turn=turn
            )
        if page is not None and is_good(want, page, self.freshness):
            self._watch.page_found("memory")
            return self._give(want, page)
        failure = self._failures.find(asked.account.key, want.key)
        if failure is not None:
            return await self._fall_back(want, failure)
        return await self._fly(want)

    async def give(self, asked: ListRequest, number: PageKey, page: Page) -> PageResult:
        """Return a page that the caller has, whatever its age; see `read`."""
        return self._give(await self._to_want(asked, Read(number)), page)

    async def find_stale(self, asked: ListRequest, read: Read) -> Page | None:
        """Return what is at hand for when upstream fails, or takes too long."""
        want = await self._to_want(asked, read)
        page = await self._tiers.at_hand(want.key) or await self._find_purged(want)
        if page is None or not suits(read, page):
            return None
        return page if self.freshness.is_for_errors(page) else None

    async def _find_purged(self, want: PageRequest) -> Page | None:
        """Return what a purge left behind, without what has been deleted."""
        account = want.asked.account
        for generation in self._generations.before(account.key):
            key = _to_key(want.asked, want.read, generation)
            page = await self._tiers.at_hand(key)
            if page is not None:
                return page.without(await self._sightings.find_gone(account))
        return None

    async def validities(
        self, asked: ListRequest, page: Page, number: PageKey
    ) -> list[Validity]:
        """Return the validities of what is made of a page: a stale one may be read anew."""
        validities = [self.validity_of(asked.account)]
        if not self.freshness.is_fresh(page):
            want = await self._to_want(asked, Read(number))
            validity = self._validities.get(want.key)
            kept = await self._tiers.at_hand(want.key)
            if kept is None or kept.received_at != page.received_at:
                validity.is_void = True
            validities.append(validity)
        return validities

    def validity_of(self, account: Account) -> Validity:
        """Return what is void once the account's pages may have been purged."""
        return self._generations.validity(account.key)

    async def keep_predecessor(
        self, asked: ListRequest, number: PageKey, page: Page, turn: Turn | None = None
    ) -> None:
        """Keep a page with its proven predecessor, unless it was read again since.

        The turn at it, if there is one, is held until others can read it.
        """
        want = await self._to_want(asked, Read(number))
        kept = await self._tiers.at_hand(want.key)
        if kept is None or (
            kept.received_at == page.received_at
            and kept.predecessor != page.predecessor
        ):
            self._tiers.put(want.key, page, (turn or Turn()).hold().release)

    async def purge(self, account: Account) -> None:
        """Leave all pages of an account behind, in every replica."""
        await self._generations.renew(account.key)

    async def aclose(self) -> None:
        """Let what is being kept come to its end; end the calls under way."""
        await self._flights.aclose()
        await self._tiers.aclose()
        await self._turns.aclose()
        await self._generations.aclose()

    def find(self, account: Account, item_id: str) -> Entry | None:
        """Find an item on the account's pages at hand that are fresh."""
        generation = self._generations.at_hand(account.key)
        for page in self._tiers.pages(keys.pages(account.key, generation)):
            if self.freshness.is_fresh(page) and item_id in page.by_id:
                return page.by_id[item_id]
        return None

    async def _to_want(self, asked: ListRequest, read: Read) -> PageRequest:
        generation = await self._generations.current(asked.account.key)
        most = asked.most_seconds
        return PageRequest(
            asked=asked,
            read=read,
            key=_to_key(asked, read, generation),
            good_seconds=self.freshness.keeping.good_seconds if most is None else most,
        )

    def _give(self, want: PageRequest, page: Page) -> PageResult:
        """Return a kept page; a stale one is refreshed behind, once."""
        if self.freshness.is_fresh(page):
            return PageResult(page=page, is_kept=True)
        failure = self._failures.find(want.asked.account.key, want.key)
        if (
            failure is None
            and self._flights.find(want.key, Read(want.read.page)) is None
        ):
            refresh = PageRequest(
                asked=want.asked,
                read=Read(want.read.page),
                key=want.key,
                good_seconds=self.freshness.keeping.fresh_seconds,
            )
            with budget.lifted():
                self._begin(refresh)
        return PageResult(page=page, is_kept=True, failure=failure)

    async def _fall_back(self, want: PageRequest, failure: Failure) -> PageResult:
        if isinstance(failure.error, UnauthorizedError):
            return PageResult(failure=failure)
        page = await self.find_stale(want.asked, want.read)
        return PageResult(page=page, is_kept=True, failure=failure)

    async def _fly(self, want: PageRequest) -> PageResult:
        """Wait for a flight that serves: one that is going, or one of its own."""
        while True:
            going = self._flights.find(want.key, want.read)
            if going is not None:
                self._watch.flight_saved("process")
            flight = going or self._begin(want)
            with flight.turn:
                got = await self._wait_for(flight, want, is_own=going is None)
            if got is not None:
                return got

    async def _wait_for(
        self, flight: Flight, want: PageRequest, *, is_own: bool
    ) -> PageResult | None:
        """Wait for a flight's end; None where that is not what is wanted."""
        if flight.task is None:
            raise AssertionError("a flight without a task")
        flown = await asyncio.shield(flight.task)
        if flown.failure is not None:
            return await self._fall_back(want, flown.failure)
        page = flown.page
        if page is None or not flight.serves(want.read, flown):
            return None
        if flown.is_called:
            is_new = bool(want.read.after) or (flight.begun or 0) > want.asked.since
            turn = _to_prove(want.read, page, flight)
            return PageResult(
                page=page, is_new=is_new, is_close=flight.is_close, turn=turn
            )
        if is_own or is_good(want, page, self.freshness):
            return self._give(want, page)
        return None

    def _begin(self, want: PageRequest) -> Flight:
        return self._flights.begin(
            want.key,
            want.read,
            self._turns.at(want.key, want.read),
            lambda flight: self._run(want, flight),
        )

    async def _run(self, want: PageRequest, flight: Flight) -> Flown:
        """Look whether another replica has it, or is about to; else call upstream."""
        shared = await flight.turn.take(SharedPage(self._tiers, want, self.freshness))
        if shared is not None:
            self._watch.page_found("redis")
            if shared.is_saved:
                self._watch.flight_saved("replica")
            return Flown(page=shared.page)
        self._watch.page_found("none")
        flight.begun = self.tick()
        try:
            page = await self._call(want)
        except UpstreamError as error:
            return self._fail(want, error)
        self._failures.forget(want.asked.account.key, want.key)
        self._flights.note(page)
        self._tiers.put(want.key, page, flight.turn.hold().release)
        self._validities.void(want.key)
        return Flown(page=page, is_called=True)

    async def _call(self, want: PageRequest) -> Page:
        asked, number = want.asked, want.read.page
        asked_at = self._clock.now()
        # what is deleted from now on is found under the next generation alone
        async with meanwhile(self._sightings.find_gone(asked.account)) as finding:
            upstream = await self._calls.read(asked.account, asked.listing, number)
            received_at, held = self._clock.now(), self.tick()
            gone = await finding

        def take_over() -> Page:
            page = to_page(
                upstream,
                size=asked.listing.paging.size,
                asked_at=asked_at,
                received_at=received_at,
                held=held,
            )
            page = page.without(gone)
            return page.ready() if is_long(page) else page

        page = await aside(ENTRY_BYTES * len(upstream.entries), take_over)
        await self._sightings.note(asked.account, page.entries, asked.listing, number)
        if asked.listing.enters_at_top and (
            before := await self._tiers.at_hand(want.key)
        ):
            page = inherit_predecessor(before, page)
        return page

    def _fail(self, want: PageRequest, error: UpstreamError) -> Flown:
        failure = self._failures.note(want.asked.account.key, want.key, error)
        self._validities.void(want.key)
        return Flown(failure=failure)


def _to_key(asked: ListRequest, read: Read, generation: str) -> str:
    shape = to_key(msgspec.msgpack.encode((asked.listing, read.page)))
    return keys.page(asked.account.key, generation, shape)


def _to_prove(read: Read, page: Page, flight: Flight) -> Turn | None:
    """Hold the turn at a page that is of no use to others without its predecessor."""
    if read.here is None or follows(read.here, page) or not flight.turn.is_live:
        return None
    return flight.turn.hold()
