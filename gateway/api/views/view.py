"""What a caller sees of an item: its first assets, native fields only if asked for."""

from collections.abc import Callable, Sequence

from msgspec import structs

from gateway.api.views.links import Linked, Linker
from gateway.plugin.model import Asset, GalleryItem
from gateway.plugin.provider import Entry

MOST_LISTED = 1_000
"""How many assets one page lists in all."""


def to_listed(entries: Sequence[Entry], assets_limit: int) -> list[Entry]:
    """Leave each item the assets that a page has room for, its first ones and its cover.

    An item further up takes as many as are wanted, but for one of each that follows.
    """
    counts = [
        min(assets_limit, len(entry.item.assets) if entry.item else 0)
        for entry in entries
    ]
    left, following = MOST_LISTED, sum(map(bool, counts))
    listed = []
    for entry, count in zip(entries, counts, strict=True):
        following -= bool(count)
        share = min(count, left - following)
        left -= share
        listed.append(entry if share == count else _cut(entry, share))
    return listed


def _cut(entry: Entry, share: int) -> Entry:
    item = entry.item
    if item is None:
        return entry
    first = item.assets[:share]
    if item.cover and item.cover.id not in {asset.id for asset in first}:
        first = (*first[:-1], item.cover)
    return Entry(entry.id, structs.replace(item, assets=first), entry.media)


def to_view(
    assets_limit: int | None, *, has_native: bool, may_write: bool, linker: Linker
) -> Callable[[Entry], GalleryItem]:
    """Make what shows an item with its first assets, with or without native fields."""

    def strip(asset: Asset) -> Asset:
        if has_native or asset.native is None:
            return asset
        return structs.replace(asset, native=None)

    def find(cover: Asset, assets: Sequence[Asset], linked: Linked) -> Asset:
        shown = next((asset for asset in assets if asset.id == cover.id), None)
        return shown or linked.to_asset(strip(cover))

    def show(entry: Entry) -> GalleryItem:
        item = entry.item
        if item is None:
            raise ValueError("an entry that could not be understood is not shown")
        linked = linker(entry)
        assets = tuple(
            linked.to_asset(strip(asset)) for asset in item.assets[:assets_limit]
        )
        cover = item.cover and find(item.cover, assets, linked)
        return structs.replace(
            item,
            actions=item.actions if may_write else (),
            assets=assets,
            cover=cover,
            author=linked.author,
            native=item.native if has_native else None,
        )

    return show
