"""gzip undone in small steps, so that a bomb is noticed before it is in memory."""

import asyncio
import zlib
from collections.abc import AsyncIterator

from gateway.plugin.errors import MisbehavedError

ENCODINGS = frozenset({"gzip", "x-gzip"})
_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"
_STEP_BYTES = 2**20


async def inflate(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Unpack gzip.

    Raises:
        MisbehavedError: it is none, or breaks off.
    """
    inflater = zlib.decompressobj(_GZIP)
    is_empty = True
    try:
        async for chunk in chunks:
            is_empty = False
            packed, is_full = chunk, False
            while (packed or is_full) and not inflater.eof:
                step = inflater.decompress(packed, _STEP_BYTES)
                packed, is_full = inflater.unconsumed_tail, len(step) == _STEP_BYTES
                yield step
                await asyncio.sleep(0)  # others' turn
    except zlib.error as error:
        raise MisbehavedError("the answer is not proper gzip") from error
    if not is_empty and not inflater.eof:
        raise MisbehavedError("the answer's gzip breaks off")


async def inflate_if_packed(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Unpack gzip; what begins otherwise is passed on as it is."""
    async for first in chunks:
        joined = _join(first, chunks)
        unpacked = inflate(joined) if first.startswith(_MAGIC) else joined
        async for chunk in unpacked:
            yield chunk


async def _join(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
