"""What stores keep, packed and read back: garbage under our keys counts as nothing kept."""

import zlib
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec
from msgspec import Struct, structs

from gateway.crawl.page import Page
from gateway.plugin.provider import Entry

_CHUNK_BYTES = 2**18
"""How much is packed in one step, so that one of a long list is none for others."""
_LEVEL = 6

Value = TypeVar("Value")

_encoder = msgspec.msgpack.Encoder()
_entries = msgspec.msgpack.Decoder(tuple[Entry, ...])


class _Packed(Struct, frozen=True, array_like=True):
    """A page without its entries, and those, packed so many at a time."""

    page: Page
    chunks: tuple[bytes, ...]


def unpack(packed: bytes | None, kind: type[Value]) -> Value | None:
    """Read a kept value of a kind; None where there is none, or something else."""
    if packed is None:
        return None
    try:
        return msgspec.msgpack.decode(packed, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def pack_page(page: Page) -> bytes:
    """Pack a page for a store."""
    chunks = (zlib.compress(chunk, _LEVEL) for chunk in _to_chunks(page.entries))
    return _encoder.encode(_Packed(structs.replace(page, entries=()), tuple(chunks)))


def unpack_page(packed: bytes) -> Page | None:
    """Read a kept page; None where it is something else."""
    kept = unpack(packed, _Packed)
    if kept is None:
        return None
    entries: list[Entry] = []
    try:
        for chunk in kept.chunks:
            entries += _entries.decode(zlib.decompress(chunk))
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return structs.replace(kept.page, entries=tuple(entries))


def _to_chunks(entries: Iterable[Entry]) -> Iterator[bytes]:
    chunk: list[msgspec.Raw] = []
    size = 0
    for entry in entries:
        packed = _encoder.encode(entry)
        chunk.append(msgspec.Raw(packed))
        size += len(packed)
        if size >= _CHUNK_BYTES:
            yield _encoder.encode(chunk)
            chunk, size = [], 0
    if chunk:
        yield _encoder.encode(chunk)
