"""A gallery that is read by limit and offset, tells its length, and renders clips."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from gateway.plugin import (
    GalleryItem,
    Http,
    HttpCall,
    Listing,
    Numbered,
    PageKey,
    Plugin,
    Query,
    UpstreamPage,
    decode,
    times,
    to_item_id,
    translate,
)
from offset.operations import Renders


class Settings(Struct, frozen=True, kw_only=True):
    page_size: Annotated[int, Meta(ge=1, le=200)] = 100


class Credential(Struct, frozen=True, kw_only=True):
    api_key: str


class Filters(Struct, frozen=True, kw_only=True):
    tag: Annotated[str | None, Meta(description="Only clips with this tag")] = None


class Clip(Struct, frozen=True, kw_only=True):
    id: str
    caption: str | None = None
    made: str | None = None


class Clips(Struct, frozen=True, kw_only=True):
    data: list[msgspec.Raw]
    count: int


class OffsetProvider:
    def __init__(self, name: str, settings: Settings, http: Http) -> None:
        self._name = name
        self._size = settings.page_size
        self._http = http
        self.operations = Renders(name, http).to_operations()

    async def login(self, credential: Credential) -> str:
        return credential.api_key

    def listing(self, _query: Query, filters: Filters) -> Listing[Filters]:
        return Listing(request=filters, paging=Numbered(size=self._size, totals=True))

    async def read(
        self, token: str, listing: Listing[Filters], page: PageKey
    ) -> UpstreamPage:
        window = {"limit": self._size, "offset": int(page) * self._size}
        asked = {**window, **msgspec.to_builtins(listing.request)}
        params = tuple((name, str(value)) for name, value in asked.items() if value)
        call = HttpCall(method="GET", path="/clips", params=params, token=token)
        clips = decode((await self._http.send(call)).body, Clips)
        entries = translate(clips.data, Clip, self._to_item)
        return UpstreamPage(entries=entries, total=clips.count)

    def _to_item(self, clip: Clip) -> GalleryItem:
        return GalleryItem(
            id=to_item_id(self._name, clip.id),
            provider=self._name,
            kind="video",
            status="ready",
            title=clip.caption,
            created_at=times.parse(clip.made),
        )


PLUGIN = Plugin(
    name="offset",
    title="A gallery with offsets",
    settings=Settings,
    credential=Credential,
    filters=Filters,
    kinds=("video",),
    create=OffsetProvider,
)
