"""A page of the gallery: ask all sources by a deadline, merge, tell how each fared."""

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from gateway.core.clock import Clock
from gateway.core.cursor import Crawl, CursorSealer
from gateway.core.digest import to_binding
from gateway.core.errors import (
    MisbehavedError,
    NothingAnsweredError,
    UnauthorizedError,
)
from gateway.core.lane import Allowance, Lane, Outcome, Standing
from gateway.core.model import GalleryItem, GalleryPage, SourceReport
from gateway.core.ports import Entry, Plugin, Provider
from gateway.core.query import Query
from gateway.core.search import Read, Reading
from gateway.core.tracing import Tracer, Untraced
from gateway.core.watching import Unwatched, Watch
from gateway.service.credentials import Tenant
from gateway.service.failures import Failure
from gateway.service.marks import Mark
from gateway.service.pages import Asked, Got, Pages
from gateway.service.reader import Reader
from gateway.service.reports import to_report
from gateway.service.run import Ask, Bounds, Part, Run

ANEW_SECONDS = 1.0
"""How old a page may be for a caller who wants it anew."""
_RETRY_SECONDS = 2.0
_MISSING = frozenset({"pending", "unavailable", "unauthorized"})
"""The states of sources whose items a page lacks."""
_OVERRUN = Failure(
    error=MisbehavedError("the list moves faster than it can be read"), until=0.0
)


class Source(Struct, frozen=True, kw_only=True):
    """A configured provider; the order of sources is the configuration's."""

    name: str
    plugin: Plugin
    provider: Provider


class Answer(Struct, frozen=True, kw_only=True):
    """The page; `oldest_at` is when its oldest upstream page was asked for.

    Until `good_until` it would be the same again, unless one of the marks is void.
    `fresh_until` is when its first upstream page ages, or has aged. `entries` are the
    page's items with their media.
    """

    page: GalleryPage
    entries: Sequence[Entry]
    oldest_at: float | None
    fresh_until: float
    good_until: float
    marks: Sequence[Mark]
    is_hit: bool
    seconds: Mapping[str, float]


