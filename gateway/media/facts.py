"""What is known of files that have been looked into: type, size, dimensions.

Told to the other replicas behind the answer, and asked for ahead of a page that shows it.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from sys import getsizeof

import msgspec
from cachetools import TTLCache
from msgspec import Struct, structs

from gateway.concurrency.behind import Behind
from gateway.coordination import keys
from gateway.media.content.sniff import Format
from gateway.media.link import Link
from gateway.plugin.errors import StoreError
from gateway.ports.caches import Cache, to_key_bytes
from gateway.ports.clock import Clock
from gateway.ports.packing import unpack
from gateway.ports.stores import Stores

_ASKED = 5_000
_KEEP_SECONDS = 30 * 86_400.0
_ASKED_SECONDS = 2.0
"""For how long what has been asked for is not asked for again."""
_ANSWER_SECONDS = 0.05


class Known(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of an asset that only its bytes tell."""

    width: int | None = None
    height: int | None = None
    placeholder: str | None = None
    size_bytes: int | None = None
    duration_seconds: float | None = None
    media_type: str | None = None


class Facts:
    """Remembers facts by account, item, asset and version; the least used go first."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._shared = stores.shared
        caches = stores.caches
        self._known: Cache[str, Known] = caches.make("facts", _to_bytes)
        self._formats: Cache[str, Format] = caches.make("formats", to_key_bytes)
        self._asked: TTLCache[str, bool] = TTLCache(
            _ASKED, _ASKED_SECONDS, timer=clock.now
        )
        self._unsaved: dict[str, Known] = {}
        self._saving = Behind()

    def find(self, link: Link) -> Known | None:
        return self._known.get(_to_key(link))

    def find_format(self, link: Link) -> Format | None:
        return self._formats.get(_to_key(link))

    def note_format(self, link: Link, found: Format) -> None:
        self._formats.put(_to_key(link), found)

    def note(self, link: Link, **learnt: object) -> None:
        """Add what was found out; None tells nothing."""
        key = _to_key(link)
        before = self._known.get(key, Known())
        new = {name: value for name, value in learnt.items() if value is not None}
        known = structs.replace(before, **new)
        self._known.put(key, known)
        if known == before or self._shared is None:
            return
        self._unsaved[key] = known
        self._saving.begin(self._save)

    async def load(self, links: Iterable[Link]) -> None:
        """Ask for what other replicas have found out, where little is known here."""
        spelt = {_to_key(link) for link in links}
        wanted = [k for k in spelt if not self._is_whole(k) and k not in self._asked]
        if not wanted:
            return
        self._asked.update(dict.fromkeys(wanted, True))
        for key, known in (await self._fetch(wanted)).items():
            self._known.put(key, _join(self._known.get(key, Known()), known))

    def _is_whole(self, key: str) -> bool:
        known = self._known.get(key)
        return known is not None and None not in {known.placeholder, known.media_type}

    async def _fetch(self, wanted: Sequence[str]) -> dict[str, Known]:
        """Return what is shared of files, as far as somebody can be asked."""
        if self._shared is None:
            return {}
        try:
            found = await self._shared.get_many(wanted)
        except StoreError:
            return {}
        pairs = (
            (k, unpack(packed, Known)) for k, packed in zip(wanted, found, strict=True)
        )
        return {key: known for key, known in pairs if known is not None}

    async def aclose(self) -> None:
        await self._saving.aclose()

    async def _save(self) -> None:
        """Add to what is shared by now."""
        await asyncio.sleep(_ANSWER_SECONDS)
        while self._unsaved and self._shared is not None:
            mine, self._unsaved = self._unsaved, {}
            theirs = await self._fetch(list(mine))
            packed = {
                key: msgspec.msgpack.encode(_join(known, theirs.get(key, Known())))
                for key, known in mine.items()
            }
            with contextlib.suppress(StoreError):
                await self._shared.put_many(packed, keep_seconds=_KEEP_SECONDS)


def _to_bytes(key: str, known: Known) -> int:
    return 300 + getsizeof(key) + getsizeof(known.placeholder)


def _join(known: Known, more: Known) -> Known:
    """Add what only the other one tells."""
    fields = {k: v for k, v in structs.asdict(known).items() if v is not None}
    return structs.replace(more, **fields)


def _to_key(link: Link) -> str:
    return keys.facts(link.account.hex(), link.file_key)
