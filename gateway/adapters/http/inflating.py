"""gzip and deflate undone in small steps, so that a bomb is noticed before it is in memory."""

import asyncio
import zlib
from collections.abc import AsyncIterator

from gateway.plugin.errors import MisbehavedError

ENCODINGS = frozenset({"gzip", "x-gzip", "deflate"})
_EITHER = 32 + zlib.MAX_WBITS
"""What has gzip's header, or zlib's, which HTTP calls "deflate" (RFC 9110, 8.4.1.2)."""
_GZIP_MAGIC = b"\x1f\x8b"
_ZLIB_METHOD, _ZLIB_CHECK = 8, 31
_STEP_BYTES = 2**20


async def inflate(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Unpack gzip or deflate.

    Raises:
        MisbehavedError: it is none, or breaks off.
    """
    inflater = zlib.decompressobj(_EITHER)
    is_empty, left = True, b""
    try:
        async for chunk in chunks:
            is_empty = False
            packed, left, is_full = left + chunk, b"", False
            while packed or is_full:
                # what follows the end is another member (RFC 1952, 2.2), or none
                if inflater.eof:
                    if len(packed) < len(_GZIP_MAGIC):
                        left = packed
                        break
                    if not packed.startswith(_GZIP_MAGIC):
                        return
                    inflater = zlib.decompressobj(_EITHER)
                step = inflater.decompress(packed, _STEP_BYTES)
                packed = inflater.unconsumed_tail or inflater.unused_data
                is_full = len(step) == _STEP_BYTES and not inflater.eof
                yield step
                await asyncio.sleep(0)  # others' turn
    except zlib.error as error:
        raise MisbehavedError("the answer is not properly packed") from error
    if not is_empty and not inflater.eof:
        raise MisbehavedError("the packed answer breaks off")


async def inflate_if_packed(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Unpack gzip or deflate; what begins otherwise is passed on as it is."""
    first = b""
    async for chunk in chunks:
        first += chunk
        if len(first) >= len(_GZIP_MAGIC):
            break
    joined = _join(first, chunks)
    unpacked = inflate(joined) if _is_packed(first) else joined
    async for chunk in unpacked:
        yield chunk


def _is_packed(first: bytes) -> bool:
    if first.startswith(_GZIP_MAGIC):
        return True
    header = int.from_bytes(first[:2])  # RFC 1950, 2.2
    return header >> 8 & 15 == _ZLIB_METHOD and header % _ZLIB_CHECK == 0


async def _join(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for chunk in rest:
        yield chunk
