"""What a caller sees of an item: its first assets, native fields only if asked for."""

from collections.abc import Callable

from msgspec import structs

from gateway.core.model import Asset, GalleryItem


def to_view(
    assets_limit: int | None, *, has_native: bool
) -> Callable[[GalleryItem], GalleryItem]:
    """Make what shows an item with its first assets, with or without native fields."""

    def show_asset(asset: Asset) -> Asset:
        if has_native or asset.native is None:
            return asset
        return structs.replace(asset, native=None)

    def show(item: GalleryItem) -> GalleryItem:
        return structs.replace(
            item,
            assets=tuple(map(show_asset, item.assets[:assets_limit])),
            cover=item.cover and show_asset(item.cover),
            native=item.native if has_native else None,
        )

    return show
