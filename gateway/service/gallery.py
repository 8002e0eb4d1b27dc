"""A page of the gallery: ask all sources by a deadline, merge, tell how each fared."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
import structlog
from msgspec import Struct

from gateway.core.cursor import Crawl, CursorSealer
from gateway.core.digest import to_binding
from gateway.core.errors import (
    MisbehavedError,
    NothingAnsweredError,
    UnauthorizedError,
    UpstreamError,
)
from gateway.core.lane import Allowance, Lane, Outcome, Standing
from gateway.core.model import GalleryPage
from gateway.core.page import Page
from gateway.core.ports import Clock, Plugin, Provider
from gateway.core.query import Query
from gateway.core.search import Read, Reading
from gateway.service.credentials import Tenant
from gateway.service.pages import Pages
from gateway.service.reports import Fared, to_report
from gateway.service.run import Ask, Bounds, Part, Run

ANEW_SECONDS = 1.0
"""How old a page may be for a caller who wants it anew."""
_RETRY_SECONDS = 2.0

log = structlog.get_logger()


class Source(Struct, frozen=True, kw_only=True):
    """A configured provider; the order of sources is the configuration's."""

    name: str
    plugin: Plugin
    provider: Provider


class Answer(Struct, frozen=True, kw_only=True):
    """The page; `oldest_at` is when its oldest upstream page was asked for.

    Until `fresh_until` it would be the same again: 0 where a source has failed.
    """

    page: GalleryPage
    oldest_at: float | None
    fresh_until: float
    is_hit: bool
    seconds: Mapping[str, float]


