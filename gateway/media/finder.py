"""From a link to the address of the bytes that it stands for."""

from collections.abc import Sequence
from urllib.parse import quote

from msgspec import Struct

from gateway.accounts.brought import BroughtAccounts
from gateway.accounts.credentials import Account, Tenant
from gateway.coordination.validity import Validity
from gateway.gallery.items import Items
from gateway.media.link import Link
from gateway.pages.pages import Pages
from gateway.plugin.errors import ExpiredLinkError, NotFoundError
from gateway.plugin.model import to_native_id
from gateway.plugin.provider import Entry
from gateway.sightings.sightings import Sightings


class Found(Struct, frozen=True, kw_only=True):
    """Where the asset's bytes are; addresses are None where there is no such file."""

    account: Account
    full: str | None
    thumbnail: str | None


class Finder:
    """Finds what links stand for, for tenants that still have the account.

    One that a token has brought is had for as long as it is known.
    """

    def __init__(
        self,
        tenants: Sequence[Tenant],
        items: Items,
        pages: Pages,
        sightings: Sightings,
        brought: BroughtAccounts,
    ) -> None:
        self._tenants = {tenant.name: tenant for tenant in tenants}
        self._items = items
        self._pages = pages
        self._sightings = sightings
        self._brought = brought

    async def find(self, link: Link, *, is_anew: bool = False) -> Found:
        """Find an asset by where it was listed lately, or by looking for it (anew).

        Raises:
            NotFoundError: the tenant has no such account, item or asset (any more).
            ExpiredLinkError: the account that a token has brought is no longer known.
            UnavailableError: no verdict yet.
            UpstreamError: the upstream could not be asked.
        """
        tenant, account = await self._to_accounts(link)
        entry = None
        if not is_anew:
            entry = await self._sightings.find_media(account, link.item_id)
        if entry is None:
            entry = await self._items.find(
                tenant, link.item_id, is_anew=is_anew, created_at=link.created_at
            )
        return _to_found(account, entry, link.asset_id)

    async def to_account(self, link: Link) -> Account:
        """Return whose item a link stands for.

        Raises:
            NotFoundError, ExpiredLinkError: as for `find`.
        """
        return (await self._to_accounts(link))[1]

    async def check(self, link: Link) -> Validity:
        """Check that an item is there still; the validity is void once that may be over.

        Raises:
            NotFoundError: it has been deleted, or the tenant has no such account.
            ExpiredLinkError: as for `find`.
        """
        account = await self.to_account(link)
        validity = self._pages.validity_of(account)
        if link.item_id in await self._sightings.find_gone(account):
            raise NotFoundError("no such file")
        return validity

    async def _to_accounts(self, link: Link) -> tuple[Tenant, Account]:
        tenant = self._tenants.get(link.tenant)
        if tenant is None:
            raise NotFoundError("no such file")
        if link.is_brought:
            account = await self._find_brought(link)
            accounts = {account.provider: account}
            return Tenant(name=tenant.name, accounts=accounts, is_brought=True), account
        own = tenant.accounts.get(link.provider)
        if own is None or link.account not in own.ids:
            raise NotFoundError("no such file")
        return tenant, own

    async def _find_brought(self, link: Link) -> Account:
        account = await self._brought.find(link.account)
        if account is None or account.provider != link.provider:
            raise ExpiredLinkError("the link's account is no longer known here")
        return account


def _to_found(account: Account, entry: Entry, asset_id: str) -> Found:
    for media in entry.media:
        if media.asset_id == asset_id:
            return Found(
                account=account,
                full=_fill(media.full, entry.id),
                thumbnail=_fill(media.thumbnail, entry.id),
            )
    raise NotFoundError("no such file")


def _fill(address: str | None, item_id: str) -> str | None:
    """Put the native id, escaped as one segment, into a path under `base_url`."""
    native = to_native_id(item_id)
    if address is None or native is None or not address.startswith("/"):
        return address
    return address.replace("{id}", quote(native[1], safe=""))
