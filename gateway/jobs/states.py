"""How far jobs have come: asked of the upstream by one replica, at most every two seconds.

Nobody is asked while nobody wants to know. What was learnt is kept in the store for all
replicas, and for whoever asks after the upstream has forgotten. An upstream that does
not answer keeps nobody waiting who can be told what was known a moment ago.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from gateway.concurrency.single_flight import SingleFlight
from gateway.coordination import keys
from gateway.plugin.errors import StoreError, UnavailableError, UpstreamError
from gateway.ports import sending
from gateway.ports.clock import Clock
from gateway.ports.packing import unpack
from gateway.ports.stores import Store, Stores

JobStatus: TypeAlias = Literal["queued", "processing", "succeeded", "failed", "unknown"]
POLL_SECONDS = 2.0
LOOK_SECONDS = 0.25
"""How often it is looked whether another replica knows more."""
_PACE_SECONDS = 2.05
"""The pace that is kept, from an answer to the next call: clocks differ by a little."""
_ASKING_SECONDS = 4.0
"""How long one who asks keeps the others from it, who may have died meanwhile."""
_PATIENCE_SECONDS = 2.0
"""How long an answer is waited for where it is known how far the job has come."""
_DEADLINE_SECONDS = 8.0
"""How long where nothing is."""
_KEEP_SECONDS = 2 * 86_400.0
_GOOD_SECONDS = 30.0
"""For how long what was learnt last is told while the upstream cannot be asked."""

Poll: TypeAlias = Callable[["JobState | None"], Awaitable["JobState"]]
"""Asks the upstream; is given what is known."""


class JobState(Struct, frozen=True, kw_only=True, array_like=True):
    """What is known of a job, as of `polled_at`; times are in epoch seconds.

    `made_at` is when the upstream was first seen to have finished it, `finished_at`
    when it was over.
    """

    status: JobStatus
    polled_at: float
    position: int | None = None
    item_ids: tuple[str, ...] = ()
    error: str | None = None
    made_at: float | None = None
    finished_at: float | None = None

    @property
    def is_final(self) -> bool:
        return self.status in {"succeeded", "failed"}

    @property
    def is_running(self) -> bool:
        return self.status in {"queued", "processing"}


class JobStates:
    """Knows jobs by their keys in the store."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._shared = stores.shared
        self._own = stores.own
        self._clock = clock
        self._asking = SingleFlight[JobState]()

    async def find(self, key: str) -> JobState | None:
        """Return what is known of a job without asking anybody."""
        if self._shared is not None:
            with contextlib.suppress(StoreError):
                found = unpack(await self._shared.get(key), JobState)
                if found is not None:
                    return found
        # the shared one may have lost what this process has learnt
        return unpack(await self._own.get(key), JobState)

    async def learn(self, key: str, poll: Poll) -> JobState:
        """Return what is known of a job, asked anew if that is due.

        Raises:
            UpstreamError: it cannot be asked, and not enough is known.
        """
        task = self._asking.join(key, lambda: self._learn(key, poll))
        try:
            await asyncio.wait({task}, timeout=_PATIENCE_SECONDS)
            if not task.done():
                known = await self.find(key)
                if known is not None and self._is_good(known):
                    return known
                await asyncio.wait(
                    {task}, timeout=_DEADLINE_SECONDS - _PATIENCE_SECONDS
                )
            if task.done():
                return task.result()
        finally:
            del task  # what it raises refers to this, and would so to itself
        raise UnavailableError("it does not answer in time")

    async def keep(self, key: str, state: JobState) -> None:
        packed = msgspec.msgpack.encode(state)
        await self._own.put(key, packed, keep_seconds=_KEEP_SECONDS)
        if self._shared is not None:
            with contextlib.suppress(StoreError):
                await self._shared.put(key, packed, keep_seconds=_KEEP_SECONDS)

    async def aclose(self) -> None:
        await self._asking.aclose()

    async def _learn(self, key: str, poll: Poll) -> JobState:
        while True:
            known = await self.find(key)
            if known is not None and known.is_final:
                return known
            if await self._may_poll(key):
                return await self._poll(key, known, poll)
            if known is not None:
                return known
            await asyncio.sleep(LOOK_SECONDS)

    async def _may_poll(self, key: str) -> bool:
        """Claim the turn; away with the shared store, that of this process alone."""
        if await self._own.get(keys.poll(key)) is not None:
            return False  # this process has asked, whatever the shared one has lost
        for store in self._stores:
            with contextlib.suppress(StoreError):
                is_ours = await store.claim(
                    keys.poll(key), b"1", keep_seconds=_ASKING_SECONDS
                )
                if is_ours:
                    await self._keep_turn(key, _ASKING_SECONDS)
                return is_ours
        return True

    async def _keep_turn(self, key: str, seconds: float) -> None:
        """Let nobody ask for so long; also where the shared store is lost meanwhile."""
        for store in self._stores:
            with contextlib.suppress(StoreError):
                await store.put(keys.poll(key), b"1", keep_seconds=seconds)

    @property
    def _stores(self) -> tuple[Store, ...]:
        return (self._own,) if self._shared is None else (self._shared, self._own)

    async def _poll(self, key: str, known: JobState | None, poll: Poll) -> JobState:
        try:
            # a call that fails is made again at the next turn, and no sooner
            with sending.once():
                state = await poll(known)
            await self.keep(key, state)
        except UpstreamError:
            if known is None or not self._is_good(known):
                raise
            return known
        finally:
            await self._keep_turn(key, _PACE_SECONDS)
        return state

    def _is_good(self, known: JobState) -> bool:
        return known.polled_at >= self._clock.now() - _GOOD_SECONDS
