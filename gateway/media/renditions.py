"""Smaller pictures: each made once, over all replicas where they share a store, and kept."""

import asyncio
import contextlib
from typing import NamedTuple, TypeAlias

from gateway.concurrency.keyed import KeyedSemaphores
from gateway.concurrency.single_flight import SingleFlight
from gateway.coordination import keys
from gateway.coordination.leases import Lease
from gateway.coordination.validity import Validity
from gateway.media.content.sniff import GLANCE_BYTES, sniff
from gateway.media.facts import Facts
from gateway.media.files import Drawing, Drawn, Spool
from gateway.media.finder import Finder
from gateway.media.link import Link
from gateway.media.originals import Originals
from gateway.plugin.errors import (
    NotFoundError,
    StoreError,
    UnavailableError,
    UnsupportedMediaError,
)
from gateway.ports.caches import Cache, to_key_bytes
from gateway.ports.metrics import Watch, unwatched
from gateway.ports.stores import Store, Stores

SIDES = {"preview": 1440, "thumbnail": 480}
"""The most pixels that a side of a rendition has."""
LEAST_SIDE = 320
"""How many the longer side of an upstream's own thumbnail has, for it to be used."""


_KEEP_SECONDS = 604_800.0
_REFUSED_SECONDS = 60.0
_REFUSED = b"-"
READ_SECONDS = 30.0
"""How long a file that is drawn from may take: others wait for its place."""
_AT_ONCE = 4
"""How many files of one account are read, and wait to be drawn, in a process at a time."""
_MOST_AT_ONCE = 8
"""And of all accounts: what a process may hold in the system for them."""


class _Full(NamedTuple):
    """What a file is that was drawn from whole, or from both of its ends."""

    size_bytes: int
    media_type: str | None


_Made: TypeAlias = tuple[Drawn, _Full | None]


class Renditions:
    """Gives renditions from the cache, or makes them."""

    def __init__(  # noqa: PLR0913  # each one is a part
        self,
        finder: Finder,
        originals: Originals,
        drawing: Drawing,
        stores: Stores,
        facts: Facts,
        *,
        read_seconds: float = READ_SECONDS,
        watch: Watch = unwatched,
    ) -> None:
        self._watch = watch
        self._read_seconds = read_seconds
        self._finder = finder
        self._originals = originals
        self._drawing = drawing
        self._own = stores.own
        self._shared = stores.shared
        self._news = stores.news
        self._checked: Cache[str, Validity] = stores.caches.make(
            "checked", to_key_bytes
        )
        self._facts = facts
        self._reading = asyncio.Semaphore(_MOST_AT_ONCE)
        self._reading_of = KeyedSemaphores(_AT_ONCE)
        self._making = SingleFlight[bytes]()

    async def at_hand(self, link: Link) -> bytes | None:
        """Return a rendition that this process has, of an item known to be there still.

        Raises:
            NotFoundError, ExpiredLinkError: as for `Finder.find`.
        """
        validity = self._checked.get(link.etag)
        if validity is None or validity.is_void or not self._news.is_current:
            return None
        await self._finder.to_account(link)
        made = await self._own.get(_to_key(link))
        return None if made == _REFUSED else made

    async def get(self, link: Link) -> bytes:
        """Return a rendition's bytes.

        Raises:
            UnsupportedMediaError: no picture can be made of it.
            NotFoundError, UpstreamError: what it is made of cannot be had.
            ExpiredLinkError: as for `Finder.find`.
        """
        validity = await self._finder.check(link)
        key = _to_key(link)
        made = await _look(self._own, key) or await self._making.share(
            key, lambda: self._make(key, link)
        )
        if made == _REFUSED:
            raise UnsupportedMediaError("no picture can be made of it")
        self._checked.put(link.etag, validity)
        return made

    async def aclose(self) -> None:
        await self._making.aclose()

    async def _make(self, key: str, link: Link) -> bytes:
        """Take what another replica has made, or make it as the only one."""
        if self._shared is None:
            return await self._draw(key, link)
        lease = Lease(self._shared, key, self._watch)
        try:
            with contextlib.suppress(StoreError):
                await lease.wait()
            made = await _look(self._shared, key)
            if made is None:
                made = await self._draw(key, link)
                await _keep(self._shared, key, made)
            else:
                await _keep(self._own, key, made)
        finally:
            await lease.drop()
        return made

    async def _draw(self, key: str, link: Link) -> bytes:
        try:
            account = f"{link.provider}:{link.account.hex()}"
            async with self._reading_of.at(account), self._reading:
                drawn, full = await self._draw_best(link, account)
        except UnsupportedMediaError:
            await _keep(self._own, key, _REFUSED)
            return _REFUSED
        self._note(link, drawn, full)
        await _keep(self._own, key, drawn.content)
        return drawn.content

    async def _draw_best(self, link: Link, account: str) -> _Made:
        """Draw from the upstream's own thumbnail, unless that is no good picture."""
        made = await self._draw_from(link, account, may_be_small=True)
        if made is None or _is_too_small(made):
            with contextlib.suppress(UnsupportedMediaError, NotFoundError):
                made = await self._draw_from(link, account, may_be_small=False)
        if made is None:
            raise UnsupportedMediaError("no picture can be made of it")
        return made

    async def _draw_from(
        self, link: Link, account: str, *, may_be_small: bool
    ) -> _Made | None:
        """Draw, and tell of the full file where it was drawn from that.

        None where the upstream's own thumbnail is no picture.
        """
        with self._drawing.spool() as spool:
            try:
                async with asyncio.timeout(self._read_seconds):
                    is_full = await self._originals.read(
                        link, spool, may_be_small=may_be_small
                    )
            except TimeoutError as error:
                raise UnavailableError("the file comes too slowly") from error
            try:
                drawn = await self._drawing.draw(spool, SIDES[link.rendition], account)
            except UnsupportedMediaError:
                if is_full:
                    raise
                return None
            return drawn, _to_full(spool) if is_full else None

    def _note(self, link: Link, drawn: Drawn, full: _Full | None) -> None:
        self._facts.note(link, placeholder=drawn.placeholder)
        if full is not None:
            self._facts.note(
                link,
                media_type=full.media_type,
                size_bytes=full.size_bytes,
                width=drawn.width,
                height=drawn.height,
                duration_seconds=drawn.duration_seconds,
            )


def _is_too_small(made: _Made) -> bool:
    drawn, full = made
    return full is None and max(drawn.width, drawn.height) < LEAST_SIDE


def _to_full(spool: Spool) -> _Full:
    found = sniff(next(spool.read(), b"")[:GLANCE_BYTES])
    return _Full(spool.total, None if found is None else found.media_type)


def _to_key(link: Link) -> str:
    return keys.rendition(link.etag)


async def _look(store: Store, key: str) -> bytes | None:
    try:
        return await store.get(key)
    except StoreError:
        return None


async def _keep(store: Store, key: str, made: bytes) -> None:
    seconds = _REFUSED_SECONDS if made == _REFUSED else _KEEP_SECONDS
    with contextlib.suppress(StoreError):
        await store.put(key, made, keep_seconds=seconds)
