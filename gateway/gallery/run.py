"""One request on its way: its sources, its page so far, and its time."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import NamedTuple, TypeAlias

from msgspec import Struct
from opentelemetry.trace import INVALID_SPAN, Span

from gateway.accounts.credentials import Tenant
from gateway.concurrency.aside import ENTRY_BYTES, aside
from gateway.crawl.lane import Lane, LaneOutcome, Standing
from gateway.crawl.merge import Merge
from gateway.crawl.page import Page
from gateway.crawl.search import Reading
from gateway.pages.failures import Failure
from gateway.pages.requests import ListRequest
from gateway.plugin.provider import PageKey
from gateway.plugin.query import Query

_GRACE_SECONDS = 0.2


class Bounds(Struct, frozen=True, kw_only=True):
    """How long a page may take, in seconds, and how much of a list it may scan."""

    deadline_seconds: float
    patience_seconds: float
    scan_pages: int


class Ask(Struct, frozen=True, kw_only=True):
    """One caller's request for one page; `wait_seconds` takes the patience's place."""

    tenant: Tenant
    query: Query
    cursor: str | None
    limit: int
    needs_all: bool = False
    wait_seconds: float | None = None
    is_anew: bool = False


class Step(NamedTuple):
    """A page that a lane wanted, by number; a failure may stand behind a kept one."""

    number: PageKey
    reading: Reading
    is_kept: bool = True
    failure: Failure | None = None


Ahead: TypeAlias = Callable[[], Awaitable[Sequence[Step]]]
"""Gives what was read of a source for a caller who had to go on without it."""


class Part:
    """One source in one request: its lane, and how its calls went.

    The lane began at `standing`. `used` are the pages it read, by number, `kept` those
    of them that came from the cache, `steps` all of that in its order; `failure` stands
    behind a stale one, or behind none at all.
    """

    def __init__(
        self,
        standing: Standing,
        lane: Lane,
        asked: ListRequest,
        span: Span,
        ahead: Ahead | None = None,
    ) -> None:
        self.standing = standing
        self.lane = lane
        self.asked = asked
        self.span = span
        self.ahead = ahead
        self.used: dict[PageKey, Page] = {}
        self.kept: dict[PageKey, Page] = {}
        self.steps: list[Step] = []
        self.failure: Failure | None = None
        self.seconds = 0.0

    def begin_again(self, standing: Standing) -> "Part":
        """Return a part for the same source, of no request, that begins at a standing."""
        lane = self.lane.begin_again(standing)
        return Part(standing, lane, self.asked, INVALID_SPAN)

    async def take(self, step: Step) -> None:
        """Hand the lane the page that it wants."""
        page = step.reading.page
        self.failure = step.failure or self.failure
        self.steps.append(step)
        self.used[step.number] = page
        if step.is_kept:
            self.kept[step.number] = page
        else:
            self.kept.pop(step.number, None)
        await aside(self.weigh(page), lambda: self.lane.feed(step.reading))

    def weigh(self, page: Page) -> int:
        """Return how much work it is to go through what of a page is not shown."""
        is_filtering = self.lane.is_filtering
        return ENTRY_BYTES * len(page.entries if is_filtering else page.skipped)

    def fail(self, failure: Failure) -> None:
        self.failure = failure
        self.lane.is_out = True

    @property
    def is_void(self) -> bool:
        """Return whether it was at its end before anything of it was given."""
        return self.standing.outcome is LaneOutcome.ENDED and not self.standing.place

    @property
    def is_pending(self) -> bool:
        """Return whether it did not answer in time; its call goes on."""
        is_open = self.lane.outcome is LaneOutcome.OPEN
        return is_open and self.lane.is_out and self.failure is None

    @property
    def has_answered(self) -> bool:
        """Return whether there is more to show for it than that it is at its end."""
        is_open = self.lane.outcome is LaneOutcome.OPEN
        return bool(self.used) and not self.lane.is_out and (is_open or self.has_given)

    @property
    def has_given(self) -> bool:
        """Return whether an item of it is on the page."""
        return self.lane.given > 0


class Run:
    """One request on its way: its parts, its page so far, and its time."""

    def __init__(
        self, ask: Ask, parts: list[Part], frontier: str | None, bounds: Bounds
    ) -> None:
        self.ask = ask
        self.parts = parts
        lanes = [part.lane for part in parts]
        self.merge = Merge(lanes, limit=ask.limit, frontier=frontier)
        wait = ask.wait_seconds
        patience = bounds.patience_seconds if wait is None else wait
        deadline = max(bounds.deadline_seconds, wait or 0.0)
        self._patience = deadline if ask.is_anew else patience
        self._loop = asyncio.get_running_loop()
        self._deadline_at = self._loop.time() + deadline
        self._is_over = False

    @property
    def has_no_credential(self) -> bool:
        """Return whether every source that may have something refuses the credentials."""
        outcomes = [part.lane.outcome for part in self.parts if not part.is_void]
        return bool(outcomes) and all(one is LaneOutcome.REFUSED for one in outcomes)

    @property
    def is_refused(self) -> bool:
        """Return whether there is nothing to answer with, so that it is an error."""
        return self.has_no_credential or self.merge.is_stuck

    @property
    def waited_for(self) -> list[Reading]:
        """Return what did not come from the cache."""
        steps = [step for part in self.parts for step in part.steps]
        return [step.reading for step in steps if not step.is_kept]

    async def wanting(self) -> list[Part]:
        """Fill the page as far as it goes; give the parts that must read on, if any."""
        wanting = await aside(self._weight, self.merge.wanting)
        return [part for part in self.parts if part.lane in wanting]

    @property
    def _weight(self) -> int:
        """How much may be gone through to find what is shown."""
        return sum(
            part.weigh(page) for part in self.parts for page in part.used.values()
        )

    async def wait(self, tasks: Collection[asyncio.Task[None]]) -> None:
        """Wait by the deadline, and for the patience once one source has answered.

        When that is over because of one source, the others may have to read on in its
        place: they have a last moment for that.
        """
        if not self._is_over and self._loop.time() >= self._deadline_at:
            self._is_over = True
            self._deadline_at = self._loop.time() + _GRACE_SECONDS
        pending = set(tasks)
        while pending:
            if self._has_answer() and not self._is_over:
                now = self._loop.time()
                self._deadline_at = min(self._deadline_at, now + self._patience)
            left = max(0.0, self._deadline_at - self._loop.time())
            done, pending = await asyncio.wait(
                pending, timeout=left, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
            if not done:
                return

    def _has_answer(self) -> bool:
        return any(part.has_answered for part in self.parts)
