"""The reader that lets one replica at a time call for a page; the others get what it got."""

from gateway.coordination.leases import Lease
from gateway.crawl.page import Page
from gateway.pages.freshness import Freshness
from gateway.pages.requests import PageRequest, PageResult, ReadPage
from gateway.pages.tiers import Tiers
from gateway.pages.turns import suits
from gateway.ports.metrics import FlightSaved, PageFound, Watch


class Leased:
    """Looks whether another replica has a page, or is about to; else reads it."""

    def __init__(
        self, read: ReadPage, tiers: Tiers, freshness: Freshness, watch: Watch
    ) -> None:
        self._read = read
        self._tiers = tiers
        self._freshness = freshness
        self._watch = watch

    async def __call__(self, want: PageRequest) -> PageResult:
        look = SharedPage(self._tiers, want, self._freshness)
        shared = await want.on_its_way.turn.take(look)
        if shared is None:
            self._watch(PageFound("none"))
            return await self._read(want)
        self._watch(PageFound("redis"))
        if shared.is_saved:
            self._watch(FlightSaved("replica"))
        return PageResult(page=shared.page, is_kept=True)


class SharedPage:
    """Looks for one page; what is no good for its request is not found."""

    def __init__(self, tiers: Tiers, want: PageRequest, freshness: Freshness) -> None:
        self._tiers = tiers
        self._want = want
        self._freshness = freshness

    async def find(self) -> Page | None:
        return self._judge(await self._tiers.fetch(self._want.key))

    async def find_or_take(self, lease: Lease) -> tuple[Page | None, bool | None]:
        """Return the page, or take the lease: whether, or None if it was not tried."""
        want = self._want
        page, is_taken = await self._tiers.fetch_or_claim(
            want.key, lease, good_seconds=want.good_seconds
        )
        return self._judge(page), is_taken

    def _judge(self, page: Page | None) -> Page | None:
        if page is None or not is_good(self._want, page, self._freshness):
            return None
        return page


def is_good(want: PageRequest, page: Page, freshness: Freshness) -> bool:
    """Return whether a kept page is young enough for a request, and what it wants."""
    is_young = freshness.is_younger(page, want.good_seconds)
    return is_young and suits(want.read, page)
