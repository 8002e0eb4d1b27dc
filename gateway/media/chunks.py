"""A file as a stream of chunks: counted, looked into, cut to a part."""

from collections.abc import AsyncIterator

from gateway.media.content.ranges import Span
from gateway.media.content.sniff import GLANCE_BYTES
from gateway.media.files import MediaAnswer

COUNTED_BYTES = 64 * 2**20


async def count(answer: MediaAnswer) -> int | None:
    """Count a file's bytes; None: there are too many of them."""
    size = 0
    try:
        async for chunk in answer.chunks():
            size += len(chunk)
            if size > COUNTED_BYTES:
                return None
    finally:
        await answer.aclose()
    return size


async def peek(answer: MediaAnswer) -> tuple[bytes, AsyncIterator[bytes]]:
    """Read the beginning; give it, and all chunks with it in front."""
    chunks, head = answer.chunks(), b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= GLANCE_BYTES:
            break

    return head, join(head, chunks)


async def join(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    del head  # not kept for as long as the rest takes
    async for chunk in rest:
        yield chunk


async def cut(chunks: AsyncIterator[bytes], span: Span) -> AsyncIterator[bytes]:
    """Skip to a range's first byte, and end with its last."""
    at = 0
    async for chunk in chunks:
        begin, at = at, at + len(chunk)
        part = chunk[max(span.first - begin, 0) : span.last + 1 - begin]
        if part:
            yield part
        if at > span.last:
            return
