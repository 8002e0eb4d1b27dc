"""A page of the gallery: ask all sources by a deadline, merge, tell how each fared."""

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct, structs
from opentelemetry.trace import NoOpTracer, Tracer

from gateway.accounts.credentials import Tenant
from gateway.coordination.validity import Validity
from gateway.crawl.cursor import Crawl, CursorSealer
from gateway.crawl.lane import Allowance, Lane, LaneOutcome, Standing
from gateway.crawl.search import Reading
from gateway.gallery.onward import Onward
from gateway.gallery.reports import to_report
from gateway.gallery.run import Ask, Bounds, Part, Run
from gateway.pages.pages import Pages
from gateway.pages.requests import ListRequest
from gateway.plugin.errors import NothingAnsweredError
from gateway.plugin.model import GalleryItem, GalleryPage, SourceReport
from gateway.plugin.provider import Entry, Plugin, Provider
from gateway.plugin.query import Query
from gateway.ports.clock import Clock
from gateway.ports.metrics import SourceAnswered, Watch, unwatched
from gateway.sealing.digest import to_binding
from gateway.sealing.sealer import Binding

ANEW_SECONDS = 1.0
"""How old a page may be for a caller who wants it anew."""
_RETRY_SECONDS = 2.0
_MISSING = frozenset({"pending", "unavailable", "unauthorized"})
"""The states of sources whose items a page lacks."""


class Source(Struct, frozen=True, kw_only=True):
    """A configured provider; the order of sources is the configuration's."""

    name: str
    plugin: Plugin
    provider: Provider


class Answer(Struct, frozen=True, kw_only=True):
    """The page; `oldest_at` is when its oldest upstream page was asked for.

    Until `good_until` it would be the same again, unless one of the validities is void.
    `fresh_until` is when its first upstream page ages, or has aged. `entries` are the
    page's items with their media. `is_hit` tells that no upstream was waited for,
    `is_joined` that all that was waited for had been asked for another.
    """

    page: GalleryPage
    entries: Sequence[Entry]
    oldest_at: float | None
    fresh_until: float | None
    good_until: float
    validities: Sequence[Validity]
    is_hit: bool
    is_joined: bool
    seconds: Mapping[str, float]


