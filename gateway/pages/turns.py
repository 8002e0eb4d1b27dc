"""Whose turn it is, of all replicas, to call for a page; the others wait for it.

A page that must follow another is of use to the others with its predecessor only. So a
turn is held by all who have something to do for it: the call, whoever waits for that and
then proves the predecessor, and what puts the page where the others find it. With the
last of them it ends, whatever has become of the page: nobody waits for a turn that
nobody uses.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol, Self

from msgspec import Struct

from gateway.concurrency import budget
from gateway.coordination.leases import Lease
from gateway.crawl.chain import follows
from gateway.crawl.page import Page
from gateway.crawl.search import Read
from gateway.plugin.errors import StoreError
from gateway.ports.metrics import Watch
from gateway.ports.stores import Store


class Look(Protocol):
    """Looks for a good page among those that are shared."""

    async def find(self) -> Page | None: ...

    async def find_or_take(self, lease: Lease) -> tuple[Page | None, bool | None]:
        """Return one, or take a lease in the same step: whether, or None: not tried."""
        ...


class Shared(Struct, frozen=True):
    """A page that another replica has read; `is_saved`: it was waited for."""

    page: Page
    is_saved: bool = False


class Turn:
    """One process's turn at a page, with its lease if others know of it.

    Each `hold` has its `release`; the last one ends the turn.
    """

    def __init__(
        self, lease: Lease | None = None, end: Callable[[], None] = lambda: None
    ) -> None:
        self._lease = lease
        self._end = end
        self._holders = 0

    @property
    def is_live(self) -> bool:
        return self._holders > 0

    def __enter__(self) -> Self:
        return self.hold()

    def __exit__(self, *_: object) -> None:
        self.release()

    def hold(self) -> Self:
        self._holders += 1
        return self

    def release(self) -> None:
        self._holders -= 1
        if self._holders == 0:
            self._end()

    async def take(self, look: Look) -> Shared | None:
        """Look whether another replica has the page, or is about to; None: call for it."""
        if self._lease is None:
            return None
        with contextlib.suppress(StoreError):
            # One that this process has for an earlier call is not waited for: its end may
            # depend on this very call, as when a walk proves the page that it has read.
            if self._lease.is_kept:
                page = await look.find()
                return None if page is None else Shared(page)
            page, is_ours = await look.find_or_take(self._lease)
            if page is None and is_ours is None:  # a young one, but not what is wanted
                is_ours = await self._lease.take()
                # another may have shared it before it dropped the lease
                page = await look.find()
            if page is not None:
                return Shared(page)
            if is_ours:
                return None
            with budget.lifted():
                page = await self._lease.wait(look.find) or await look.find()
            return None if page is None else Shared(page, is_saved=True)
        return None


class Turns:
    """Turns at pages, over all that share a store; without one all may call."""

    def __init__(self, store: Store | None, watch: Watch) -> None:
        self._store = store
        self._watch = watch
        self._live: dict[str, Turn] = {}
        self._dropping: set[asyncio.Task[None]] = set()

    def at(self, key: str, read: Read) -> Turn:
        """Return this process's turn at a page: the one that it has, or a new one."""
        if self._store is None or not _may_be_shared(read):
            return Turn()
        name = _to_name(key, read)
        turn = self._live.get(name)
        if turn is None:
            lease = Lease(self._store, name, self._watch)
            turn = Turn(lease, lambda: self._end(name, lease))
            self._live[name] = turn
        return turn

    async def aclose(self) -> None:
        """Let the others have what was ended."""
        await asyncio.gather(*self._dropping)

    def _end(self, name: str, lease: Lease) -> None:
        del self._live[name]
        task = lease.drop()
        self._dropping.add(task)
        task.add_done_callback(self._dropping.discard)


def suits(read: Read, page: Page) -> bool:
    """Return whether a kept page can be what is wanted."""
    if read.here is not None:
        return follows(read.here, page)
    return read.after == 0


def _may_be_shared(read: Read) -> bool:
    return read.after == 0 or read.here is not None


def _to_name(key: str, read: Read) -> str:
    """Name a page; one that must follow another by that one's end, too."""
    return key if read.here is None else f"{key}:{read.here.last_id}"
