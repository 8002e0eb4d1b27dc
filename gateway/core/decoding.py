"""Foreign bytes to structs, tolerantly: one malformed entry costs that entry."""

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from gateway.core.errors import MisbehavedError
from gateway.core.model import GalleryItem
from gateway.core.ports import Entry

Wire = TypeVar("Wire")


def decode(body: bytes, wire: type[Wire]) -> Wire:
    """Decode an answer's JSON.

    Raises:
        MisbehavedError: it is not JSON of that shape.
    """
    try:
        return msgspec.json.decode(body, type=wire)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MisbehavedError("the answer is not the JSON that was expected") from error


def to_entries(
    raws: Iterable[msgspec.Raw],
    wire: type[Wire],
    to_item: Callable[[Wire], GalleryItem],
) -> tuple[Entry, ...]:
    """Translate a list entry by entry; one that fails keeps its place without item."""
    return tuple(_to_entry(raw, wire, to_item) for raw in raws)


def _to_entry(
    raw: msgspec.Raw, wire: type[Wire], to_item: Callable[[Wire], GalleryItem]
) -> Entry:
    try:
        item = to_item(decode(bytes(raw), wire))
    except (MisbehavedError, ValueError, OverflowError):
        digest = hashlib.blake2b(bytes(raw), digest_size=12).hexdigest()
        return Entry(f"malformed:{digest}", None)
    return Entry(item.id, item)
