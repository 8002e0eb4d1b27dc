"""Reads a page's sources on: in time, else with what is kept, and the rest behind."""

import asyncio
from collections.abc import Sequence

from opentelemetry.trace import use_span

from gateway.concurrency.tasks import begin_within
from gateway.crawl.lane import LaneOutcome, Standing
from gateway.crawl.search import Read, Reading
from gateway.gallery.ahead import Ahead, Aheads
from gateway.gallery.run import Part, Run, Step
from gateway.pages.failures import Failure
from gateway.pages.pages import Pages
from gateway.pages.reader import Reader
from gateway.pages.requests import ListRequest, PageResult
from gateway.plugin.errors import MisbehavedError, UnauthorizedError
from gateway.sealing.digest import to_key

_OVERRUN = Failure(
    error=MisbehavedError("the list moves faster than it can be read"), until=0.0
)


class Onward:
    """Reads what lanes want; how it went is told in their parts."""

    def __init__(self, pages: Pages, aheads: Aheads) -> None:
        self._pages = pages
        self._aheads = aheads

    async def read(self, run: Run, wanting: Sequence[Part]) -> None:
        """Let the wanting parts read on, all at once; who is slow goes on with stale."""
        tasks = {self._begin_call(part): part for part in wanting}
        try:
            await run.wait(tasks.keys())
        finally:
            slow = [task for task in tasks if not task.done()]
            for task in slow:
                task.cancel()  # the flight that it waits for goes on
        if slow:
            await asyncio.wait(slow)
        for task in slow:
            await self._go_stale(tasks[task])

    def find_ahead(
        self, asked: ListRequest, binding: bytes, standing: Standing
    ) -> Ahead | None:
        """Find what was read from there on for a caller who had to go on without it."""
        return self._aheads.find(_to_key(asked, binding, standing))

    def read_ahead(self, part: Part, binding: bytes, standing: Standing) -> None:
        """Read on behind from where a caller stands who goes on without the source."""
        self._aheads.begin(
            _to_key(part.asked, binding, standing),
            lambda: part.begin_again(standing),
            self._pages.validity_of(part.asked.account),
            self._read_on,
        )

    async def aclose(self) -> None:
        """End what is read behind."""
        await self._aheads.aclose()

    def _begin_call(self, part: Part) -> asyncio.Task[None]:
        with use_span(part.span, record_exception=False, set_status_on_exception=False):
            return begin_within(self._call(part))

    async def _call(self, part: Part) -> None:
        begun_at = asyncio.get_running_loop().time()
        try:
            await self._read_on(part)
        finally:
            part.seconds += asyncio.get_running_loop().time() - begun_at

    async def _read_on(self, part: Part) -> None:
        """Read for one part until it has something to give, or has had enough."""
        with Reader(self._pages, part.asked) as reader:
            await self._repeat(part)
            while part.lane.is_open and (want := part.lane.wants):
                if part.lane.is_overrun:
                    part.fail(_OVERRUN)
                    return
                await _take(part, want, await reader.read(want))
                for number, linked in part.lane.take_proven():
                    await reader.keep_predecessor(number, linked)

    async def _repeat(self, part: Part) -> None:
        """Hand over what was read ahead: the same lane wants the same pages again."""
        if part.ahead is None:
            return
        steps, part.ahead = await part.ahead(), None
        for step in steps:
            want = part.lane.wants
            if want is None or want.page != step.number:
                return
            got = await self._pages.give(part.asked, want.page, step.reading.page)
            repeated = step._replace(is_kept=True, failure=got.failure)
            await part.take(repeated)
        part.lane.take_proven()  # they were kept as they were proven

    async def _go_stale(self, part: Part) -> None:
        """Go on with what is kept for bad days; without, the part is out."""
        while want := part.lane.wants:
            page = await self._pages.find_stale(part.asked, want)
            if page is None or part.lane.is_overrun:
                part.lane.is_out = True
                return
            await part.take(Step(want.page, Reading(page, is_new=False)))


async def _take(part: Part, want: Read, got: PageResult) -> None:
    if got.page is not None:
        reading = Reading(got.page, got.is_new, got.is_close)
        await part.take(Step(want.page, reading, got.is_kept, got.failure))
    elif got.failure is not None:
        part.fail(got.failure)
        if isinstance(got.failure.error, UnauthorizedError):
            part.lane.outcome = LaneOutcome.REFUSED


def _to_key(asked: ListRequest, binding: bytes, standing: Standing) -> str:
    """Name where a query's crawl stands in a list, whatever page that is on by now."""
    place = standing.place
    where = b"" if place is None else place.anchors + place.key.encode()
    return to_key(asked.account.key.encode(), binding, where)
