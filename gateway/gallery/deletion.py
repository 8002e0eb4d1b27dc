"""Deletes an item upstream, and hides it everywhere from then on."""

from gateway.accounts.calls import Calls
from gateway.accounts.credentials import Account, Tenant
from gateway.gallery.gallery import Gallery
from gateway.gallery.items import Items
from gateway.pages.pages import Pages
from gateway.plugin.errors import (
    NotFoundError,
    UnsupportedByProviderError,
    UpstreamError,
)
from gateway.plugin.model import to_native_id
from gateway.plugin.provider import Deletes
from gateway.sightings.sightings import Sightings


class Deletion:
    """Deletes; to do it again within ten minutes is the same as once."""

    def __init__(
        self,
        gallery: Gallery,
        items: Items,
        pages: Pages,
        calls: Calls,
        sightings: Sightings,
    ) -> None:
        self._gallery = gallery
        self._items = items
        self._pages = pages
        self._calls = calls
        self._tombstones = sightings.tombstones

    async def delete(self, tenant: Tenant, item_id: str) -> None:
        """Delete an item of one of the tenant's accounts.

        Raises:
            NotFoundError: the account has no such item.
            UnsupportedByProviderError: the upstream has no way to delete it.
            UpstreamError: the upstream could not be asked; a retry is harmless.
        """
        parts = to_native_id(item_id)
        source = parts and self._gallery.find_source(tenant, parts[0])
        if parts is None or source is None:
            raise NotFoundError("no such item")
        if not isinstance(source.provider, Deletes):
            raise UnsupportedByProviderError("the provider cannot delete")
        account = tenant.accounts[source.name]
        known = (await self._tombstones.find(account)).get(item_id)
        if known is not None and known.is_done:
            return
        try:
            entry = await self._items.find(tenant, item_id)
        except NotFoundError:
            if known is None:
                raise
            await self._finish(account, item_id)  # it was, and its answer was lost
            return
        if entry.item is None or "delete" not in entry.item.actions:
            raise UnsupportedByProviderError("the provider cannot delete this item")
        await self._delete(account, item_id, parts[1])

    async def _delete(self, account: Account, item_id: str, native_id: str) -> None:
        await self._tombstones.put(account, item_id, is_done=False)
        try:
            await self._calls.delete(account, native_id)
        except UpstreamError:
            await self._pages.purge(account)
            raise
        await self._finish(account, item_id)

    async def _finish(self, account: Account, item_id: str) -> None:
        await self._tombstones.put(account, item_id, is_done=True)
        await self._pages.purge(account)
