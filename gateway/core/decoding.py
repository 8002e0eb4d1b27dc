"""Foreign bytes to structs, tolerantly: one malformed entry costs that entry."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from gateway.core.errors import MisbehavedError
from gateway.core.model import GalleryItem
from gateway.core.ports import Entry, Media

Wire = TypeVar("Wire")

_HIGH = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
# An escape that stands, or one half of a pair; "\\ud83d" is an escaped backslash.
_ESCAPE = re.compile(rb"(%b%b|\\[^u])|%b|%b" % (_HIGH, _LOW, _HIGH, _LOW))


def decode(body: bytes, wire: type[Wire]) -> Wire:
    """Decode an answer's JSON; text that was cut inside a character keeps the rest.

    Raises:
        MisbehavedError: it is not JSON of that shape.
    """
    try:
        return _decode(body, wire)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MisbehavedError("the answer is not the JSON that was expected") from error


def no_media(_: object) -> tuple[Media, ...]:
    return ()


def to_entries(
    raws: Iterable[msgspec.Raw],
    wire: type[Wire],
    to_item: Callable[[Wire], GalleryItem],
    to_media: Callable[[Wire], tuple[Media, ...]] = no_media,
) -> tuple[Entry, ...]:
    """Translate a list entry by entry; one that fails keeps its place without item."""
    contents = [bytes(raw) for raw in raws]
    entries = [_to_entry(content, wire, to_item, to_media) for content in contents]
    return tuple(_name(contents, entries))


def _decode(body: bytes, wire: type[Wire]) -> Wire:
    try:
        return msgspec.json.decode(body, type=wire)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        mended = _ESCAPE.sub(lambda escape: escape[1] or rb"\ufffd", body)
        if mended == body:
            raise
        return msgspec.json.decode(mended, type=wire)


def _to_entry(
    content: bytes,
    wire: type[Wire],
    to_item: Callable[[Wire], GalleryItem],
    to_media: Callable[[Wire], tuple[Media, ...]],
) -> Entry | None:
    try:
        decoded = decode(content, wire)
        item = to_item(decoded)
        return Entry(item.id, item, to_media(decoded))
    except (MisbehavedError, ValueError, OverflowError):
        return None


def _name(
    contents: Sequence[bytes], entries: Sequence[Entry | None]
) -> Iterator[Entry]:
    """Give each entry an id, a malformed one by its content and what it stands behind.

    By content alone, two `null` on neighbouring pages would pass for one entry that
    moved, and what lies between them would be taken as read.
    """
    first = next((entry.id for entry in entries if entry), "")
    neighbour = f"before {first}"
    for content, entry in zip(contents, entries, strict=True):
        neighbour = entry.id if entry else _to_malformed_id(content, neighbour)
        yield entry or Entry(neighbour, None)


def _to_malformed_id(content: bytes, neighbour: str) -> str:
    digest = hashlib.blake2b(neighbour.encode(), digest_size=12)
    digest.update(b"\n" + content)
    return f"malformed:{digest.hexdigest()}"
