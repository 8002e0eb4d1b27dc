"""What a caller sees of an item: its first assets, native fields only if asked for."""

from collections.abc import Callable, Sequence

from msgspec import structs

from gateway.api.links import Linked, Linker
from gateway.core.model import Asset, GalleryItem
from gateway.core.ports import Entry


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
