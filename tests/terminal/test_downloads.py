"""Names of stored files: what they are of, and nothing that leaves the folder."""

import re

import pytest
from hypothesis import given, strategies as st

from gateway.plugin.model import Asset, GalleryItem
from gateway.terminal.downloads import to_name


def name(item_id: str, asset_id: str, **told: str | None) -> str:
    provider = item_id.partition(":")[0]
    asset = Asset(id=asset_id, role="output", kind="image", status="ready", **told)
    item = GalleryItem(id=item_id, provider=provider, kind="image", status="ready")
    return to_name(item, asset)


@pytest.mark.parametrize(
    ("told", "suffix"),
    [
        ({"url": "/v1/media/t/000_%C3%A9t%C3%A9.JPG"}, ".jpg"),
        ({"url": "/v1/media/t/a.jpg", "filename": "a.webp"}, ".jpg"),
        ({"url": "/v1/media/t/plain", "filename": "a.webp"}, ".webp"),
        ({"url": "/v1/media/t/plain", "media_type": "video/mp4"}, ".mp4"),
        ({"url": "/v1/media/t/a.toolong7"}, ".bin"),
        ({}, ".bin"),
    ],
    ids=str,
)
def test_a_name_ends_as_the_file_does(told: dict[str, str], suffix: str) -> None:
    assert name("avatar:173", "0", **told) == f"avatar_173_0{suffix}"


def test_a_name_is_provider_native_id_and_asset() -> None:
    assert name("piktid:~aGkv", "0.0.1.in0") == "piktid_~aGkv_0.0.1.in0.bin"


def test_long_ids_have_names_of_their_own() -> None:
    first, second = (name(f"a:{'x' * 900}{end}", "0") for end in "12")

    assert first != second
    assert len(first) == len(second) < 210


@given(st.text(), st.text(), st.text())
def test_no_name_leaves_its_folder(native: str, asset_id: str, url: str) -> None:
    found = name(f"a:{native}", asset_id, url=url)

    assert re.fullmatch(r"a_[A-Za-z0-9._~-]+", found)
    assert len(f"{found}.part.etag".encode()) <= 255
