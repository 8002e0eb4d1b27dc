"""A media link's bytes, as a stream: type by the bytes, one range, looked up once anew."""

import asyncio
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary

from cachetools import TTLCache
from msgspec import Struct

from gateway.media.chunks import count, cut, peek
from gateway.media.content.ranges import Range, Span, parse_span
from gateway.media.content.sniff import GLANCE_BYTES, Format, sniff
from gateway.media.content.validators import is_same
from gateway.media.facts import Facts
from gateway.media.files import MediaAnswer
from gateway.media.finder import Finder
from gateway.media.link import Link
from gateway.media.opening import Opening
from gateway.plugin.errors import (
    MisbehavedError,
    RangeNotSatisfiableError,
    UnsupportedMediaError,
)
from gateway.ports.clock import Clock

_PARTIAL = 206
_COUNTED, _COUNTED_SECONDS = 1_024, 60.0
"""How many files' versions are remembered, and lengths that no upstream tells."""


class Delivery(Struct, frozen=True, kw_only=True):
    """What is sent: `chunks` are `length` bytes where that is known.

    `span` is set where only a part of it is sent, `etag` tells of which version.
    `aclose` ends the upstream's call.
    """

    format: Format
    etag: str
    length: int | None
    span: Span | None
    chunks: AsyncIterator[bytes]
    answer: MediaAnswer | None = None

    async def aclose(self) -> None:
        if self.answer is not None:
            await self.answer.aclose()


class MediaReader:
    """Delivers what links stand for."""

    def __init__(
        self,
        finder: Finder,
        opening: Opening,
        facts: Facts,
        clock: Clock,
    ) -> None:
        self._finder = finder
        self._opening = opening
        self._facts = facts
        self._etags: TTLCache[str, str] = TTLCache(
            _COUNTED, _COUNTED_SECONDS, timer=clock.now
        )
        self._counted: TTLCache[str, int | None] = TTLCache(
            _COUNTED, _COUNTED_SECONDS, timer=clock.now
        )
        self._counting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def check(self, link: Link) -> None:
        """Check that a link may still be used.

        Raises:
            NotFoundError: its item was deleted, or its tenant has no such account.
            ExpiredLinkError: as for `Finder.find`.
        """
        await self._finder.check(link)

    def find_etag(self, link: Link) -> str | None:
        """Return the tag that the link's file had a moment ago, if it was asked for then."""
        return self._etags.get(link.file_key)

    async def deliver(
        self, link: Link, wanted: Range | None, if_range: str | None = None
    ) -> Delivery:
        """Open the stream of a link's bytes, or of a range of them.

        With `if_range` the range is of that very version of the file, else all of it
        is sent.

        Raises:
            NotFoundError: it is gone.
            UnsupportedMediaError: it is no picture, video or known model.
            RangeNotSatisfiableError: the range begins behind the end.
            UpstreamError: it could not be fetched.
        """
        behind: RangeNotSatisfiableError | None = None
        try:
            delivery = await self._deliver(link, wanted)
        except RangeNotSatisfiableError as error:
            if if_range is None:
                raise
            behind = error
        else:
            is_part = delivery.span is not None and if_range is not None
            if not is_part or is_same(delivery.etag, if_range):
                return delivery
            await delivery.aclose()
        delivery = await self._deliver(link, None)
        if behind is not None and is_same(delivery.etag, if_range):
            await delivery.aclose()
            raise behind
        return delivery

    async def _deliver(self, link: Link, wanted: Range | None) -> Delivery:
        try:
            answer, size = await self._open(link, wanted)
        except RangeNotSatisfiableError as error:
            if wanted is None or not wanted.is_longer_than(error.size):
                raise
            wanted = Range(0, None)  # as some servers take it too literally
            answer, size = await self._open(link, wanted)
        try:
            span = _to_span(answer, wanted, size)
            if span is not None and answer.status == _PARTIAL and _is_too_little(span):
                found = await self._glance(link)
                chunks = answer.chunks()
            else:
                head, chunks = await peek(answer)
                found = _tell(head)
            self._note(link, found, answer, span)
        except BaseException:
            await answer.aclose()
            raise
        if span is not None and answer.status != _PARTIAL:
            chunks = cut(chunks, span)
        etag = self._etags[link.file_key] = answer.validators.to_etag(link.etag)
        return Delivery(
            format=found,
            etag=etag,
            length=answer.size if span is None else span.length,
            span=span,
            chunks=chunks,
            answer=answer,
        )

    async def _open(
        self, link: Link, wanted: Range | None
    ) -> tuple[MediaAnswer, int | None]:
        """Open a file, and find out its length where a range needs that.

        Where the upstream tells none, the file is read once to count it.
        """
        answer = await self._opening.fetch_range(link, wanted)
        if wanted is None or answer.status == _PARTIAL or answer.size is not None:
            return answer, answer.size
        key = link.file_key
        counting = self._counting.setdefault(key, asyncio.Lock())
        async with counting:  # one for all who want to know it at the same time
            if key in self._counted:
                return answer, self._counted[key]
            size = self._counted[key] = await count(answer)
        return await self._opening.fetch(link, wanted), size

    def _note(
        self, link: Link, found: Format, answer: MediaAnswer, span: Span | None
    ) -> None:
        size = answer.size if span is None else span.size
        self._facts.note(link, media_type=found.media_type, size_bytes=size)
        self._facts.note_format(link, found)

    async def _glance(self, link: Link) -> Format:
        """Return the format of a file of which only a later part is wanted."""
        known = self._facts.find_format(link)
        if known is not None:
            return known
        answer = await self._opening.fetch(link, Range(0, GLANCE_BYTES - 1))
        try:
            head, _ = await peek(answer)
        finally:
            await answer.aclose()
        return _tell(head)


def _to_span(
    answer: MediaAnswer, wanted: Range | None, size: int | None
) -> Span | None:
    """Return which part is sent: the upstream's, or one that is cut out here."""
    if answer.status == _PARTIAL:
        span = parse_span(answer.content_range)
        if wanted is None or span is None or not wanted.is_met_by(span):
            raise MisbehavedError("another range than the one that was asked for")
        if answer.size not in {None, span.length}:
            raise MisbehavedError("a range of another length than it says")
        return span
    return None if wanted is None or size is None else wanted.resolve(size)


def _is_too_little(span: Span) -> bool:
    """Return whether a part of a file does not show what the file is."""
    size = GLANCE_BYTES if span.size is None else span.size
    return span.first > 0 or span.length < min(GLANCE_BYTES, size)


def _tell(head: bytes) -> Format:
    found = sniff(head)
    if found is None:
        raise UnsupportedMediaError("neither picture, video nor known model format")
    return found
