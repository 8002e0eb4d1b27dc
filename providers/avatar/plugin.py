"""The avatar service as a provider: what it is configured with, and the port."""

from typing import Annotated

from msgspec import Meta, Struct

from gateway.plugin import (
    Http,
    Listing,
    Numbered,
    PageKey,
    Plugin,
    Query,
    UpstreamPage,
    translate,
)
from providers.avatar.client import Client
from providers.avatar.mapping import to_item, to_media, to_newest_first
from providers.avatar.operations import Operations
from providers.avatar.wire import GalleryRequest, GalleryUrl


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing beyond the keys that every provider has."""


class Credential(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The e-mail address alone logs in: it is the secret."""

    email: Annotated[str, Meta(min_length=1)]

    def identity(self) -> str:
        """Return the address as the service compares it: without case and blanks behind."""
        return self.email.rstrip().lower()

    def __repr__(self) -> str:
        return "Credential(...)"


class Filters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The upstream has no filters."""


class Avatar:
    def __init__(self, name: str, settings: Settings, http: Http) -> None:
        self._name = name
        self._settings = settings
        self._client = Client(http)
        self.operations = Operations(name, self._client).to_operations()

    async def login(self, credential: Credential) -> str:
        return await self._client.log_in(credential.email)

    def listing(self, _query: Query, _filters: Filters) -> Listing[GalleryRequest]:
        """Return the one list, which every query reads."""
        return Listing(request=GalleryRequest(), paging=Numbered(totals=True))

    async def read(
        self, token: str, _listing: Listing[GalleryRequest], page: PageKey
    ) -> UpstreamPage:
        """Read the whole list as the one page there is; any other is empty."""
        if page != 0:
            return UpstreamPage(entries=(), is_last=True)
        urls = await self._client.list_gallery(token)
        entries = translate(
            urls,
            GalleryUrl,
            lambda url: to_item(self._name, url),
            to_media,
            to_newest_first,
        )
        return UpstreamPage(entries=entries, is_last=True, total=len(urls))

    async def delete(self, token: str, native_id: str) -> None:
        """Delete what its entry says can be deleted."""
        await self._client.remove(token, native_id)


PLUGIN = Plugin(
    name="avatar",
    title="Avatar",
    settings=Settings,
    credential=Credential,
    filters=Filters,
    kinds=("image", "video"),
    create=Avatar,
)
