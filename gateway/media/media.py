"""A media link's bytes, as a stream: type by the bytes, one range, looked up once anew."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from weakref import WeakValueDictionary

from cachetools import TTLCache
from msgspec import Struct

from gateway.accounts.calls import Calls
from gateway.media.facts import Facts
from gateway.media.files import MediaAnswer, MediaCall, MediaHttp
from gateway.media.finder import Finder, Found
from gateway.media.link import Link
from gateway.media.ranges import Range, Span, parse_span
from gateway.media.sniff import GLANCE_BYTES, Format, sniff
from gateway.media.validators import is_same
from gateway.plugin.errors import (
    MisbehavedError,
    NotFoundError,
    RangeNotSatisfiableError,
    RejectedError,
    UnsupportedMediaError,
)
from gateway.ports.clock import Clock

_GONE = frozenset({403, 404, 410})
_PARTIAL, _NOT_SATISFIABLE = 206, 416
_COUNTED_BYTES = 64 * 2**20
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
    """Fetches what links stand for."""

    def __init__(
        self,
        finder: Finder,
        fetches: Mapping[str, MediaHttp],
        calls: Calls,
        facts: Facts,
        clock: Clock,
    ) -> None:
        self._finder = finder
        self._fetches = fetches
        self._calls = calls
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
                head, chunks = await _peek(answer)
                found = _tell(head)
            self._note(link, found, answer, span)
        except BaseException:
            await answer.aclose()
            raise
        if span is not None and answer.status != _PARTIAL:
            chunks = _cut(chunks, span)
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
        answer = await self._fetch_range(link, wanted)
        if wanted is None or answer.status == _PARTIAL or answer.size is not None:
            return answer, answer.size
        key = link.file_key
        counting = self._counting.setdefault(key, asyncio.Lock())
        async with counting:  # one for all who want to know it at the same time
            if key in self._counted:
                return answer, self._counted[key]
            size = self._counted[key] = await _count(answer)
        return await self.fetch(link, wanted), size

    async def _fetch_range(self, link: Link, wanted: Range | None) -> MediaAnswer:
        """Open a file from where it is wanted; the whole where the upstream cannot."""
        try:
            return await self.fetch(link, wanted)
        except RejectedError as error:
            if wanted is None or error.status != _NOT_SATISFIABLE:
                raise
        return await self.fetch(link, None)

    async def fetch_thumbnail(self, link: Link) -> MediaAnswer | None:
        """Open the upstream's own thumbnail, where it has one that is of use.

        Raises:
            NotFoundError, UpstreamError: as for `fetch`.
        """
        found = await self._finder.find(link)
        if found.thumbnail and (link.rendition == "thumbnail" or not found.full):
            return await self._ask(found, found.thumbnail, None)
        return None

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
        answer = await self.fetch(link, Range(0, GLANCE_BYTES - 1))
        try:
            head, _ = await _peek(answer)
        finally:
            await answer.aclose()
        return _tell(head)

    async def fetch(self, link: Link, wanted: Range | None) -> MediaAnswer:
        """Open the full file; whoever does closes it.

        Raises:
            NotFoundError: it is gone.
            RangeNotSatisfiableError: the range begins behind the end.
            UpstreamError: it could not be fetched.
        """
        found = await self._finder.find(link)
        try:
            return await self._ask(found, found.full, wanted)
        except RejectedError as error:
            if error.status not in _GONE:
                raise
        anew = await self._finder.find(link, is_anew=True)
        if anew.full == found.full:
            raise NotFoundError("the file is gone")
        try:
            return await self._ask(anew, anew.full, wanted)
        except RejectedError as error:
            if error.status in _GONE:
                raise NotFoundError("the file is gone") from error
            raise

    async def _ask(
        self, found: Found, address: str | None, wanted: Range | None
    ) -> MediaAnswer:
        if address is None:
            raise NotFoundError("no such file")
        fetch = self._fetches[found.account.provider]
        spelt = None if wanted is None else str(wanted)
        if not address.startswith("/"):
            return await fetch.open(MediaCall(address=address, range=spelt))
        return await self._calls.fetch(
            found.account,
            lambda token: fetch.open(
                MediaCall(address=address, token=token, range=spelt)
            ),
        )


async def _count(answer: MediaAnswer) -> int | None:
    """Count a file's bytes; None: there are too many of them."""
    size = 0
    try:
        async for chunk in answer.chunks():
            size += len(chunk)
            if size > _COUNTED_BYTES:
                return None
    finally:
        await answer.aclose()
    return size


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


async def _peek(answer: MediaAnswer) -> tuple[bytes, AsyncIterator[bytes]]:
    """Read the beginning; give it, and all chunks with it in front."""
    chunks, head = answer.chunks(), b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= GLANCE_BYTES:
            break

    return head, _join(head, chunks)


async def _join(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    del head  # not kept for as long as the rest takes
    async for chunk in rest:
        yield chunk


async def _cut(chunks: AsyncIterator[bytes], span: Span) -> AsyncIterator[bytes]:
    """Skip to a range's first byte, and end with its last."""
    at = 0
    async for chunk in chunks:
        begin, at = at, at + len(chunk)
        part = chunk[max(span.first - begin, 0) : span.last + 1 - begin]
        if part:
            yield part
        if at > span.last:
            return
