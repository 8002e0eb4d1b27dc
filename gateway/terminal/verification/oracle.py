"""Judges crawls by what they returned, and when; nothing else need be known.

What a caller can see of the promises: nothing comes twice; newest comes first, but for
sources that say that they are late; and what was there before a crawl and still is after
it was returned by it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from gateway.plugin.model import GalleryItem, SourceReport

_AGE_STEP_SECONDS = 1.0
"""`Age` is in whole seconds."""
_NEWEST = "~"
"""Stands behind every time."""


class Reading(Struct, frozen=True, kw_only=True):
    """A page as it came; `begun` and `ended` are seconds of one clock."""

    begun: float
    ended: float
    age_seconds: float
    items: tuple[GalleryItem, ...]
    sources: tuple[SourceReport, ...]

    @property
    def read_after(self) -> float:
        """When the oldest of what it shows was read upstream, or a little before."""
        return self.begun - self.age_seconds - _AGE_STEP_SECONDS


class Crawled(Struct, kw_only=True):
    """One crawl. It `has_ended` at its last page, with every provider read or not."""

    readings: list[Reading]
    has_ended: bool = False
    is_complete: bool = False
    fault: str | None = None

    @property
    def ids(self) -> Iterator[str]:
        return (item.id for reading in self.readings for item in reading.items)


class Sighting(Struct, kw_only=True):
    """Between when an item was there for certain."""

    first: float
    last: float


class Verdict(Struct, frozen=True, kw_only=True):
    """What broke a promise; `judged` crawls could be judged for missing items."""

    repeated: tuple[str, ...] = ()
    out_of_order: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    ended: int = 0
    judged: int = 0

    @property
    def is_good(self) -> bool:
        faults = (self.repeated, self.out_of_order, self.missing, self.broken)
        return self.judged > 0 and not any(faults)


def judge(crawls: Sequence[Crawled]) -> Verdict:
    sightings = to_sightings(crawls)
    judged = [crawl for crawl in crawls if is_spanned(crawl, sightings)]
    return Verdict(
        repeated=tuple(id_ for crawl in crawls for id_ in find_repeated(crawl)),
        out_of_order=tuple(id_ for crawl in crawls for id_ in find_disordered(crawl)),
        missing=tuple(
            id_ for crawl in judged for id_ in find_missing(crawl, sightings)
        ),
        broken=tuple(crawl.fault for crawl in crawls if crawl.fault),
        ended=sum(crawl.has_ended for crawl in crawls),
        judged=len(judged),
    )


def find_repeated(crawl: Crawled) -> Iterator[str]:
    seen: set[str] = set()
    for item_id in crawl.ids:
        if item_id in seen:
            yield item_id
        seen.add(item_id)


def find_disordered(crawl: Crawled) -> Iterator[str]:
    """Yield what is newer than what came before it, unless its source is late.

    A page is in order by itself. A source's own order stands: what is newer than its
    predecessor there, or has no time, counts as being as old.
    """
    keys = to_keys(crawl)
    frontier = _NEWEST
    for reading in crawl.readings:
        late = {source.provider for source in reading.sources if source.late}
        before, oldest = _NEWEST, frontier
        for item in reading.items:
            key = keys[item.id]
            is_late = key > frontier and item.provider not in late
            if key > before or is_late:
                yield item.id
            before, oldest = min(before, key), min(oldest, key)
        frontier = oldest


def to_keys(crawl: Crawled) -> Mapping[str, str]:
    """Return what each item is sorted by: at the head, the next time that there is."""
    keys: dict[str, str] = {}
    lasts: dict[str, str] = {}
    waiting: dict[str, list[str]] = {}
    for item in (item for reading in crawl.readings for item in reading.items):
        last = lasts.get(item.provider)
        if last is None and item.created_at is None:
            waiting.setdefault(item.provider, []).append(item.id)
            continue
        key = min(last or _NEWEST, item.created_at or _NEWEST)
        keys.update(dict.fromkeys(waiting.pop(item.provider, ()), key))
        keys[item.id] = lasts[item.provider] = key
    for ids in waiting.values():
        keys.update(dict.fromkeys(ids, ""))
    return keys


def to_sightings(crawls: Iterable[Crawled]) -> Mapping[str, Sighting]:
    sightings: dict[str, Sighting] = {}
    for reading in (reading for crawl in crawls for reading in crawl.readings):
        for item in reading.items:
            found = sightings.get(item.id)
            if found is None:
                found = Sighting(first=reading.ended, last=reading.read_after)
                sightings[item.id] = found
            found.first = min(found.first, reading.ended)
            found.last = max(found.last, reading.read_after)
    return sightings


def is_spanned(crawl: Crawled, sightings: Mapping[str, Sighting]) -> bool:
    """Return whether there is anything that the crawl had to return."""
    return next(to_owed(crawl, sightings), None) is not None


def find_missing(crawl: Crawled, sightings: Mapping[str, Sighting]) -> Iterator[str]:
    returned = set(crawl.ids)
    return (one for one in to_owed(crawl, sightings) if one not in returned)


def to_owed(crawl: Crawled, sightings: Mapping[str, Sighting]) -> Iterator[str]:
    """Yield what was there from before the crawl's oldest reading to after its end."""
    if not crawl.is_complete or not crawl.readings:
        return
    begun = min(reading.read_after for reading in crawl.readings)
    ended = crawl.readings[-1].ended
    for item_id, seen in sightings.items():
        if seen.first <= begun and seen.last >= ended:
            yield item_id
