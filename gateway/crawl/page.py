"""One read of an upstream page, as the cache keeps it and the walk compares it."""

from collections.abc import Iterator
from functools import cached_property
from sys import getsizeof
from typing import Self

from msgspec import Struct, structs

from gateway.plugin.model import Asset, GalleryItem, Native
from gateway.plugin.provider import Entry, UpstreamPage
from gateway.plugin.times import tomorrow, within
from gateway.sealing.digest import to_anchor

_ENTRY_BYTES, _ITEM_BYTES, _ASSET_BYTES, _NATIVE_BYTES = 500, 600, 500, 300
"""What each takes besides its texts, in round numbers."""
_WIDEST = 4
"""The most bytes that a letter takes."""


class Page(Struct, frozen=True, kw_only=True, dict=True, weakref=True):
    """Entries in the upstream's order, each id once.

    `predecessor` is the id that stood directly before the first entry when this was
    read, where that has been verified. `asked_at` and `received_at` are epoch seconds.
    `held` is the tick at which this process came to hold it: what begins at a later
    tick saw the list later. Ticks of other processes mean nothing here. `repeated`
    counts the entries that were left out, for their ids were there already.
    """

    entries: tuple[Entry, ...]
    is_last: bool
    total: int | None = None
    next_token: str | None = None
    predecessor: str | None = None
    asked_at: float
    received_at: float
    held: int = 1
    repeated: int = 0

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(entry.id for entry in self.entries)

    @cached_property
    def items(self) -> dict[str, GalleryItem]:
        """The items that could be understood, by id."""
        return {entry.id: entry.item for entry in self.entries if entry.item}

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        """The entries that could be understood, by id."""
        return {entry.id: entry for entry in self.entries if entry.item}

    @cached_property
    def anchors(self) -> tuple[bytes, ...]:
        """The digest of each entry's id, as a cursor holds it."""
        return tuple(to_anchor(entry.id) for entry in self.entries)

    @cached_property
    def positions(self) -> dict[bytes, int]:
        """Where each entry stands, by its anchor."""
        return {anchor: i for i, anchor in enumerate(self.anchors)}

    @cached_property
    def times(self) -> tuple[str | None, ...]:
        """When each entry's item was created."""
        return tuple(e.item.created_at if e.item else None for e in self.entries)

    @cached_property
    def skipped(self) -> frozenset[str]:
        """The ids of the entries that could not be understood."""
        return frozenset(e.id for e in self.entries if not (e.item or e.is_gone))

    @cached_property
    def size_bytes(self) -> int:
        """How much memory it takes, with what is derived from it."""
        return sum(map(_to_bytes, self.entries))

    @property
    def last_id(self) -> str | None:
        return self.entries[-1].id if self.entries else None

    def without(self, gone: frozenset[str]) -> "Page":
        """Hide items that have been deleted; their entries keep their places."""
        if gone.isdisjoint(self.ids):
            return self
        entries = tuple(
            Entry(entry.id, None, is_gone=True) if entry.id in gone else entry
            for entry in self.entries
        )
        return structs.replace(self, entries=entries)

    def following(self, predecessor: str | None) -> "Page":
        return self._with(predecessor=predecessor)

    def held_at(self, tick: int) -> "Page":
        return self._with(held=tick)

    @property
    def derived(self) -> Iterator[object]:
        """What is known by now of all that is derived from the entries."""
        return (self.__dict__[name] for name in _DERIVED if name in self.__dict__)

    def ready(self) -> Self:
        """Work out all that is derived from the entries, for where that takes long."""
        for derived in _DERIVED:
            getattr(self, derived)
        return self

    def _with(self, **changes: object) -> "Page":
        """Return it with another mark on it, and what is known of its entries."""
        page = structs.replace(self, **changes)
        known = self.__dict__
        page.__dict__.update((name, known[name]) for name in _DERIVED if name in known)
        return page


_DERIVED = (
    "ids",
    "items",
    "by_id",
    "anchors",
    "positions",
    "times",
    "skipped",
    "size_bytes",
)


def to_page(
    upstream: UpstreamPage,
    *,
    size: int | None,
    asked_at: float,
    received_at: float,
    held: int = 1,
) -> Page:
    """Take over an upstream's answer; `size` is its known page size, if any."""
    latest = tomorrow(received_at)
    once: dict[str, Entry] = {}
    for entry in upstream.entries:
        if entry.id not in once:
            once[entry.id] = mend(entry, latest)
    is_short = size is not None and len(upstream.entries) < size
    return Page(
        entries=tuple(once.values()),
        is_last=is_short if upstream.is_last is None else upstream.is_last,
        total=upstream.total,
        next_token=upstream.next_token,
        asked_at=asked_at,
        received_at=received_at,
        held=held,
        repeated=len(upstream.entries) - len(once),
    )


def mend(entry: Entry, latest: str) -> Entry:
    """Drop times outside of 2000-01-01 to `latest`: they count as none."""
    if entry.item is None:
        return entry
    item = _mend_times(entry.item, latest)
    return entry if item is entry.item else Entry(entry.id, item, entry.media)


def _mend_times(item: GalleryItem, latest: str) -> GalleryItem:
    created_at = within(item.created_at, latest)
    updated_at = within(item.updated_at, latest)
    if created_at == item.created_at and updated_at == item.updated_at:
        return item
    return structs.replace(item, created_at=created_at, updated_at=updated_at)


def inherit_predecessor(old: Page, new: Page) -> Page:
    """Return a page that was read again with the predecessor that is proven still.

    Holds for lists whose entries enter at the top alone: nothing can have come
    between two entries that stood side by side.
    """
    if not new.entries:
        return new if old.entries else new.following(old.predecessor)
    first = new.entries[0].id
    for before, entry in zip((None, *old.entries), old.entries, strict=False):
        if entry.id == first:
            return new.following(before.id if before else old.predecessor)
    return new


def _to_bytes(entry: Entry) -> int:
    item = entry.item
    size = _ENTRY_BYTES + _WIDEST * len(entry.id)
    for media in entry.media:
        size += media.size_bytes
    if item is None:
        return size
    texts = (item.title or "", item.prompt or "", item.error or "", item.job_id or "")
    size += _ITEM_BYTES + sum(map(getsizeof, texts)) + _to_native_bytes(item.native)
    for asset in item.assets:
        size += _to_asset_bytes(asset)
    return size if item.cover is None else size + _to_asset_bytes(item.cover)


def _to_asset_bytes(asset: Asset) -> int:
    letters = len(asset.id) + len(asset.filename or "")
    if asset.output_id or asset.feedback or asset.error:
        rest = (asset.output_id or "", asset.feedback or "", asset.error or "")
        letters += sum(map(len, rest))
    return _ASSET_BYTES + _WIDEST * letters + _to_native_bytes(asset.native)


def _to_native_bytes(native: Native | None) -> int:
    """Count an upstream's own fields: texts, numbers, and lists of them."""
    if not native:
        return 0
    size = _NATIVE_BYTES
    for value in native.values():
        size += getsizeof(value)
        if isinstance(value, list):
            size += sum(map(getsizeof, value))
    return size
