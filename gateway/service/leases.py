"""One at a time over all replicas: a lease in the shared store, kept while it is used."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.core import budget
from gateway.core.errors import StoreError
from gateway.core.stores import Store

LEASE_SECONDS = 1.5
"""How long a lease outlives its holder: by then another takes over."""
_RENEW_SECONDS = 0.5
_MOST_RENEWALS = 240
"""A holder that takes longer than two minutes is not waited for any more."""
_LAST_RENEWALS = 3
"""For what is left to be done, which a busy process may come to late."""
_POLL_SECONDS = 0.02

Found = TypeVar("Found")


_dropping: set[asyncio.Task[None]] = set()
"""What asyncio itself would forget."""


async def _find_nothing() -> None:
    return None


class Lease:
    """A claim to be the one who does a thing; away with the store, all may.

    Whoever waits for one or takes it drops it in the end, whatever comes between: a
    claim that was not answered may have been heard, and others would wait for it.
    """

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._key = f"lease:{name}"
        self._value = secrets.token_bytes(8)
        self._renewing: asyncio.Task[None] | None = None
        self._renewals = 0
        self._may_be_ours = False

    async def wait(
        self, look: Callable[[], Awaitable[Found | None]] = _find_nothing
    ) -> Found | None:
        """Take it once nobody has it; or give what is found before that.

        Raises:
            StoreError: nobody can be asked.
        """
        while not await self.take():
            await asyncio.sleep(_POLL_SECONDS)
            found = await look()
            if found is not None:
                return found
        return None

    async def take(self) -> bool:
        """Claim it, and keep it until it is left or dropped.

        Raises:
            StoreError: nobody can be asked.
        """
        loop = asyncio.get_running_loop()
        self._may_be_ours, asked_at = True, loop.time()
        is_taken = await self._store.claim(
            self._key, self._value, keep_seconds=LEASE_SECONDS
        )
        if is_taken and loop.time() - asked_at > _RENEW_SECONDS:
            # heard late, it may have run out
            is_taken = await self._hold()
        self._may_be_ours = is_taken
        if is_taken:
            self.keep()
        return is_taken

    async def resume(self) -> bool:
        """Keep one that was left, if nobody has taken it since.

        Raises:
            StoreError: nobody can be asked.
        """
        is_held = await self._hold()
        if is_held:
            self.keep()
        return is_held

    def keep(self) -> None:
        """Go on with it, behind, for as long as it is not left."""
        self._go_on(_MOST_RENEWALS)

    def linger(self) -> None:
        """Go on with it for a moment only: what it is for is all but done."""
        self._go_on(_LAST_RENEWALS)

    def leave(self) -> None:
        """Keep it no longer than it lasts by itself."""
        if self._renewing is not None:
            self._renewing.cancel()
            self._renewing = None

    def drop(self) -> asyncio.Task[None]:
        """Let another take it, behind, whether or not anybody awaits that."""
        self.leave()
        may_be_ours, self._may_be_ours = self._may_be_ours, False
        with budget.lifted():
            task = asyncio.create_task(self._release(may_be_ours=may_be_ours))
        _dropping.add(task)
        task.add_done_callback(_dropping.discard)
        return task

    async def _release(self, *, may_be_ours: bool) -> None:
        if may_be_ours:
            with contextlib.suppress(StoreError):
                await self._store.release(self._key, self._value)

    def _go_on(self, renewals: int) -> None:
        self._may_be_ours, self._renewals = True, renewals
        if self._renewing is None or self._renewing.done():
            with budget.lifted():
                self._renewing = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        while self._renewals > 0:
            self._renewals -= 1
            await asyncio.sleep(_RENEW_SECONDS)
            with contextlib.suppress(StoreError):
                await self._hold()

    async def _hold(self) -> bool:
        return await self._store.hold(
            self._key, self._value, keep_seconds=LEASE_SECONDS
        )
