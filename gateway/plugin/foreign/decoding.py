"""Foreign bytes to structs, tolerantly: one malformed entry costs that entry."""

import codecs
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import TypeVar, overload

import msgspec

from gateway.plugin.errors import MisbehavedError
from gateway.plugin.foreign.tolerance import to_tolerated
from gateway.plugin.model import GalleryItem
from gateway.plugin.provider import Entry, Media

Wire = TypeVar("Wire")

_MOST_ENTRIES = 300_000
"""Each takes a kilobyte or two, though it be two bytes of JSON."""
_MOST_ASSETS = 500_000
_RAW_BYTES = 60
"""What an entry counts as, besides its bytes."""
_MOST_ENTRY_BYTES = 2**21
"""The most of one entry's JSON: what it is made of takes a hundred times as much."""
_MOST_COMMAS = 3_000_000
"""How many an answer may have: each may part two entries, however short."""

_HIGH = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
# An escape that stands, or one half of a pair; "\\ud83d" is an escaped backslash.
_ESCAPE = re.compile(rb"(%b%b|\\[^u])|%b|%b" % (_HIGH, _LOW, _HIGH, _LOW))
_NO_NUMBER = re.compile(rb'("(?:[^"\\]|\\.)*+")|\b(?:NaN|Infinity)\b')
_TOO_LARGE = b"1e99999"
"""What stands for no number: it is JSON, and costs the entry that it is in."""


def decode(body: bytes, wire: type[Wire]) -> Wire:
    """Decode an answer's JSON; text that was cut inside a character keeps the rest.

    Raises:
        MisbehavedError: it is not JSON of that shape.
    """
    return _decode(body, wire, is_tolerant=False)


def decode_list(body: bytes, wire: type[Wire]) -> Wire:
    """Decode an answer that holds a list, as `decode` does.

    What it tells beside the list, as a count, is left at its default where it is
    malformed.

    Raises:
        MisbehavedError: it is not JSON of that shape.
    """
    return _decode(body, wire, is_tolerant=True)


def _decode(body: bytes, wire: type[Wire], *, is_tolerant: bool) -> Wire:
    if len(body) > _MOST_COMMAS and body.count(b",") > _MOST_COMMAS:
        raise MisbehavedError("the answer has too many entries")
    try:
        return _read(body, wire, is_tolerant=is_tolerant)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MisbehavedError("the answer is not the JSON that was expected") from error


def no_media(_: object) -> tuple[Media, ...]:
    return ()


class Translation(Sequence[Entry]):
    """A list's entries, which are translated when they are first looked at.

    That raises `MisbehavedError` where there are more than any gallery has.
    """

    def __init__(
        self, raws: Sequence[msgspec.Raw], run: Callable[[], tuple[Entry, ...]]
    ) -> None:
        self._raws = raws
        self._run = run

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        entries = self._run()
        self._raws, self._run = (), tuple  # freed here, where nobody waits for it
        return entries

    def weigh(self, most: int) -> int:
        """Count the bytes, or what is as much work, that are to be translated, up to `most` or a little more."""
        weight = 0
        for raw in self._raws:
            weight += _RAW_BYTES + len(memoryview(raw))
            if weight > most:
                break
        return weight

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, index: int | slice) -> Entry | tuple[Entry, ...]:
        return self.entries[index]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self.entries == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # as other sequences that compare


def translate(
    raws: Sequence[msgspec.Raw],
    wire: type[Wire],
    to_item: Callable[[Wire], GalleryItem],
    to_media: Callable[[Wire], tuple[Media, ...]] = no_media,
    arrange: Callable[[tuple[Entry, ...]], tuple[Entry, ...]] = tuple,
) -> Translation:
    """Have a list translated as `to_entries` does, and arranged, later.

    The functions run in a thread where the list is long: they touch nothing else.
    """
    return Translation(raws, lambda: arrange(to_entries(raws, wire, to_item, to_media)))


def to_entries(
    raws: Iterable[msgspec.Raw],
    wire: type[Wire],
    to_item: Callable[[Wire], GalleryItem],
    to_media: Callable[[Wire], tuple[Media, ...]] = no_media,
) -> tuple[Entry, ...]:
    """Translate a list entry by entry; one that fails keeps its place without item.

    Raises:
        MisbehavedError: it is longer than any gallery, or holds more assets.
    """
    contents = [bytes(raw) for raw in islice(raws, _MOST_ENTRIES + 1)]
    if len(contents) > _MOST_ENTRIES:
        raise MisbehavedError("a list of too many entries")
    entries: list[Entry | None] = []
    assets = 0
    for content in contents:
        entry = _to_entry(content, wire, to_item, to_media)
        entries.append(entry)
        assets += len(entry.item.assets) if entry and entry.item else 0
        if assets > _MOST_ASSETS:
            raise MisbehavedError("a list of too many assets")
    return tuple(_name(contents, entries))


def _read(body: bytes, wire: type[Wire], *, is_tolerant: bool) -> Wire:
    try:
        return msgspec.json.decode(body, type=wire)
    except msgspec.ValidationError:
        if not is_tolerant or len(body) > _MOST_ENTRY_BYTES:
            raise
        return to_tolerated(body, wire)
    except msgspec.DecodeError:
        mended = body if len(body) > _MOST_ENTRY_BYTES else _mend(body)
        if mended == body:
            raise
    return _read(mended, wire, is_tolerant=is_tolerant)


def _mend(body: bytes) -> bytes:
    """Replace what makes a text no JSON, though one can tell what was meant."""
    mended = _ESCAPE.sub(lambda escape: escape[1] or rb"\ufffd", body)
    if b"NaN" in mended or b"Infinity" in mended:
        mended = _NO_NUMBER.sub(lambda found: found[1] or _TOO_LARGE, mended)
    return mended.removeprefix(codecs.BOM_UTF8)


def _to_entry(
    content: bytes,
    wire: type[Wire],
    to_item: Callable[[Wire], GalleryItem],
    to_media: Callable[[Wire], tuple[Media, ...]],
) -> Entry | None:
    if len(content) > _MOST_ENTRY_BYTES or _TOO_LARGE in content:
        return None
    try:
        decoded = decode_list(content, wire)
        item = to_item(decoded)
        return Entry(item.id, item, to_media(decoded))
    except (MisbehavedError, ValueError, OverflowError):
        return None


def _name(
    contents: Sequence[bytes], entries: Sequence[Entry | None]
) -> Iterator[Entry]:
    """Yield each entry an id, a malformed one by its content and what it stands behind.

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