class Gallery:
    """Answers gallery queries over all of a tenant's accounts."""

    def __init__(
        self,
        sources: Sequence[Source],
        pages: Pages,
        sealer: CursorSealer,
        clock: Clock,
        bounds: Bounds,
    ) -> None:
        self._sources = {source.name: source for source in sources}
        self._ranks = {source.name: rank for rank, source in enumerate(sources)}
        self._pages = pages
        self._sealer = sealer
        self._clock = clock
        self._bounds = bounds
        self._going_on: set[asyncio.Task[None]] = set()

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
        while wanting := run.wanting():
            await self._read(run, wanting)
        self._refuse_nothing(run)
        return self._to_answer(run, binding)

    def find_source(self, tenant: Tenant, name: str) -> Source | None:
        return self._sources.get(name) if name in tenant.accounts else None

    def sources(self, tenant: Tenant) -> list[Source]:
        """Give the tenant's sources in the configuration's order."""
        return [s for name, s in self._sources.items() if name in tenant.accounts]

    async def aclose(self) -> None:
        """End the calls that outlived their request."""
        for task in self._going_on:
            task.cancel()
        await asyncio.gather(*self._going_on, return_exceptions=True)

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
        allowance = Allowance(ask.limit, self._bounds.scan_pages)
        rank = self._ranks[source.name]
        lane = Lane(rank, listing, ask.query, standing, allowance)
        most_seconds = ANEW_SECONDS if ask.is_anew else None
        account = ask.tenant.accounts[source.name]
        return Part(lane, listing, account, most_seconds)

    async def _read(self, run: Run, wanting: Sequence[Part]) -> None:
        """Let the wanting parts read on, from the cache first, then all at once."""
        for part in wanting:
            await self._read_kept(part)
        calling = [part for part in wanting if part.lane.wants]
        if not calling:
            return
        tasks = {asyncio.create_task(self._call(part)): part for part in calling}
        self._going_on |= tasks.keys()
        for task in tasks:
            task.add_done_callback(self._going_on.discard)
        await run.wait(tasks.keys())
        for task, part in tasks.items():
            if not task.done():
                part.lane.is_out = True

    async def _read_kept(self, part: Part) -> None:
        while want := part.lane.wants:
            page = await self._find_kept(part, want)
            if page is None:
                return
            part.lane.feed(Reading(page, is_new=False))

    async def _find_kept(self, part: Part, want: Read) -> Page | None:
        if want.anew:
            return None
        return await self._pages.kept(
            part.account, part.listing, want.page, most_seconds=part.most_seconds
        )

    async def _call(self, part: Part) -> None:
        """Read on for one part; how it went is told in the part."""
        begun_at = asyncio.get_running_loop().time()
        try:
            await self._read_on(part)
        except UnauthorizedError as error:
            part.fail(error)
            part.lane.outcome = Outcome.REFUSED
        except UpstreamError as error:
            part.fail(error)
        finally:
            part.seconds += asyncio.get_running_loop().time() - begun_at
        if part.error is not None:
            log.warning(
                "provider.failed",
                provider=part.account.provider,
                code=part.error.code,
                reason=str(part.error),
            )

    async def _read_on(self, part: Part) -> None:
        while want := part.lane.wants:
            if part.lane.is_overrun:
                raise MisbehavedError("the list moves faster than it can be read")
            page = await self._find_kept(part, want)
            is_new = page is None
            if page is None:
                page = await self._pages.fetch(part.account, part.listing, want.page)
            part.lane.feed(Reading(page, is_new))
            for number, linked in part.lane.take_links():
                await self._pages.keep_link(part.account, part.listing, number, linked)

    def _refuse_nothing(self, run: Run) -> None:
        parts = run.parts
        outcomes = [part.lane.outcome for part in parts]
        refused = bool(parts) and all(o is Outcome.REFUSED for o in outcomes)
        failed = [p for p in parts if p.lane.is_out or p.error]
        if refused or run.merge.is_stuck or (run.ask.needs_all and failed):
            after = [
                part.error.retry_after_seconds or _RETRY_SECONDS
                for part in failed
                if part.error
            ]
            raise NothingAnsweredError(
                refused=refused, retry_after_seconds=min(after, default=_RETRY_SECONDS)
            )

    def _to_answer(self, run: Run, binding: bytes) -> Answer:
        merge, lanes = run.merge, [part.lane for part in run.parts]
        now = self._clock.now()
        crawl = Crawl(tuple(lane.standing() for lane in lanes), merge.frontier)
        is_whole = all(lane.outcome is Outcome.ENDED for lane in lanes)
        page = GalleryPage(
            items=tuple(merge.items),
            next_cursor=(
                None if merge.is_finished else self._sealer.seal(crawl, binding)
            ),
            complete=merge.is_finished and is_whole,
            links_expire_at=None,
            sources=tuple(
                to_report(Fared(part.lane, part.error), now, run.ask.query.is_filtering)
                for part in run.parts
            ),
        )
        readings = [reading for lane in lanes for reading in lane.readings]
        return Answer(
            page=page,
            oldest_at=min((r.page.asked_at for r in readings), default=None),
            fresh_until=self._to_fresh_until(run),
            is_hit=not any(reading.is_new for reading in readings),
            seconds={part.lane.provider: part.seconds for part in run.parts},
        )

    def _to_fresh_until(self, run: Run) -> float:
        lanes = [part.lane for part in run.parts]
        if any(part.error or part.lane.is_out for part in run.parts):
            return 0.0
        pages = [reading.page for lane in lanes for reading in lane.readings]
        return min(map(self._pages.fresh_until, pages), default=0.0)


def _to_standing(source: Source, query: Query) -> Standing:
    """Begin a source; one that has none of the wanted kinds is at its end."""
    kinds = query.kinds
    is_void = bool(kinds) and kinds.isdisjoint(source.plugin.capabilities.kinds)
    return Standing(source.name, Outcome.ENDED if is_void else Outcome.OPEN)


def _to_binding(tenant: Tenant, query: Query) -> bytes:
    return to_binding(
        tenant.name.encode(), msgspec.msgpack.encode(query, order="deterministic")
    )