class Gallery:
    """Answers gallery queries over all of a tenant's accounts."""

    def __init__(  # noqa: PLR0913  # each one is a part
        self,
        sources: Sequence[Source],
        pages: Pages,
        onward: Onward,
        sealer: CursorSealer,
        clock: Clock,
        *,
        bounds: Bounds,
        watch: Watch = unwatched,
        tracer: Tracer | None = None,
    ) -> None:
        self._sources = {source.name: source for source in sources}
        self._ranks = {source.name: rank for rank, source in enumerate(sources)}
        self._pages = pages
        self._onward = onward
        self._sealer = sealer
        self._clock = clock
        self._bounds = bounds
        self._watch = watch
        self._tracer = tracer or NoOpTracer()

    async def page(self, ask: Ask) -> Answer:
        """Return the page at a cursor, with whoever answers in time.

        Raises:
            InvalidCursorError, ExpiredCursorError: see `CursorSealer.open`.
            InvalidParameterError: a provider's filters contradict each other.
            NothingAnsweredError: no source could, or not all where all are needed.
        """
        binding = _to_binding(ask.tenant, ask.query)
        bound = _to_bound(ask.tenant, binding)
        crawl = (
            self._begin(ask)
            if ask.cursor is None
            else self._sealer.open(ask.cursor, bound)
        )
        parts = self._to_parts(ask, binding, crawl)
        run = Run(ask, parts, crawl.frontier, self._bounds)
        try:
            while wanting := await run.wanting():
                await self._onward.read(run, wanting)
            reports = tuple(self._to_report(run, part) for part in run.parts)
        finally:
            for part in run.parts:
                part.lane.close()
                part.span.end()
        is_missed = any(one.state in _MISSING for one in reports)
        is_refused = run.is_refused or (ask.needs_all and is_missed)
        self._read_ahead(run, binding, has_cursor=not is_refused)
        if is_refused:
            raise self._to_refusal(run, reports)
        validities = [
            validity
            for part in run.parts
            for validity in await self._validities_of(part)
        ]
        return self._to_answer(run, reports, bound, validities)

    def find_source(self, tenant: Tenant, name: str) -> Source | None:
        return self._sources.get(name) if name in tenant.accounts else None

    def sources(self, tenant: Tenant) -> list[Source]:
        """Return the tenant's sources in the configuration's order."""
        return [s for name, s in self._sources.items() if name in tenant.accounts]

    def validities(self, tenant: Tenant) -> list[Validity]:
        """Return what is void once any of the tenant's pages may have been purged."""
        return [self._pages.validity_of(one) for one in tenant.accounts.values()]

    def _begin(self, ask: Ask) -> Crawl:
        wanted = [s for s in self.sources(ask.tenant) if ask.query.wants(s.name)]
        return Crawl(tuple(_to_standing(source, ask.query) for source in wanted))

    def _to_parts(self, ask: Ask, binding: bytes, crawl: Crawl) -> list[Part]:
        known = [s for s in crawl.standings if self.find_source(ask.tenant, s.provider)]
        known.sort(key=lambda standing: self._ranks[standing.provider])
        return [self._to_part(ask, binding, standing) for standing in known]

    def _to_part(self, ask: Ask, binding: bytes, standing: Standing) -> Part:
        """Begin a source's part, where it was read ahead from the walk that did so."""
        source = self._sources[standing.provider]
        filters = ask.query.filters.get(source.name) or source.plugin.filters()
        listing = source.provider.listing(ask.query, filters)
        asked = ListRequest(
            account=ask.tenant.accounts[source.name],
            listing=listing,
            since=self._pages.tick(),
            most_seconds=ANEW_SECONDS if ask.is_anew else None,
        )
        ahead = None
        if not ask.is_anew:
            ahead = self._onward.find_ahead(asked, binding, standing)
        if ahead is not None:
            asked = structs.replace(asked, since=ahead.since)
            standing = ahead.standing
        lane = Lane(
            self._ranks[source.name],
            listing,
            ask.query,
            standing,
            Allowance(ask.limit, self._bounds.scan_pages, asked.since),
        )
        steps = None if ahead is None else ahead.steps
        span = self._tracer.start_span(
            f"source {source.name}", attributes={"gallery.provider": source.name}
        )
        return Part(standing, lane, asked, span, steps)

    def _read_ahead(self, run: Run, binding: bytes, *, has_cursor: bool) -> None:
        """Read on behind from where the caller will come back to.

        That is this page's cursor, or where this request began if it gives none.
        """
        for part in run.parts:
            if part.is_pending:
                standing = part.lane.standing() if has_cursor else part.standing
                self._onward.read_ahead(part, binding, standing)

    async def _validities_of(self, part: Part) -> list[Validity]:
        validities: list[Validity] = []
        for number, page in part.used.items():
            validities += await self._pages.validities(part.asked, page, number)
        return validities

    def _to_refusal(
        self, run: Run, reports: Sequence[SourceReport]
    ) -> NothingAnsweredError:
        """Return why there is no page, and when there may be one."""
        missing = [one for one in reports if one.state in _MISSING]
        now = self._clock.now()
        after = [
            (part.failure.retry_at or now + _RETRY_SECONDS) - now
            for part in run.parts
            if part.lane.is_out and part.failure
        ]
        return NothingAnsweredError(
            ", ".join(f"{one.provider} is {one.state}" for one in missing),
            refused=run.has_no_credential,
            retry_after_seconds=min(after, default=_RETRY_SECONDS),
            sources=reports,
        )

    def _to_report(self, run: Run, part: Part) -> SourceReport:
        report = to_report(
            part,
            is_stale=not all(map(self._pages.freshness.is_fresh, part.kept.values())),
            is_filtering=run.ask.query.is_filtering,
        )
        self._watch(SourceAnswered(report.provider, report.state, part.seconds))
        part.span.set_attribute("gallery.source.state", report.state)
        return report

    def _to_answer(
        self,
        run: Run,
        reports: tuple[SourceReport, ...],
        bound: Binding,
        validities: Sequence[Validity],
    ) -> Answer:
        merge, lanes = run.merge, [part.lane for part in run.parts]
        crawl = Crawl(tuple(lane.standing() for lane in lanes), merge.frontier)
        is_whole = all(lane.outcome is LaneOutcome.ENDED for lane in lanes)
        page = GalleryPage(
            items=tuple(merge.items),
            next_cursor=(
                None if merge.is_finished else self._sealer.seal(crawl, bound)
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
                default=None,
            ),
            good_until=min(map(self._to_good_until, run.parts), default=0.0),
            entries=tuple(_to_entries(merge.items, readings)),
            validities=validities,
            is_hit=not run.waited_for
            and all(report.state not in _MISSING for report in reports),
            is_joined=bool(run.waited_for)
            and not any(reading.is_new for reading in run.waited_for),
            seconds={part.lane.provider: part.seconds for part in run.parts},
        )

    def _to_good_until(self, part: Part) -> float:
        """Return until when the part would be the same again."""
        if part.lane.is_out and part.failure is None:
            return 0.0
        good_until = self._pages.freshness.good_until
        until = min(map(good_until, part.used.values()), default=math.inf)
        return until if part.failure is None else min(until, part.failure.until)


def _to_entries(
    items: Sequence[GalleryItem], readings: Sequence[Reading]
) -> Iterator[Entry]:
    """Yield the items with where their media is, by the pages that they are from."""
    pages = [reading.page for reading in reversed(readings)]
    for item in items:
        found = (page.by_id[item.id].media for page in pages if item.id in page.by_id)
        yield Entry(item.id, item, next(found, ()))


def _to_standing(source: Source, query: Query) -> Standing:
    """Begin a source; one that has none of the wanted kinds is at its end."""
    kinds = query.kinds
    is_void = bool(kinds) and kinds.isdisjoint(source.plugin.kinds)
    return Standing(source.name, LaneOutcome.ENDED if is_void else LaneOutcome.OPEN)


def _to_binding(tenant: Tenant, query: Query) -> bytes:
    return to_binding(
        tenant.name.encode(), msgspec.msgpack.encode(query, order="deterministic")
    )


def _to_bound(tenant: Tenant, binding: bytes) -> Binding:
    """Bind a cursor to the accounts that a token has brought, too.

    Names of accounts differ by signing key: the cursor is bound to those that go with
    the key that seals it, so that it outlives other keys' coming and going.
    """
    if not tenant.is_brought:
        return binding
    accounts = sorted(tenant.accounts.values(), key=lambda one: one.provider)
    if not accounts:
        return to_binding(binding, b"no account")
    return [
        to_binding(binding, *ids)
        for ids in zip(*(one.ids for one in accounts), strict=True)
    ]
