"""A plugin's provider over a real socket, against the plugin's sandbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from gateway.adapters.http.upstream import ResponseLimits, Upstream
from gateway.plugin.model import GalleryItem
from gateway.plugin.provider import (
    Entry,
    Listing,
    Numbered,
    Plugin,
    Provider,
    UpstreamPage,
)
from gateway.plugin.query import Query
from tests.fakes import FakeClock
from tests.sandbox.serving import CREATE, serve

PATH = {"hyper3d": "/api", "avatar": "", "piktid": ""}
CREDENTIAL = {
    "hyper3d": {"email": "demo@example.com", "password": "demo"},
    "avatar": {"email": "demo@example.com"},
    "piktid": {"token": "demo"},
}
PAGES_LIMIT = 100


class Stand(Struct, frozen=True, kw_only=True):
    """A provider called `studio`, its plugin, and the sandbox's control."""

    plugin: Plugin
    provider: Provider
    control: httpx.AsyncClient

    @property
    def credential(self) -> Any:
        return msgspec.convert(CREDENTIAL[self.plugin.name], self.plugin.credential)

    async def log_in(self) -> str:
        return await self.provider.login(self.credential)

    def to_listing(self, **filters: object) -> Listing:
        chosen = msgspec.convert(filters, self.plugin.filters, strict=False)
        return self.provider.listing(Query(), chosen)

    async def read_first(self, token: str) -> UpstreamPage:
        listing = self.to_listing()
        assert isinstance(listing.paging, Numbered)
        return await self.provider.read(token, listing, listing.paging.first)

    async def read_pages(self, **filters: object) -> list[UpstreamPage]:
        """All pages, up to the one that is empty or says that it is the last."""
        token, listing = await self.log_in(), self.to_listing(**filters)
        assert isinstance(listing.paging, Numbered)
        pages = []
        for number in range(listing.paging.first, PAGES_LIMIT):
            pages.append(await self.provider.read(token, listing, number))
            if pages[-1].is_last or not pages[-1].entries:
                return pages
        raise AssertionError("the list has no end")

    async def read_entries(self, **filters: object) -> list[Entry]:
        return [
            entry for page in await self.read_pages(**filters) for entry in page.entries
        ]

    async def read_items(self, **filters: object) -> list[GalleryItem]:
        entries = await self.read_entries(**filters)
        return [entry.item for entry in entries if entry.item is not None]

    async def ids(self) -> list[str]:
        """The native ids of the sandbox's items."""
        ids: list[str] = (await self.control.get("/_sandbox/items")).json()["ids"]
        return ids

    async def tell(self, what: str, **told: object) -> Any:
        answer = await self.control.post(f"/_sandbox/{what}", json=told)
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def standing(plugin: Plugin) -> AsyncIterator[Stand]:
    async with serve(CREATE[plugin.name](items=240, seed=1)) as control:
        upstream = Upstream(
            str(control.base_url).rstrip("/") + PATH[plugin.name],
            ResponseLimits(timeout_seconds=5.0, max_concurrency=4),
            FakeClock(),
        )
        provider = plugin.create("studio", plugin.settings(), upstream)
        try:
            yield Stand(plugin=plugin, provider=provider, control=control)
        finally:
            await upstream.aclose()
