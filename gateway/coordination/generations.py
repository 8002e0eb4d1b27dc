"""Which generation of an account's pages is good: a purge begins a new one everywhere.

A generation is a random number in the shared store, part of every page's key. Each
process remembers it and hears of new ones; where it may have missed one it asks again.
A store that then tells of a former one has lost what came after, as a replica does that
took its master's place too soon: it is told again, at once by the process that began it.
"""

import secrets
from collections import deque
from collections.abc import Sequence
from sys import getsizeof

from gateway.concurrency.behind import Behind
from gateway.coordination import keys
from gateway.coordination.validity import Validities, Validity
from gateway.plugin.errors import StoreError
from gateway.ports.caches import States
from gateway.ports.stores import Stores

_TOPIC = "purge"
_KEEP_SECONDS = 7 * 86_400.0
_MOST_BEFORE = 16
_MOST_BEGUN = 256
_STATE_BYTES, _BEFORE_BYTES = 250, 80
"""What an account's state takes, and each generation that was good before."""


class _State:
    """What is known of one account's generation, if anything.

    `announced` is the last one that a purge began, `before` those that were good before.
    """

    __slots__ = ("__weakref__", "announced", "before", "is_sure", "known")

    def __init__(self) -> None:
        self.known: str | None = None
        self.announced: str | None = None
        self.before: tuple[str, ...] = ()
        self.is_sure = False


class Generations:
    """Knows each account's generation, without a shared store its own alone.

    That of an account that was used longest ago is forgotten: another begins, or the
    shared one is asked for.
    """

    def __init__(self, stores: Stores) -> None:
        self._shared = stores.shared
        self._news = stores.news
        self._validities = Validities()
        self._states: States[_State] = States(
            stores.caches.make("generations", _to_bytes), _State
        )
        self._untold: dict[str, _State] = {}
        self._begun: deque[str] = deque(maxlen=_MOST_BEGUN)
        self._settling = Behind()
        self._doubts = 0
        stores.news.listen(_TOPIC, self._hear)

    def at_hand(self, account_key: str) -> str | None:
        """Return what need not be asked for; None: ask for it."""
        state = self._states.find(account_key)
        if state is not None and state.is_sure and self._news.is_current:
            return state.known
        return None

    async def current(self, account_key: str) -> str:
        """Return the account's generation; the last known one while nobody can be asked."""
        known = self.at_hand(account_key)
        if known is not None:
            return known
        state = self._states.at(account_key)
        if account_key in self._untold:
            await self._announce(account_key)
        return await self._settle(
            account_key, state, state.known or secrets.token_hex(8)
        )

    def before(self, account_key: str) -> Sequence[str]:
        """Return the generations that were good before, the latest first.

        Their pages are no longer shown, but for bad days, without what was deleted.
        """
        state = self._states.find(account_key)
        return () if state is None else state.before

    def validity(self, account_key: str) -> Validity:
        """Return what is void once another generation may have begun."""
        return self._validities.get(account_key)

    async def renew(self, account_key: str) -> None:
        """Leave all pages of an account behind, in every replica."""
        state, generation = self._states.at(account_key), secrets.token_hex(8)
        self._begin(account_key, state, generation)
        state.announced, state.is_sure = generation, True
        self._untold[account_key] = state
        self._begun.append(account_key)
        self._validities.void(account_key)
        await self._announce(account_key)

    async def aclose(self) -> None:
        """End what is being told behind."""
        await self._settling.aclose()

    async def _settle(self, account_key: str, state: _State, mine: str) -> str:
        """Agree with the others; a purge in the meantime is newer than their answer."""
        announced, doubts = state.announced, self._doubts
        settled = mine
        if self._shared is not None:
            try:
                kept = await self._shared.get_or_set(
                    keys.generation(account_key),
                    mine.encode(),
                    keep_seconds=_KEEP_SECONDS,
                )
            except StoreError:
                state.known = state.known or mine
                return state.known
            settled = kept.decode("ascii", "replace")
        if state.announced != announced:
            return state.known or settled
        if settled in state.before:
            settled, self._untold[account_key] = state.known or mine, state
            await self._announce(account_key)
        self._begin(account_key, state, settled)
        if self._doubts == doubts:
            state.is_sure = True
        return settled

    def _begin(self, account_key: str, state: _State, generation: str) -> None:
        if state.known is not None and state.known != generation:
            before = (one for one in state.before if one != generation)
            state.before = (state.known, *before)[:_MOST_BEFORE]
        state.known = generation
        self._states.weigh(account_key, state)

    async def _announce(self, account_key: str) -> None:
        """Tell the others; what cannot be told now is told when they can be."""
        state = self._untold[account_key]
        known = state.known or ""
        try:
            if self._shared is not None:
                await self._shared.put(
                    keys.generation(account_key),
                    known.encode(),
                    keep_seconds=_KEEP_SECONDS,
                )
            await self._news.publish(_TOPIC, f"{account_key} {known}")
        except StoreError:
            return
        if state.known == known:
            self._untold.pop(account_key, None)

    def _settle_again(self) -> None:
        """Have what this process began known again, should it have been lost."""
        if self._begun and self._shared is not None:
            self._settling.begin(self._settle_begun)

    async def _settle_begun(self) -> None:
        for account_key in dict.fromkeys(self._begun):
            await self.current(account_key)

    def _hear(self, text: str) -> None:
        account_key, _, generation = text.partition(" ")
        if not generation:
            self._doubts += 1
            for state in self._states:
                state.is_sure = False
            self._validities.void_all()
            self._settle_again()
            return
        heard = self._states.find(account_key)
        if heard is None:  # of no account that is known here
            self._validities.void(account_key)
        elif heard.known != generation:
            self._begin(account_key, heard, generation)
            heard.announced = generation
            self._validities.void(account_key)


def _to_bytes(account_key: str, state: _State) -> int:
    before = _BEFORE_BYTES * len(state.before)
    return _STATE_BYTES + getsizeof(account_key) + before
