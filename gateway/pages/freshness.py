"""For how long a page is fresh, and stale for so long after that (RFC 5861)."""

from msgspec import Struct

from gateway.crawl.page import Page
from gateway.ports.clock import Clock


class Keeping(Struct, frozen=True, kw_only=True):
    """What is configured; the stale spans begin where the fresh one ends."""

    fresh_seconds: float
    stale_while_revalidate_seconds: float = 0.0
    stale_if_error_seconds: float = 3600.0

    @property
    def good_seconds(self) -> float:
        """For how long a page is answered with at once."""
        return self.fresh_seconds + self.stale_while_revalidate_seconds

    @property
    def error_seconds(self) -> float:
        """For how long it is answered with when upstream fails."""
        return self.fresh_seconds + self.stale_if_error_seconds

    @property
    def keep_seconds(self) -> float:
        return max(self.good_seconds, self.error_seconds)


class Freshness:
    """Judges pages by their age now."""

    def __init__(self, keeping: Keeping, clock: Clock) -> None:
        self.keeping = keeping
        self._clock = clock

    def is_younger(self, page: Page, seconds: float) -> bool:
        return self._clock.now() - page.received_at < seconds

    def is_fresh(self, page: Page) -> bool:
        return self.is_younger(page, self.keeping.fresh_seconds)

    def is_for_errors(self, page: Page) -> bool:
        """Return whether it is answered with when upstream fails."""
        return self.is_younger(page, self.keeping.error_seconds)

    def good_until(self, page: Page) -> float:
        """Return when a page stops being what it is, fresh or stale, in epoch seconds."""
        if self.is_fresh(page):
            return self.fresh_until(page)
        return page.received_at + self.keeping.good_seconds

    def fresh_until(self, page: Page) -> float:
        """Return when a page stops being fresh, in epoch seconds."""
        return page.received_at + self.keeping.fresh_seconds
