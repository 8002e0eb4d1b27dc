"""Calls under way in this process, so that whoever wants the same waits for the same."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine

from cachetools import TTLCache
from msgspec import Struct

from gateway.crawl.chain import follows
from gateway.crawl.page import Page
from gateway.crawl.search import Read
from gateway.pages.failures import Failure
from gateway.pages.turns import Turn
from gateway.ports.caches import Cache, Caches
from gateway.ports.clock import Clock

_LATELY = 256
_LATELY_SECONDS = 2.0
_CLOSE_SECONDS = 1.0
"""As late as a busy process may come to what it does next."""


class Flown(Struct, frozen=True, kw_only=True):
    """How a flight ended: with a page, that of a call or a kept one, or a failure."""

    page: Page | None = None
    is_called: bool = False
    failure: Failure | None = None


class Flight:
    """One way to a page. `begun` is the tick at which its upstream call began.

    `is_close` tells that it was wanted right after the tick that it was to begin after.
    """

    def __init__(self, after: int, turn: Turn) -> None:
        self.after = after
        self.turn = turn
        self.is_close = True
        self.begun: int | None = None
        self.task: asyncio.Task[Flown] | None = None

    def may_serve(self, read: Read) -> bool:
        """Return whether its answer may be what is wanted."""
        if read.after in {0, self.after} or read.here is not None:
            return True
        # A call that began before the caller's page was held shows the list as it was
        # before: [d e] while [b c] stood before it. Then a came in, and behind [a b] it
        # lacks c.
        return self.begun is not None and self.begun > read.after

    def serves(self, read: Read, flown: Flown) -> bool:
        """Return whether its answer is what is wanted, of whatever age."""
        if read.after == 0 or flown.page is None:
            return True
        began = self.begun is not None and self.begun > read.after
        if flown.is_called and (began or self.after == read.after):
            return True
        return read.here is not None and follows(read.here, flown.page)


class Flights:
    """Flights by key; a call's answer is at hand for a moment for the same want."""

    def __init__(self, clock: Clock, caches: Caches) -> None:
        self._clock = clock
        self._held: TTLCache[int, float] = TTLCache(
            _LATELY, _LATELY_SECONDS, timer=clock.now
        )
        self._going: defaultdict[str, list[Flight]] = defaultdict(list)
        self._lately: Cache[tuple[str, int], tuple[Page, Flight]] = caches.make(
            "answers", _to_bytes, _LATELY_SECONDS, clock
        )

    def find(self, key: str, read: Read) -> Flight | None:
        """Return a flight that may serve, if one is going."""
        going = self._going.get(key, ())
        return next((flight for flight in going if flight.may_serve(read)), None)

    def find_lately(self, key: str, read: Read) -> tuple[Page, Flight] | None:
        """Return the answer of a call for the very same want, with that call."""
        return self._lately.get((key, read.after)) if read.after else None

    def note(self, page: Page) -> None:
        """Take note of when a call's page came to be held."""
        self._held[page.held] = self._clock.now()

    def is_close(self, read: Read) -> bool:
        """Return whether the page that came with the wanted tick came just now."""
        held_at = self._held.get(read.after)
        return held_at is not None and self._clock.now() - held_at < _CLOSE_SECONDS

    def begin(
        self,
        key: str,
        read: Read,
        turn: Turn,
        run: Callable[[Flight], Coroutine[None, None, Flown]],
    ) -> Flight:
        """Send off a flight, which outlives whoever waits for it."""
        flight = Flight(read.after, turn.hold())
        # Now, not when the call begins: a crowd of callers may come before that, and would
        # make a call of each second page seem too late to prove anything.
        flight.is_close = self.is_close(read)
        flight.task = asyncio.create_task(run(flight))
        self._going[key].append(flight)
        flight.task.add_done_callback(lambda task: self._land(key, flight, task))
        return flight

    async def aclose(self) -> None:
        """End what is still going."""
        tasks = [f.task for going in self._going.values() for f in going if f.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _land(self, key: str, flight: Flight, task: asyncio.Task[Flown]) -> None:
        flight.turn.release()
        going = self._going[key]
        going.remove(flight)
        if not going:
            del self._going[key]
        if task.cancelled() or task.exception() is not None:
            return
        flown = task.result()
        if flown.is_called and flown.page is not None and flight.after:
            self._lately.put((key, flight.after), (flown.page, flight))


def _to_bytes(key: tuple[str, int], answer: tuple[Page, Flight]) -> int:
    page, _ = answer
    return 1_000 + len(key[0]) + page.size_bytes
