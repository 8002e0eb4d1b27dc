"""Which generation of an account's pages is good: a purge begins a new one everywhere.

A generation is a random number in the shared store, part of every page's key. Each
process remembers it and hears of new ones; where it may have missed one it asks again.
"""

import secrets
from collections import defaultdict, deque
from collections.abc import Sequence

from gateway.coordination.validity import Validities, Validity
from gateway.plugin.errors import StoreError
from gateway.ports.stores import Stores

_TOPIC = "purge"
_KEEP_SECONDS = 7 * 86_400.0
_MOST_BEFORE = 16


class Generations:
    """Knows each account's generation, without a shared store its own alone."""

    def __init__(self, stores: Stores) -> None:
        self._shared = stores.shared
        self._news = stores.news
        self._validities = Validities()
        self._known: dict[str, str] = {}
        self._before: defaultdict[str, deque[str]] = defaultdict(
            lambda: deque(maxlen=_MOST_BEFORE)
        )
        self._is_sure: set[str] = set()
        self._told: dict[str, str] = {}
        self._untold: set[str] = set()
        self._doubts = 0
        stores.news.listen(_TOPIC, self._hear)

    def at_hand(self, account_key: str) -> str | None:
        """Return what need not be asked for; None: ask for it."""
        if account_key in self._is_sure and self._news.is_current:
            return self._known[account_key]
        return None

    async def current(self, account_key: str) -> str:
        """Return the account's generation; the last known one while nobody can be asked."""
        known = self.at_hand(account_key)
        if known is not None:
            return known
        if account_key in self._untold:
            await self._announce(account_key)
        mine = self._known.get(account_key) or secrets.token_hex(8)
        return await self._settle(account_key, mine)

    def before(self, account_key: str) -> Sequence[str]:
        """Return the generations that were good before, the latest first.

        Their pages are no longer shown, but for bad days, without what was deleted.
        """
        return self._before.get(account_key, ())

    def validity(self, account_key: str) -> Validity:
        """Return what is void once another generation may have begun."""
        return self._validities.get(account_key)

    async def renew(self, account_key: str) -> None:
        """Leave all pages of an account behind, in every replica."""
        self._told[account_key] = self._begin(account_key, secrets.token_hex(8))
        self._is_sure.add(account_key)
        self._untold.add(account_key)
        self._validities.void(account_key)
        await self._announce(account_key)

    async def _settle(self, account_key: str, mine: str) -> str:
        """Agree with the others; a purge in the meantime is newer than their answer."""
        told, doubts = self._told.get(account_key), self._doubts
        settled = mine
        if self._shared is not None:
            try:
                kept = await self._shared.get_or_set(
                    _to_key(account_key), mine.encode(), keep_seconds=_KEEP_SECONDS
                )
            except StoreError:
                return self._known.setdefault(account_key, mine)
            settled = kept.decode("ascii", "replace")
        if self._told.get(account_key) != told:
            return self._known[account_key]
        self._begin(account_key, settled)
        if self._doubts == doubts:
            self._is_sure.add(account_key)
        return settled

    def _begin(self, account_key: str, generation: str) -> str:
        known = self._known.get(account_key)
        if known is not None and known != generation:
            self._before[account_key].appendleft(known)
        self._known[account_key] = generation
        return generation

    async def _announce(self, account_key: str) -> None:
        """Tell the others; what cannot be told now is told when they can be."""
        known = self._known[account_key]
        try:
            if self._shared is not None:
                await self._shared.put(
                    _to_key(account_key), known.encode(), keep_seconds=_KEEP_SECONDS
                )
            await self._news.publish(_TOPIC, f"{account_key} {known}")
        except StoreError:
            return
        self._untold.discard(account_key)

    def _hear(self, text: str) -> None:
        account_key, _, generation = text.partition(" ")
        if not generation:
            self._doubts += 1
            self._is_sure.clear()
            self._validities.void_all()
        elif self._known.get(account_key) != generation:
            self._told[account_key] = self._begin(account_key, generation)
            self._validities.void(account_key)


def _to_key(account_key: str) -> str:
    return f"generation:{account_key}"
