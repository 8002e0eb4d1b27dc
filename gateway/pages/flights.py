"""The reader that makes one call for all in this process who want the same page."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator

from cachetools import TTLCache
from msgspec import structs

from gateway.concurrency.tasks import begin_within
from gateway.crawl.chain import follows
from gateway.crawl.page import Page
from gateway.crawl.search import Read
from gateway.pages.freshness import Freshness
from gateway.pages.leased import is_good
from gateway.pages.requests import Flight, PageRequest, PageResult, ReadPage
from gateway.pages.turns import Turn, Turns
from gateway.ports.caches import Cache, Caches
from gateway.ports.clock import Clock
from gateway.ports.metrics import FlightSaved, Watch

_LATELY = 256
_LATELY_SECONDS = 2.0
_CLOSE_SECONDS = 1.0
"""As late as a busy process may come to what it does next."""


class Flights:
    """Flights by key, each of which outlives whoever waits for it.

    Several of one page may go at once, as who has a boundary to prove needs a call that
    began late enough. A call's answer is at hand for a moment for the same want.
    """

    def __init__(  # noqa: PLR0913  # each one is a part
        self,
        read: ReadPage,
        turns: Turns,
        freshness: Freshness,
        clock: Clock,
        *,
        caches: Caches,
        watch: Watch,
    ) -> None:
        self._read = read
        self._turns = turns
        self._freshness = freshness
        self._clock = clock
        self._watch = watch
        self._held: TTLCache[int, float] = TTLCache(
            _LATELY, _LATELY_SECONDS, timer=clock.now
        )
        self._going: defaultdict[str, dict[Flight, asyncio.Task[PageResult]]] = (
            defaultdict(dict)
        )
        self._lately: Cache[tuple[str, int], tuple[Page, Flight]] = caches.make(
            "answers", _to_bytes, _LATELY_SECONDS, clock
        )

    async def __call__(self, want: PageRequest) -> PageResult:
        """Wait for a flight that serves: one that is going, or one of its own."""
        while True:
            going = self.find(want.key, want.read)
            if going is not None:
                self._watch(FlightSaved("process"))
            flight = going or self.begin(want)
            with flight.turn:
                result = await asyncio.shield(self._going[want.key][flight])
                judged = self._judge(result, flight, want, is_own=going is None)
            if judged is not None:
                return judged
            # One that had ended is found again until it has landed, in the next turn of
            # the loop, to which who waits for what is done does not come.
            await asyncio.sleep(0)

    def find(self, key: str, read: Read) -> Flight | None:
        """Return a flight that may serve, if one is going."""
        going = self._going.get(key, {})
        return next((flight for flight in going if flight.may_serve(read)), None)

    def find_lately(self, key: str, read: Read) -> PageResult | None:
        """Return the answer of a call for the very same want, which was given just now."""
        lately = self._lately.get((key, read.after)) if read.after else None
        if lately is None:
            return None
        self._watch(FlightSaved("process"))
        page, flight = lately
        turn = _to_prove(read, page, flight)
        return PageResult(page=page, is_new=True, is_close=flight.is_close, turn=turn)

    def begin(self, want: PageRequest) -> Flight:
        """Send off a flight."""
        # Close to the tick or not now, not when the call begins: a crowd of callers may
        # come before that, and would make a call of each second page seem too late to
        # prove anything.
        flight = Flight(
            want.read.after,
            self._turns.at(want.key, want.read).hold(),
            is_close=self._is_close(want.read),
        )
        task = begin_within(self._run(structs.replace(want, flight=flight)))
        self._going[want.key][flight] = task
        task.add_done_callback(lambda task: self._land(want.key, flight, task))
        return flight

    async def aclose(self) -> None:
        """End what is still going."""
        tasks = list(self._tasks())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tasks(self) -> Iterator[asyncio.Task[PageResult]]:
        for going in self._going.values():
            yield from going.values()

    async def _run(self, want: PageRequest) -> PageResult:
        result = await self._read(want)
        if result.page is not None and not result.is_kept:
            self._held[result.page.held] = self._clock.now()
        return result

    def _is_close(self, read: Read) -> bool:
        """Return whether the page that came with the wanted tick came just now."""
        held_at = self._held.get(read.after)
        return held_at is not None and self._clock.now() - held_at < _CLOSE_SECONDS

    def _judge(
        self, result: PageResult, flight: Flight, want: PageRequest, *, is_own: bool
    ) -> PageResult | None:
        """Return what a flight's answer is for a request; None if not what is wanted."""
        page = result.page
        if result.failure is not None:
            return result
        if page is None or not flight.serves(want.read, result):
            return None
        if result.is_kept:
            is_for_us = is_own or is_good(want, page, self._freshness)
            return result if is_for_us else None
        return PageResult(
            page=page,
            is_new=bool(want.read.after) or (flight.begun or 0) > want.asked.since,
            is_close=flight.is_close,
            turn=_to_prove(want.read, page, flight),
        )

    def _land(self, key: str, flight: Flight, task: asyncio.Task[PageResult]) -> None:
        flight.turn.release()
        going = self._going[key]
        del going[flight]
        if not going:
            del self._going[key]
        if task.cancelled() or task.exception() is not None:
            return
        result = task.result()
        if not result.is_kept and result.page is not None and flight.after:
            self._lately.put((key, flight.after), (result.page, flight))


def _to_prove(read: Read, page: Page, flight: Flight) -> Turn | None:
    """Hold the turn at a page that is of no use to others without its predecessor."""
    if read.here is None or follows(read.here, page) or not flight.turn.is_live:
        return None
    return flight.turn.hold()


def _to_bytes(key: tuple[str, int], answer: tuple[Page, Flight]) -> int:
    page, _ = answer
    return 1_000 + len(key[0]) + page.size_bytes
