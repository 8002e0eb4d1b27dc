from hypothesis import given, strategies as st

from gateway.api.views.view import MOST_LISTED, to_listed
from gateway.plugin.model import Asset, GalleryItem
from gateway.plugin.provider import Entry


def to_entry(number: int, count: int, cover: int) -> Entry:
    assets = tuple(
        Asset(id=str(n), role="output", kind="image", status="ready")
        for n in range(count)
    )
    item = GalleryItem(
        id=f"studio:{number}",
        provider="studio",
        kind="image",
        status="ready",
        assets=assets,
        asset_count=count,
        cover=assets[cover % count] if count else None,
    )
    return Entry(item.id, item)


def listed_of(entry: Entry) -> tuple[Asset, ...]:
    assert entry.item is not None
    return entry.item.assets


@given(
    counts=st.lists(st.integers(0, 300), min_size=1, max_size=100),
    cover=st.integers(0, 300),
    limit=st.integers(0, 200),
)
def test_a_page_lists_a_bounded_number_of_assets_and_each_items_cover(
    counts: list[int], cover: int, limit: int
) -> None:
    entries = [to_entry(n, count, cover) for n, count in enumerate(counts)]

    listed = [listed_of(entry)[:limit] for entry in to_listed(entries, limit)]

    assert sum(map(len, listed)) <= MOST_LISTED
    wanted = [min(limit, count) for count in counts]
    if sum(wanted) <= MOST_LISTED:
        assert [len(assets) for assets in listed] == wanted
    for entry, assets in zip(entries, listed, strict=True):
        assert entry.item is not None
        assert bool(assets) == bool(limit and entry.item.assets)
        if assets and len(assets) < min(limit, len(entry.item.assets)):
            assert entry.item.cover in assets


def test_items_further_up_list_all_that_is_wanted() -> None:
    entries = [to_entry(n, 200, 199) for n in range(100)]

    listed = [len(listed_of(entry)) for entry in to_listed(entries, 200)]

    assert sum(listed) == MOST_LISTED
    assert listed == [200] * 4 + [105] + [1] * 95
