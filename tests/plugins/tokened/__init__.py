"""A gallery whose pages name the next by a token, as Civitai's and HeyGen's do."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from gateway.plugin import (
    GalleryItem,
    Http,
    HttpCall,
    Listing,
    PageKey,
    Plugin,
    Query,
    Tokened,
    UpstreamPage,
    decode,
    times,
    to_item_id,
    translate,
)


class Settings(Struct, frozen=True, kw_only=True):
    page_size: Annotated[int, Meta(ge=1, le=200)] = 100


class Credential(Struct, frozen=True, kw_only=True):
    api_key: str


class Filters(Struct, frozen=True, kw_only=True):
    tag: Annotated[str | None, Meta(description="Only pictures with this tag")] = None


class Picture(Struct, frozen=True, kw_only=True):
    id: str
    caption: str | None = None
    made: str | None = None


class Pictures(Struct, frozen=True, kw_only=True):
    data: list[msgspec.Raw]
    next: str | None = None


class TokenedProvider:
    def __init__(self, name: str, settings: Settings, http: Http) -> None:
        self._name = name
        self._size = settings.page_size
        self._http = http

    async def login(self, credential: Credential) -> str:
        return credential.api_key

    def listing(self, _query: Query, filters: Filters) -> Listing[Filters]:
        return Listing(request=filters, paging=Tokened())

    async def read(
        self, token: str, listing: Listing[Filters], page: PageKey
    ) -> UpstreamPage:
        filters = msgspec.to_builtins(listing.request)
        asked = {"size": self._size, "after": page, **filters}
        params = tuple((name, str(value)) for name, value in asked.items() if value)
        call = HttpCall(method="GET", path="/pictures", params=params, token=token)
        pictures = decode((await self._http.send(call)).body, Pictures)
        entries = translate(pictures.data, Picture, self._to_item)
        return UpstreamPage(entries=entries, next_token=pictures.next)

    def _to_item(self, picture: Picture) -> GalleryItem:
        return GalleryItem(
            id=to_item_id(self._name, picture.id),
            provider=self._name,
            kind="image",
            status="ready",
            title=picture.caption,
            created_at=times.parse(picture.made),
        )


PLUGIN = Plugin(
    name="tokened",
    title="A gallery with tokens",
    settings=Settings,
    credential=Credential,
    filters=Filters,
    kinds=("image",),
    create=TokenedProvider,
)
