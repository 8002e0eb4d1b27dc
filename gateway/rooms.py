"""One build function for each room, each on top of those below; tests build by these, too.

What is built is entered on one exit stack, so that it ends in the opposite order.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Protocol

import msgspec
from msgspec import Struct
from opentelemetry.trace import NoOpTracer, Tracer

from gateway.accounts.breakers import BreakerLimits, Breakers
from gateway.accounts.calls import Calls
from gateway.accounts.health import Health
from gateway.accounts.logins import Logins
from gateway.accounts.tokens import SharedTokens
from gateway.crawl.cursor import CursorSealer
from gateway.gallery.ahead import Aheads
from gateway.gallery.deletion import Deletion
from gateway.gallery.gallery import Gallery, Source
from gateway.gallery.items import Items
from gateway.gallery.onward import Onward
from gateway.gallery.run import Bounds
from gateway.jobs.idempotency import Idempotency
from gateway.jobs.jobs import Jobs
from gateway.jobs.operations import Operations
from gateway.jobs.recent import RecentJobs
from gateway.jobs.references import JobSealer
from gateway.jobs.states import JobStates
from gateway.media.facts import Facts
from gateway.media.files import Drawing, MediaHttp
from gateway.media.finder import Finder
from gateway.media.media import MediaReader
from gateway.media.opening import Opening
from gateway.media.originals import Originals
from gateway.media.renditions import Renditions
from gateway.pages.freshness import Keeping
from gateway.pages.pages import Pages
from gateway.plugin.operations import Operates, Operation
from gateway.ports.clock import Clock
from gateway.ports.metrics import Watch, unwatched
from gateway.ports.stores import Stores
from gateway.sightings.sightings import Sightings


class Ground(Struct, frozen=True, kw_only=True):
    """What every room stands on; `keys` are the signing keys, the newest first."""

    stores: Stores
    clock: Clock
    keys: Sequence[bytes]
    watch: Watch = unwatched
    tracer: Tracer = msgspec.field(default_factory=NoOpTracer)
    closing: AsyncExitStack = msgspec.field(default_factory=AsyncExitStack)

    def enter(self, *parts: "Closing") -> None:
        """Have parts closed before all that was entered earlier."""
        for part in parts:
            self.closing.push_async_callback(part.aclose)


class Closing(Protocol):
    """A part that has something to end."""

    async def aclose(self) -> None: ...


class AccountsRoom(Struct, frozen=True, kw_only=True):
    calls: Calls
    health: Health


class PagesRoom(Struct, frozen=True, kw_only=True):
    sightings: Sightings
    pages: Pages


class GalleryRoom(Struct, frozen=True, kw_only=True):
    gallery: Gallery
    items: Items
    deletion: Deletion
    onward: Onward


class MediaRoom(Struct, frozen=True, kw_only=True):
    media: MediaReader
    renditions: Renditions
    facts: Facts


class JobsRoom(Struct, frozen=True, kw_only=True):
    operations: Operations
    jobs: Jobs


def build_accounts(
    ground: Ground, sources: Sequence[Source], limits: Mapping[str, BreakerLimits]
) -> AccountsRoom:
    """Build what is between the gateway and upstream accounts; limits are by provider."""
    stores, clock, watch = ground.stores, ground.clock, ground.watch
    providers = {source.name: source.provider for source in sources}
    shared = stores.shared
    tokens = None if shared is None else SharedTokens(shared, ground.keys)
    logins = Logins(providers, tokens, shared, watch, clock.now, caches=stores.caches)
    breakers = Breakers(limits, stores, clock, watch)
    health = Health(clock, breakers)
    ground.enter(logins)
    return AccountsRoom(calls=Calls(providers, logins, health, breakers), health=health)


def build_pages(ground: Ground, calls: Calls, keeping: Keeping) -> PagesRoom:
    """Build the reading of upstream pages through the cache."""
    stores, clock, watch = ground.stores, ground.clock, ground.watch
    sightings = Sightings(calls, stores, clock, watch)
    pages = Pages(calls, sightings, stores, clock, keeping, watch=watch)
    ground.enter(sightings, pages)
    return PagesRoom(sightings=sightings, pages=pages)


def build_gallery(
    ground: Ground,
    sources: Sequence[Source],
    below: PagesRoom,
    calls: Calls,
    bounds: Bounds,
) -> GalleryRoom:
    """Build the gallery's pages, its items and their deletion."""
    stores, clock = ground.stores, ground.clock
    onward = Onward(below.pages, Aheads(clock, stores.caches))
    gallery = Gallery(
        sources,
        below.pages,
        onward,
        CursorSealer(ground.keys),
        clock,
        bounds=bounds,
        watch=ground.watch,
        tracer=ground.tracer,
    )
    items = Items(
        gallery,
        below.pages,
        below.sightings,
        stores.shared or stores.own,
        deadline_seconds=bounds.deadline_seconds,
    )
    ground.enter(onward)
    return GalleryRoom(
        gallery=gallery,
        items=items,
        deletion=Deletion(gallery, items, below.pages, calls, below.sightings),
        onward=onward,
    )


def build_media(
    ground: Ground,
    finder: Finder,
    fetches: Mapping[str, MediaHttp],
    calls: Calls,
    drawing: Drawing,
) -> MediaRoom:
    """Build the delivery of files, and of the smaller pictures made of them."""
    facts = Facts(ground.stores, ground.clock)
    opening = Opening(finder, fetches, calls)
    media = MediaReader(finder, opening, facts, ground.clock)
    renditions = Renditions(
        finder, Originals(opening), drawing, ground.stores, facts, watch=ground.watch
    )
    ground.enter(facts, renditions)
    return MediaRoom(media=media, renditions=renditions, facts=facts)


def build_jobs(
    ground: Ground, sources: Sequence[Source], calls: Calls, pages: Pages
) -> JobsRoom:
    """Build what carries out operations, and what follows their jobs."""
    stores, clock, watch = ground.stores, ground.clock, ground.watch
    recent, sealer = RecentJobs(stores, clock), JobSealer(ground.keys)
    operations = Operations(
        {source.name: _to_operations(source) for source in sources},
        calls,
        pages,
        idempotency=Idempotency(stores, clock),
        recent=recent,
        sealer=sealer,
        stores=stores,
        clock=clock,
        watch=watch,
    )
    jobs = Jobs(
        operations,
        calls,
        pages,
        states=JobStates(stores, clock),
        recent=recent,
        sealer=sealer,
        clock=clock,
        watch=watch,
    )
    ground.enter(jobs, operations)
    return JobsRoom(operations=operations, jobs=jobs)


def _to_operations(source: Source) -> Sequence[Operation]:
    provider = source.provider
    return provider.operations if isinstance(provider, Operates) else ()
