"""One at a time over all replicas: a lease in the shared store, kept while it is used."""

import asyncio
import contextlib
import secrets

from gateway.core import budget
from gateway.core.errors import StoreError
from gateway.core.stores import Store

LEASE_SECONDS = 1.5
"""How long a lease outlives its holder: by then another takes over."""
_RENEW_SECONDS = 0.5


class Lease:
    """A claim to be the one who does a thing; away with the store, all may."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._key = f"lease:{name}"
        self._value = secrets.token_bytes(8)
        self._renewing: asyncio.Task[None] | None = None

    async def take(self) -> bool:
        """Claim it, and keep it until it is left or dropped.

        Raises:
            StoreError: nobody can be asked.
        """
        is_taken = await self._store.claim(
            self._key, self._value, keep_seconds=LEASE_SECONDS
        )
        if is_taken:
            self.keep()
        return is_taken

    async def resume(self) -> bool:
        """Keep one that was left, if nobody has taken it since.

        Raises:
            StoreError: nobody can be asked.
        """
        is_held = await self._store.hold(
            self._key, self._value, keep_seconds=LEASE_SECONDS
        )
        if is_held:
            self.keep()
        return is_held

    def keep(self) -> None:
        """Go on with it, behind, for as long as it is not left."""
        self.leave()
        with budget.lifted():
            self._renewing = asyncio.create_task(self._renew())

    def leave(self) -> None:
        """Keep it no longer than it lasts by itself."""
        if self._renewing is not None:
            self._renewing.cancel()
            self._renewing = None

    async def drop(self) -> None:
        """Let another take it."""
        self.leave()
        with contextlib.suppress(StoreError):
            await self._store.release(self._key, self._value)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            with contextlib.suppress(StoreError):
                await self._store.hold(
                    self._key, self._value, keep_seconds=LEASE_SECONDS
                )
