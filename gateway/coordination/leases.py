"""One at a time over all replicas: a lease in the shared store, kept while it is used."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from gateway.concurrency.tasks import Tasks, begin_behind
from gateway.coordination import keys
from gateway.plugin.errors import StoreError
from gateway.ports.metrics import LeaseWaited, Watch, unwatched
from gateway.ports.stores import Claim, Store

LEASE_SECONDS = 1.5
"""How long a lease outlives its holder: by then another takes over."""
_RENEW_SECONDS = 0.5
_MOST_RENEWALS = 240
"""A holder that takes longer than two minutes is not waited for any more."""
_POLL_SECONDS = 0.02

Found = TypeVar("Found")


_dropping = Tasks()
"""What asyncio itself would forget."""


async def _find_nothing() -> None:
    return None


class Lease:
    """A claim to be the one who does a thing; away with the store, all may.

    Whoever waits for one or takes it drops it in the end, whatever comes between: a
    claim that was not answered may have been heard, and others would wait for it.
    `watch` is told how long it was waited for, by the first word of the name.
    """

    def __init__(self, store: Store, name: str, watch: Watch = unwatched) -> None:
        self._store = store
        self._kind = name.partition(":")[0]
        self._claim = Claim(keys.lease(name), secrets.token_bytes(8), LEASE_SECONDS)
        self._watch = watch
        self._renewing: asyncio.Task[None] | None = None
        self._may_be_ours = False

    @property
    def is_kept(self) -> bool:
        """Return whether this process has it, as far as it knows."""
        return self._renewing is not None and not self._renewing.done()

    async def wait(
        self, look: Callable[[], Awaitable[Found | None]] = _find_nothing
    ) -> Found | None:
        """Take it once nobody has it; or give what is found before that.

        Raises:
            StoreError: nobody can be asked.
        """
        loop = asyncio.get_running_loop()
        begun_at: float | None = None
        try:
            while not await self.take():
                begun_at = loop.time() if begun_at is None else begun_at
                await asyncio.sleep(_POLL_SECONDS)
                found = await look()
                if found is not None:
                    return found
        finally:
            if begun_at is not None:
                self._watch(LeaseWaited(self._kind, loop.time() - begun_at))
        return None

    async def take(self) -> bool:
        """Claim it, and keep it until it is dropped.

        Raises:
            StoreError: nobody can be asked.
        """
        asked_at = self._ask()
        claim = self._claim
        is_taken = await self._store.claim(
            claim.key, claim.value, keep_seconds=claim.keep_seconds
        )
        return await self._settle(asked_at, is_taken=is_taken)

    async def find_or_take(
        self, key: str, *, least_seconds: float
    ) -> tuple[bytes | None, bool | None]:
        """Return what is kept under a key; claim this unless that is kept so much longer.

        Also return whether it was claimed, or None if it was not tried.

        Raises:
            StoreError: nobody can be asked.
        """
        asked_at = self._ask()
        kept, is_taken = await self._store.get_or_claim(
            key, self._claim, least_seconds=least_seconds
        )
        settled = await self._settle(asked_at, is_taken=bool(is_taken))
        return kept, None if is_taken is None else settled

    def _ask(self) -> float:
        """Take note that a claim may be heard from now on."""
        self._may_be_ours = True
        return asyncio.get_running_loop().time()

    async def _settle(self, asked_at: float, *, is_taken: bool) -> bool:
        """Keep what was claimed, unless that was heard so late that it has run out."""
        now = asyncio.get_running_loop().time()
        if is_taken and now - asked_at > _RENEW_SECONDS:
            is_taken = await self._hold()
        self._may_be_ours = is_taken
        if is_taken:
            self._renewing = begin_behind(self._renew())
        return is_taken

    def leave(self) -> None:
        """Keep it no longer than it lasts by itself, as one that dies does."""
        if self._renewing is not None:
            self._renewing.cancel()
            self._renewing = None

    def drop(self) -> asyncio.Task[None]:
        """Let another take it, behind, whether or not anybody awaits that."""
        self.leave()
        may_be_ours, self._may_be_ours = self._may_be_ours, False
        return _dropping.begin(self._release(may_be_ours=may_be_ours))

    async def _release(self, *, may_be_ours: bool) -> None:
        if may_be_ours:
            with contextlib.suppress(StoreError):
                await self._store.delete_if_equal(self._claim.key, self._claim.value)

    async def _renew(self) -> None:
        is_ours = True
        for _ in range(_MOST_RENEWALS):
            await asyncio.sleep(_RENEW_SECONDS)
            with contextlib.suppress(StoreError):
                is_ours = await self._hold()
            if not is_ours:
                return

    async def _hold(self) -> bool:
        claim = self._claim
        return await self._store.extend_if_equal(
            claim.key, claim.value, keep_seconds=claim.keep_seconds
        )


@contextlib.asynccontextmanager
async def alone(
    store: Store,
    name: str,
    watch: Watch = unwatched,
    *,
    most_seconds: float | None = None,
) -> AsyncIterator[None]:
    """Keep other replicas from doing a thing meanwhile, as far as one can.

    It is done all the same while the store is away, and after a wait of `most_seconds`.
    """
    lease = Lease(store, name, watch)
    try:
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(most_seconds):
                await lease.wait()
        yield
    finally:
        await lease.drop()
