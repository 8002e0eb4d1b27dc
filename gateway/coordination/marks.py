"""Whether the shared store still has what it was told, or has begun anew, empty.

Each process knows the mark that stands in the store. Another one, or none: the store
lost all that it was told, and those who know something of it tell it again. For a
moment nobody can say what was there before. So it is for a process that is new itself
and finds none: others may have known one.
"""

import asyncio
import secrets
from collections.abc import Callable

from gateway.coordination import keys
from gateway.ports.stores import Store

GRACE_SECONDS = 2.5
"""How long everybody has to notice that the store is back, and to tell it again."""
_KEEP_SECONDS = 30 * 86_400.0


class Mark:
    """A mark by its name; `lose` is called when it is found to be another one."""

    def __init__(self, store: Store, name: str, lose: Callable[[], None]) -> None:
        self._store = store
        self._key = keys.mark(name)
        self._lose = lose
        self._known: bytes | None = None
        self._sure_at = 0.0

    async def look(self) -> None:
        """Look whether the store has lost what it was told.

        Raises:
            StoreError: it cannot be asked.
        """
        known = self._known
        if known is not None and await self._store.extend_if_equal(
            self._key, known, keep_seconds=_KEEP_SECONDS
        ):
            return
        mine = secrets.token_bytes(8)
        found = await self._store.get_or_set(
            self._key, mine, keep_seconds=_KEEP_SECONDS
        )
        self._known = found
        if found == mine or known not in {None, found}:
            self._sure_at = asyncio.get_running_loop().time() + GRACE_SECONDS
            self._lose()

    async def make_sure(self) -> None:
        """Look, and wait until whoever knows something has told it to the store again.

        Raises:
            StoreError: it cannot be asked.
        """
        await self.look()
        while (left := self._sure_at - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(left)
            await self.look()