class Gallery:
    """Answers gallery queries over all of a tenant's accounts."""

    def __init__(  # noqa: PLR0913  # each one is a part
        self,
        sources: Sequence[Source],
        pages: Pages,
        sealer: CursorSealer,
        clock: Clock,
        bounds: Bounds,
        *,
        watch: Watch | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._sources = {source.name: source for source in sources}
        self._ranks = {source.name: rank for rank, source in enumerate(sources)}
        self._pages = pages
        self._sealer = sealer
        self._clock = clock
        self._bounds = bounds
        self._watch = watch or Unwatched()
        self._tracer = tracer or Untraced()

    async def page(self, ask: Ask) -> Answer:
        """Give the page at a cursor, with whoever answers in time.

        Raises:
            InvalidCursorError, ExpiredCursorError: see `CursorSealer.open`.
            InvalidParameterError: a provider's filters contradict each other.
            NothingAnsweredError: no source could, or not all where all are needed.
        """
        binding = _to_binding(ask.tenant, ask.query)
        crawl = (
            self._begin(ask)
            if ask.cursor is None
            else self._sealer.open(ask.cursor, binding)
        )
        run = Run(ask, self._to_parts(ask, crawl), crawl.frontier, self._bounds)
        try:
            while wanting := await run.wanting():
                await self._read(run, wanting)
            reports = tuple(self._to_report(run, part) for part in run.parts)
        finally:
            for part in run.parts:
                part.lane.close()
                part.span.end()
        self._refuse_nothing(run, reports)
        marks = [mark for part in run.parts for mark in await self._marks_of(part)]
        return self._to_answer(run, reports, binding, marks)

    def find_source(self, tenant: Tenant, name: str) -> Source | None:
        return self._sources.get(name) if name in tenant.accounts else None

    def sources(self, tenant: Tenant) -> list[Source]:
        """Give the tenant's sources in the configuration's order."""
        return [s for name, s in self._sources.items() if name in tenant.accounts]

    def marks(self, tenant: Tenant) -> list[Mark]:
        """Give what is void once any of the tenant's pages may have been purged."""
        return [self._pages.mark_account(one) for one in tenant.accounts.values()]

    def _begin(self, ask: Ask) -> Crawl:
        wanted = [s for s in self.sources(ask.tenant) if ask.query.wants(s.name)]
        return Crawl(tuple(_to_standing(source, ask.query) for source in wanted))

    def _to_parts(self, ask: Ask, crawl: Crawl) -> list[Part]:
        known = [s for s in crawl.standings if self.find_source(ask.tenant, s.provider)]
        return [self._to_part(ask, standing) for standing in known]

    def _to_part(self, ask: Ask, standing: Standing) -> Part:
        source = self._sources[standing.provider]
        filters = ask.query.filters.get(source.name) or source.plugin.filters()
        listing = source.provider.listing(ask.query, filters)
        rank, since = self._ranks[source.name], self._pages.tick()
        allowance = Allowance(ask.limit, self._bounds.scan_pages, since)
        asked = Asked(
            account=ask.tenant.accounts[source.name],
            listing=listing,
            since=since,
            most_seconds=ANEW_SECONDS if ask.is_anew else None,
        )
        lane = Lane(rank, listing, ask.query, standing, allowance)
        return Part(lane, asked, self._tracer.source(source.name))

    async def _read(self, run: Run, wanting: Sequence[Part]) -> None:
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

    def _begin_call(self, part: Part) -> asyncio.Task[None]:
        with part.span.within():
            return asyncio.create_task(self._call(part))

    async def _call(self, part: Part) -> None:
        """Read on for one part; how it went is told in the part."""
        begun_at = asyncio.get_running_loop().time()
        try:
            with Reader(self._pages, part.asked) as reader:
                await self._read_on(part, reader)
        finally:
            part.seconds += asyncio.get_running_loop().time() - begun_at

    async def _read_on(self, part: Part, reader: Reader) -> None:
        while part.lane.is_open and (want := part.lane.wants):
            if part.lane.is_overrun:
                part.fail(_OVERRUN)
                return
            await self._take(part, want, await reader.read(want))
            for number, linked in part.lane.take_links():
                await reader.keep_link(number, linked)

    async def _take(self, part: Part, want: Read, got: Got) -> None:
        if got.page is not None:
            part.failure = got.failure or part.failure
            part.use(want.page, got.page, is_kept=got.is_kept)
            await part.feed(Reading(got.page, got.is_new, got.is_close))
        elif got.failure is not None:
            part.fail(got.failure)
            if isinstance(got.failure.error, UnauthorizedError):
                part.lane.outcome = Outcome.REFUSED

    async def _go_stale(self, part: Part) -> None:
        """Go on with what is kept for bad days; without, the part is out."""
        while want := part.lane.wants:
            page = await self._pages.find_stale(part.asked, want)
            if page is None or part.lane.is_overrun:
                part.lane.is_out = True
                return
            part.use(want.page, page, is_kept=True)
            await part.feed(Reading(page, is_new=False))

    async def _marks_of(self, part: Part) -> list[Mark]:
        marks: list[Mark] = []
        for number, page in part.used.items():
            marks += await self._pages.mark(part.asked, page, number)
        return marks

    def _refuse_nothing(self, run: Run, reports: Sequence[SourceReport]) -> None:
        parts = run.parts
        outcomes = [part.lane.outcome for part in parts]
        refused = bool(parts) and all(o is Outcome.REFUSED for o in outcomes)
        missing = [one for one in reports if one.state in _MISSING]
        if refused or run.merge.is_stuck or (run.ask.needs_all and missing):
            now = self._clock.now()
            after = [
                (part.failure.retry_at or now + _RETRY_SECONDS) - now
                for part in parts
                if part.lane.is_out and part.failure
            ]
            raise NothingAnsweredError(
                ", ".join(f"{one.provider} is {one.state}" for one in missing),
                refused=refused,
                retry_after_seconds=min(after, default=_RETRY_SECONDS),
            )

    def _to_report(self, run: Run, part: Part) -> SourceReport:
        report = to_report(
            part,
            is_stale=not all(map(self._pages.freshness.is_fresh, part.kept.values())),
            is_filtering=run.ask.query.is_filtering,
        )
        self._watch.source_answered(report.provider, report.state, part.seconds)
        part.span.tell(report.state)
        return report

    def _to_answer(
        self,
        run: Run,
        reports: tuple[SourceReport, ...],
        binding: bytes,
        marks: Sequence[Mark],
    ) -> Answer:
        merge, lanes = run.merge, [part.lane for part in run.parts]
        crawl = Crawl(tuple(lane.standing() for lane in lanes), merge.frontier)
        is_whole = all(lane.outcome is Outcome.ENDED for lane in lanes)
        page = GalleryPage(
            items=tuple(merge.items),
            next_cursor=(
                None if merge.is_finished else self._sealer.seal(crawl, binding)
            ),
            complete=merge.is_finished and is_whole,
            links_expire_at=None,
            sources=reports,
        )
        readings = [reading for lane in lanes for reading in lane.readings]
        freshness = self._pages.freshness
        return Answer(
            page=page,
            oldest_at=min((r.page.asked_at for r in readings), default=None),
            fresh_until=min(
                (freshness.fresh_until(reading.page) for reading in readings),
                default=0.0,
            ),
            good_until=min(map(self._to_good_until, run.parts), default=0.0),
            entries=tuple(_to_entries(merge.items, readings)),
            marks=marks,
            is_hit=not any(reading.is_new for reading in readings)
            and all(report.state not in _MISSING for report in reports),
            seconds={part.lane.provider: part.seconds for part in run.parts},
        )

    def _to_good_until(self, part: Part) -> float:
        """Tell until when the part would be the same again."""
        if part.lane.is_out and part.failure is None:
            return 0.0
        good_until = self._pages.freshness.good_until
        until = min(map(good_until, part.used.values()), default=math.inf)
        return until if part.failure is None else min(until, part.failure.until)


def _to_entries(
    items: Sequence[GalleryItem], readings: Sequence[Reading]
) -> Iterator[Entry]:
    """Give the items with where their media is, by the pages that they are from."""
    pages = [reading.page for reading in reversed(readings)]
    for item in items:
        found = (page.by_id[item.id].media for page in pages if item.id in page.by_id)
        yield Entry(item.id, item, next(found, ()))


def _to_standing(source: Source, query: Query) -> Standing:
    """Begin a source; one that has none of the wanted kinds is at its end."""
    kinds = query.kinds
    is_void = bool(kinds) and kinds.isdisjoint(source.plugin.capabilities.kinds)
    return Standing(source.name, Outcome.ENDED if is_void else Outcome.OPEN)


def _to_binding(tenant: Tenant, query: Query) -> bytes:
    return to_binding(
        tenant.name.encode(), msgspec.msgpack.encode(query, order="deterministic")
    )
