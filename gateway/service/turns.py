"""Whose turn it is, of all replicas, to call for a page; the others wait for it.

A page that must follow another is of use to the others with its link only. So whoever
has read it keeps its turn while the check is under way that proves the link.
"""

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeAlias

from cachetools import TTLCache
from msgspec import Struct

from gateway.core import budget
from gateway.core.chain import follows
from gateway.core.clock import Clock
from gateway.core.errors import StoreError
from gateway.core.page import Page
from gateway.core.search import Read
from gateway.core.stores import Store
from gateway.service.leases import Lease

_LEFT = 1_024
_LEFT_SECONDS = 60.0

Look: TypeAlias = Callable[[], Awaitable[Page | None]]
"""Looks for a good page among those that are shared."""


class Turn(Struct, frozen=True, kw_only=True):
    """A shared page, or else the turn to call, with its lease if others know of it.

    `is_saved`: another replica was calling for the page.
    """

    page: Page | None = None
    lease: Lease | None = None
    is_saved: bool = False

    def leave(self) -> None:
        """Keep it no longer than it lasts by itself."""
        if self.lease is not None:
            self.lease.leave()

    def give_up(self) -> None:
        """Let another try."""
        if self.lease is not None:
            self.lease.drop()


class _Left(Struct, frozen=True):
    """A lease on a page that was read, kept until that is shared as it was wanted."""

    lease: Lease
    read: Read


class Turns:
    """Turns at pages, over all that share a store; without one all may call."""

    def __init__(self, store: Store | None, clock: Clock) -> None:
        self._store = store
        self._left: TTLCache[str, _Left] = TTLCache(
            _LEFT, _LEFT_SECONDS, timer=clock.now
        )
        self._unproven: TTLCache[int, Lease] = TTLCache(
            _LEFT, _LEFT_SECONDS, timer=clock.now
        )

    async def take(self, key: str, read: Read, look: Look) -> Turn:
        """Look whether another replica has a page, or is about to; else take the turn."""
        if self._store is None or not _may_be_shared(read):
            return Turn()
        page = await look()
        if page is not None:
            return Turn(page=page)
        lease, is_taken = Lease(self._store, _to_name(key, read)), False
        with contextlib.suppress(StoreError):
            left = self._left.get(key)
            if left is not None and _to_name(key, left.read) == _to_name(key, read):
                lease, is_taken = left.lease, await left.lease.resume()
            if is_taken or await lease.take():
                return await self._look_again(lease, look)
            with budget.lifted():
                return await self._wait(lease, look)
        return Turn(lease=lease)

    @contextlib.contextmanager
    def proving(self, read: Read) -> Iterator[None]:
        """Keep the turn at the page that this read is to prove the link of."""
        lease = self._unproven.get(read.after)
        if lease is not None:
            lease.keep()
        try:
            yield
        finally:
            if lease is not None:
                lease.linger()

    def leave(self, turn: Turn, key: str, read: Read, page: Page) -> None:
        """Keep the turn for the moment that it takes to share the page."""
        if turn.lease is None:
            return
        turn.lease.linger()
        self._left[key] = _Left(turn.lease, read)
        if read.here is not None:
            self._unproven[page.held] = turn.lease

    async def end(self, key: str, page: Page) -> None:
        """Let the others on once a page is shared as they want it."""
        left = self._left.get(key)
        if left is not None and suits(left.read, page):
            del self._left[key]
            self._unproven.pop(page.held, None)
            await left.lease.drop()

    async def _look_again(self, lease: Lease, look: Look) -> Turn:
        """Look for what another may have shared before it dropped the lease."""
        try:
            page = await look()
        except BaseException:
            lease.leave()
            raise
        if page is None:
            return Turn(lease=lease)
        lease.drop()
        return Turn(page=page)

    async def _wait(self, lease: Lease, look: Look) -> Turn:
        page = await lease.wait(look)
        if page is not None:
            return Turn(page=page, is_saved=True)
        return await self._look_again(lease, look)


def suits(read: Read, page: Page) -> bool:
    """Tell whether a kept page can be what is wanted."""
    if read.here is not None:
        return follows(read.here, page)
    return read.after == 0


def _may_be_shared(read: Read) -> bool:
    return read.after == 0 or read.here is not None


def _to_name(key: str, read: Read) -> str:
    """Name a page; one that must follow another by that one's end, too."""
    return key if read.here is None else f"{key}:{read.here.last_id}"
