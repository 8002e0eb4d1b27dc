"""Upstream pages through the cache: fresh, stale or asked for, in one flight for all."""

from gateway.accounts.calls import Calls
from gateway.accounts.credentials import Account
from gateway.concurrency import budget
from gateway.coordination import keys
from gateway.coordination.generations import Generations
from gateway.coordination.validity import Validities, Validity
from gateway.crawl.page import Page
from gateway.crawl.search import Read
from gateway.pages.failures import Failure, Failures
from gateway.pages.flights import Flights
from gateway.pages.freshness import Freshness, Keeping
from gateway.pages.leased import Leased, is_good
from gateway.pages.requests import ListRequest, PageRequest, PageResult
from gateway.pages.tiers import Tiers
from gateway.pages.turns import Turn, Turns, suits
from gateway.pages.upstream import Upstream
from gateway.plugin.errors import UnauthorizedError
from gateway.plugin.provider import Entry, PageKey
from gateway.ports.clock import Clock
from gateway.ports.metrics import PageFound, Watch, unwatched
from gateway.ports.stores import Stores
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
        watch: Watch = unwatched,
    ) -> None:
        self.freshness = freshness = Freshness(keeping, clock)
        self._sightings = sightings
        self._watch = watch
        self._turns = Turns(stores.shared, watch)
        self._tiers = tiers = Tiers(stores, keep_seconds=keeping.keep_seconds)
        self._generations = Generations(stores)
        self._failures = Failures(clock)
        self._validities = Validities()
        upstream = Upstream(
            calls, sightings, tiers, self._failures, self._validities, clock=clock
        )
        leased = Leased(upstream, tiers, freshness, watch)
        self._flights = Flights(
            leased, self._turns, freshness, clock, caches=stores.caches, watch=watch
        )

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
            return lately
        if page is not None and is_good(want, page, self.freshness):
            self._watch(PageFound("memory"))
            return self._give(want, page)
        failure = self._failures.find(asked.account.key, want.key)
        if failure is not None:
            return await self._fall_back(want, failure)
        result = await self._flights(want)
        if result.failure is not None:
            return await self._fall_back(want, result.failure)
        if result.page is not None and result.is_kept:
            return self._give(want, result.page)
        return result

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
                self._flights.begin(refresh)
        return PageResult(page=page, is_kept=True, failure=failure)

    async def _fall_back(self, want: PageRequest, failure: Failure) -> PageResult:
        if isinstance(failure.error, UnauthorizedError):
            return PageResult(failure=failure)
        page = await self.find_stale(want.asked, want.read)
        return PageResult(page=page, is_kept=True, failure=failure)


def _to_key(asked: ListRequest, read: Read, generation: str) -> str:
    return keys.page(asked.account.key, generation, asked.to_shape(read.page))
