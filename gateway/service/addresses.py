"""Where items' bytes are upstream, kept for a day after they were listed.

What an item is listed with anew (upstreams sign addresses anew in every listing) is
written behind the answer, the latest one only.
"""

import asyncio
import contextlib
from collections.abc import Iterable

import msgspec
from cachetools import LRUCache

from gateway.core import budget
from gateway.core.digest import to_key
from gateway.core.errors import StoreError
from gateway.core.ports import Entry, Store, Stores
from gateway.service.credentials import Account

KEEP_SECONDS = 86_400.0
_AT_HAND = 4_096
_ANSWER_SECONDS = 0.05
_STEP = 64


class Addresses:
    """Keeps entries by account and item; those whose paths need no keeping are left out."""

    def __init__(self, stores: Stores) -> None:
        self._store: Store = stores.shared or stores.own
        self._at_hand: LRUCache[str, Entry] = LRUCache(_AT_HAND)
        self._unsaved: dict[str, Entry] = {}
        self._saving: asyncio.Task[None] | None = None

    def note(self, account: Account, entries: Iterable[Entry]) -> None:
        """Take over what was listed just now."""
        for entry in entries:
            if entry.media and not _is_lasting(entry):
                self._unsaved[_to_key(account, entry.id)] = entry
        if self._unsaved and (self._saving is None or self._saving.done()):
            with budget.lifted():
                self._saving = asyncio.create_task(self._save())

    async def find(self, account: Account, item_id: str) -> Entry | None:
        key = _to_key(account, item_id)
        entry = self._unsaved.get(key) or self._at_hand.get(key)
        if entry is not None:
            return entry
        try:
            packed = await self._store.get(key)
        except StoreError:
            return None
        return None if packed is None else _unpack(packed)

    def forget(self, account: Account, item_id: str) -> None:
        key = _to_key(account, item_id)
        self._unsaved.pop(key, None)
        self._at_hand.pop(key, None)

    async def aclose(self) -> None:
        if self._saving is not None:
            self._saving.cancel()
            await asyncio.gather(self._saving, return_exceptions=True)

    async def _save(self) -> None:
        await asyncio.sleep(_ANSWER_SECONDS)
        done = 0
        while self._unsaved:
            key, entry = next(iter(self._unsaved.items()))
            with contextlib.suppress(StoreError):
                await self._store.put(
                    key, msgspec.msgpack.encode(entry), keep_seconds=KEEP_SECONDS
                )
            if self._unsaved.get(key) is entry:
                del self._unsaved[key]
            self._at_hand[key] = entry
            done += 1
            if done % _STEP == 0:
                await asyncio.sleep(0)


def _is_lasting(entry: Entry) -> bool:
    """Tell whether its paths are good for as long as the item is there."""
    return all((media.full or "/").startswith("/") for media in entry.media)


def _to_key(account: Account, item_id: str) -> str:
    return f"media:{account.key}:{to_key(item_id.encode('utf-8', 'surrogatepass'))}"


def _unpack(packed: bytes) -> Entry | None:
    try:
        return msgspec.msgpack.decode(packed, type=Entry)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
