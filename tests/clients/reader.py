"""Reads the gallery by the client of openapi-python-client."""

import sys
from datetime import datetime
from http import HTTPStatus

from generated import Client
from generated.api.gallery import get_item, list_gallery
from generated.api.media import get_asset
from generated.api.providers import list_providers
from generated.models import (
    GalleryItem,
    GalleryPage,
    Kind,
    ListGalleryKindItem,
    Problem,
    ProblemCode,
    ProviderList,
    Status,
)
from generated.types import File


def read(client: Client) -> None:
    page = list_gallery.sync(client=client, limit=5, kind=[ListGalleryKindItem.IMAGE])
    assert isinstance(page, GalleryPage)
    assert len(page.items) == 5
    assert len(page.sources) == 3
    assert isinstance(page.links_expire_at, datetime)
    found = next(item for item in page.items if item.cover)
    assert found.kind is Kind.IMAGE

    item = get_item.sync(found.id, client=client)
    assert isinstance(item, GalleryItem)
    survive_growth(item)

    file = get_asset.sync(item.id, item.assets[0].id, client=client)
    assert isinstance(file, File)
    assert file.payload.read(1)


def survive_growth(item: GalleryItem) -> None:
    """Decode what a later gateway may say."""
    later = {**item.to_dict(), "kind": "sound", "status": "paused", "actions": ["like"]}

    grown = GalleryItem.from_dict(later)

    assert (grown.kind, grown.status, grown.actions) == ("sound", "paused", ["like"])
    assert not isinstance(grown.status, Status)
    assert grown.to_dict() == later


def read_others(client: Client) -> None:
    told = list_providers.sync(client=client)
    assert isinstance(told, ProviderList)
    assert len(told.providers) == 3
    assert all("properties" in provider.filters for provider in told.providers)

    missing = get_item.sync_detailed("avatar:none", client=client)
    assert missing.status_code is HTTPStatus.NOT_FOUND
    assert isinstance(missing.parsed, Problem)
    assert missing.parsed.code is ProblemCode.NOT_FOUND


if __name__ == "__main__":
    with Client(base_url=sys.argv[1], follow_redirects=True) as client:
        read(client)
        read_others(client)
