"""The reader at the bottom: the call for a page, which is then kept for all."""

from gateway.accounts.calls import Calls
from gateway.concurrency.aside import ENTRY_BYTES, aside
from gateway.concurrency.meanwhile import meanwhile
from gateway.coordination.validity import Validities
from gateway.crawl.page import Page, inherit_predecessor, to_page
from gateway.pages.failures import Failures
from gateway.pages.requests import PageRequest, PageResult
from gateway.pages.tiers import Tiers, is_long
from gateway.plugin.errors import UpstreamError
from gateway.ports.clock import Clock
from gateway.sightings.sightings import Sightings


class Upstream:
    """Reads a page by calling its provider; a failure is remembered."""

    def __init__(  # noqa: PLR0913  # each one is a part
        self,
        calls: Calls,
        sightings: Sightings,
        tiers: Tiers,
        failures: Failures,
        validities: Validities,
        *,
        clock: Clock,
    ) -> None:
        self._calls = calls
        self._sightings = sightings
        self._tiers = tiers
        self._failures = failures
        self._validities = validities
        self._clock = clock

    async def __call__(self, want: PageRequest) -> PageResult:
        flight, account = want.on_its_way, want.asked.account
        flight.begun = self._tiers.tick()
        try:
            page = await self._call(want)
        except UpstreamError as error:
            failure = self._failures.note(account.key, want.key, error)
            self._validities.void(want.key)
            return PageResult(failure=failure)
        self._failures.forget(account.key, want.key)
        self._tiers.put(want.key, page, flight.turn.hold().release)
        self._validities.void(want.key)
        return PageResult(page=page)

    async def _call(self, want: PageRequest) -> Page:
        asked, number = want.asked, want.read.page
        asked_at = self._clock.now()
        # what is deleted from now on is found under the next generation alone
        async with meanwhile(self._sightings.find_gone(asked.account)) as finding:
            upstream = await self._calls.read(asked.account, asked.listing, number)
            received_at, held = self._clock.now(), self._tiers.tick()
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
