"""Links in place of what an item's media is upstream."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, TypeAlias

from msgspec import Struct, structs

from gateway.accounts.brought import BroughtAccounts
from gateway.api.caller import Caller
from gateway.api.views.filenames import to_name, to_segment
from gateway.media.content.sniff import to_kind
from gateway.media.facts import Facts, Known
from gateway.media.link import Link, LinkSealer, Rendition, to_expiry, to_version
from gateway.plugin.model import Asset, Author, GalleryItem, Kind
from gateway.plugin.provider import AUTHOR, Entry, Media

PATH = "/v1/media/"

_SUFFIX = re.compile(r"\.[a-z0-9]{2,5}$")
_SUFFIXES = {"image": ".jpg", "video": ".mp4", "model": ".glb"}


class Linked(Struct, frozen=True):
    """What of an item changes when its links are put in."""

    to_asset: Callable[[Asset], Asset]
    author: Author | None


Linker: TypeAlias = Callable[[Entry], Linked]


class Links:
    """Makes links, root-relative or under `public_url`.

    `drawn` are the kinds of which a smaller picture can be made here.
    """

    def __init__(
        self,
        sealer: LinkSealer,
        facts: Facts,
        brought: BroughtAccounts,
        *,
        public_url: str,
        drawn: Collection[Kind],
    ) -> None:
        self._sealer = sealer
        self._facts = facts
        self._brought = brought
        self.public_url = public_url
        self._prefix = public_url + PATH
        self._drawn = frozenset(drawn)

    async def prepare(
        self, caller: Caller, entries: Sequence[Entry], assets_limit: int | None
    ) -> None:
        """Have at hand what any replica knows of the assets that will be shown.

        And have all replicas know the accounts that the links will be of.
        """
        await self._brought.keep(caller.tenant)
        to_stem = _to_stems(caller, 0.0)
        await self._facts.load(
            self._name(stem, media, entry.item.updated_at)
            for entry in entries
            if entry.item is not None and (stem := to_stem(entry.item)) is not None
            for media in _to_shown(entry, entry.item, assets_limit)
        )

    def to_linker(self, caller: Caller, now: float) -> Linker:
        """Make what puts links into the items of one caller's answer."""
        to_stem = _to_stems(caller, now)

        def link(entry: Entry) -> Linked:
            item = entry.item
            if item is None:
                return Linked(_as_it_is, None)
            stem = to_stem(item)
            if stem is None or not entry.media:
                return Linked(_as_it_is, item.author)
            where = {media.asset_id: media for media in entry.media}

            def to_asset(asset: Asset) -> Asset:
                media = where.get(asset.id)
                if media is None:
                    return asset
                named = self._name(stem, media, item.updated_at)
                return self._fill(asset, media, named)

            author = item.author
            if author and (media := where.get(AUTHOR)):
                named = self._name(stem, media, None)
                url = self._spell(named, "full", "author", ".jpg")
                author = structs.replace(author, avatar_url=url)
            return Linked(to_asset, author)

        return link

    def _name(self, stem: Link, media: Media, updated_at: str | None) -> Link:
        version = to_version(updated_at, media.full or media.thumbnail)
        return structs.replace(stem, asset_id=media.asset_id, version=version)

    def _fill(self, asset: Asset, media: Media, link: Link) -> Asset:
        known = self._facts.find(link)
        facts = {} if known is None else _to_facts(known)
        kind = to_kind(facts.get("media_type")) or asset.kind
        stem, suffix = _to_filename(asset, media)
        full = media.full and self._spell(link, "full", stem, suffix)
        preview = thumbnail = None
        if media.thumbnail or kind in self._drawn:
            preview = self._spell(link, "preview", stem, ".webp")
            thumbnail = self._spell(link, "thumbnail", stem, ".webp")
        return structs.replace(
            asset,
            kind=kind,
            url=full,
            preview_url=preview,
            thumbnail_url=thumbnail,
            **facts,
        )

    def _spell(self, link: Link, rendition: Rendition, stem: str, suffix: str) -> str:
        if rendition != link.rendition:
            link = structs.replace(link, rendition=rendition)
        return f"{self._prefix}{self._sealer.seal(link)}/{to_segment(stem)}{suffix}"


def _to_stems(caller: Caller, now: float) -> Callable[[GalleryItem], Link | None]:
    """Make what begins the links of one caller's items."""
    accounts = {
        name: account.ids[0] for name, account in caller.tenant.accounts.items()
    }
    tenant, expires_at = caller.tenant, to_expiry(now)

    def to_stem(item: GalleryItem) -> Link | None:
        account = accounts.get(item.provider)
        if account is None:
            return None
        return Link(
            tenant=tenant.name,
            account=account,
            item_id=item.id,
            created_at=item.created_at,
            asset_id="",
            rendition="full",
            version=b"",
            expires_at=expires_at,
            is_brought=tenant.is_brought,
        )

    return to_stem


def _to_shown(
    entry: Entry, item: GalleryItem, assets_limit: int | None
) -> Iterator[Media]:
    """Return where the bytes of the first assets and of the cover are."""
    shown = {asset.id for asset in item.assets[:assets_limit]}
    if item.cover is not None:
        shown.add(item.cover.id)
    return (media for media in entry.media if media.asset_id in shown)


def _to_facts(known: Known) -> dict[str, Any]:
    """Return the fields that are known."""
    fields = structs.asdict(known)
    return {name: value for name, value in fields.items() if value is not None}


def _as_it_is(asset: Asset) -> Asset:
    return asset


def _to_filename(asset: Asset, media: Media) -> tuple[str, str]:
    """Return a file name's stem and suffix, of harmless characters."""
    name = asset.filename or ""
    path = (media.full or "").partition("?")[0].lower()
    found = _SUFFIX.search(name.lower()) or _SUFFIX.search(path)
    stem = to_name(_SUFFIX.sub("", name) or asset.id)
    suffix = found[0] if found else _SUFFIXES[asset.kind]
    return stem, suffix
