"""What smaller pictures are made of: a file, or of a large video both of its ends."""

import contextlib

from gateway.media.content.ranges import Range
from gateway.media.content.sniff import GLANCE_BYTES, sniff
from gateway.media.files import MediaAnswer, Spool
from gateway.media.link import Link
from gateway.media.opening import Opening
from gateway.plugin.errors import (
    RejectedError,
    UnauthorizedError,
    UnsupportedMediaError,
)

WHOLE_BYTES = 48 * 2**20
"""The largest file that is read whole."""
END_BYTES = 8 * 2**20
"""How much of a larger video's beginning, and of its end, is read."""

_PARTIAL = 206


class Originals:
    """Reads files that are drawn from, within a bound."""

    def __init__(
        self,
        opening: Opening,
        whole_bytes: int = WHOLE_BYTES,
        end_bytes: int = END_BYTES,
    ) -> None:
        self._opening = opening
        self._whole_bytes = whole_bytes
        self._end_bytes = end_bytes

    async def read(
        self, link: Link, spool: Spool, *, may_be_small: bool = True
    ) -> bool:
        """Read what a rendition is made of; tell whether that is the full file.

        Where it `may_be_small`, the upstream's own thumbnail will do.

        Raises:
            UnsupportedMediaError: it is too large.
            NotFoundError, UpstreamError: as for `Media.fetch`.
        """
        with contextlib.suppress(RejectedError, UnauthorizedError):
            answer = await self._opening.fetch_thumbnail(link) if may_be_small else None
            if answer is not None:
                await self._read_whole(answer, spool)
                return False
        answer = await self._opening.fetch(link, None)
        if answer.size is not None and answer.size > self._whole_bytes:
            await self._read_ends(link, answer, answer.size, spool)
        else:
            await self._read_whole(answer, spool)
        return True

    async def _read_whole(self, answer: MediaAnswer, spool: Spool) -> None:
        try:
            if (answer.size or 0) > self._whole_bytes:
                raise UnsupportedMediaError("the file is too large to draw from")
            async for chunk in answer.chunks():
                if spool.held + len(chunk) > self._whole_bytes:
                    raise UnsupportedMediaError("the file is too large to draw from")
                spool.write(chunk)
        finally:
            await answer.aclose()

    async def _read_ends(
        self, link: Link, answer: MediaAnswer, size: int, spool: Spool
    ) -> None:
        try:
            found = sniff(await _read(answer, GLANCE_BYTES))
            if found is None or found.kind != "video":
                raise UnsupportedMediaError("the file is too large to draw from")
        finally:
            await answer.aclose()
        await self._read_part(link, Range(0, self._end_bytes - 1), spool)
        head_bytes = spool.held
        tail = Range(max(size - self._end_bytes, head_bytes), size - 1)
        await self._read_part(link, tail, spool)
        spool.size, spool.tail_bytes = size, spool.held - head_bytes

    async def _read_part(self, link: Link, part: Range, spool: Spool) -> None:
        answer = await self._opening.fetch(link, part)
        try:
            if answer.status != _PARTIAL:
                raise UnsupportedMediaError("the file can only be had whole")
            left = self._end_bytes
            async for chunk in answer.chunks():
                spool.write(chunk[:left])
                left -= len(chunk)
                if left <= 0:
                    break
        finally:
            await answer.aclose()


async def _read(answer: MediaAnswer, most_bytes: int) -> bytes:
    """Read the beginning of what is sent, or all of it."""
    content = bytearray()
    async for chunk in answer.chunks():
        content += chunk
        if len(content) >= most_bytes:
            break
    return bytes(content[:most_bytes])
