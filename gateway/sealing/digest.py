"""Short digests: anchors in a cursor, keys in a cache, bindings to a query."""

import hashlib
from collections.abc import Iterable

ANCHOR_BYTES = 6


def to_anchor(entry_id: str) -> bytes:
    """Digest an entry's id for a cursor: 6 bytes."""
    return _blake(entry_id.encode("utf-8", "surrogatepass"), ANCHOR_BYTES)


def to_key(*parts: bytes) -> str:
    """Digest parts, kept apart, for a cache key: 32 hexadecimal digits."""
    return to_binding(*parts).hex()


def to_binding(*parts: bytes) -> bytes:
    """Digest parts, kept apart: 16 bytes."""
    return _blake(_frame(parts), 16)


def to_name(key: bytes, *parts: bytes) -> bytes:
    """Digest parts with a key of up to 64 bytes: 16 bytes.

    Whoever has not the key cannot try what the parts may be.
    """
    return hashlib.blake2b(_frame(parts), key=key, digest_size=16).digest()


def _frame(parts: Iterable[bytes]) -> bytes:
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _blake(content: bytes, size: int) -> bytes:
    return hashlib.blake2b(content, digest_size=size).digest()
