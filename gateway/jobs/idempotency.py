"""What was asked for with an idempotency key is done once, over all replicas.

A key's record is in the shared store before anything is sent: first for a moment only,
so that a claim whose answer was lost ends by itself, then for a day. One that is still
without an outcome when any operation would be over was left by a replica that died:
nobody knows what became of that. A store that has lost its records is asked for nothing
before all replicas have told it theirs again.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import msgspec
from cachetools import LRUCache
from msgspec import Struct, structs

from gateway.concurrency import budget
from gateway.concurrency.tasks import Tasks
from gateway.coordination.marks import Mark
from gateway.jobs.outcomes import Outcome, Unknown
from gateway.plugin.errors import (
    GatewayError,
    IdempotencyInProgressError,
    IdempotencyMismatchError,
    StoreError,
    StoreUnavailableError,
    UnavailableError,
)
from gateway.ports import sending
from gateway.ports.caches import Cache
from gateway.ports.clock import Clock
from gateway.ports.packing import unpack
from gateway.ports.stores import Store, Stores

KEEP_SECONDS = 86_400.0
RUN_SECONDS = 60.0
"""The longest that an operation may take."""
_CLAIM_SECONDS = 5.0
_MOST_UNWANTED = 10_000
_TOPIC = "idempotency"
_AGAIN = "again"
_LEFT = Unknown("the process that carried it out has ended meanwhile")


class Record(Struct, frozen=True, array_like=True):
    """What a key was used for; `outcome` is None while that is carried out.

    `since` is when it began, in epoch seconds. The nonce tells one claim from another.
    """

    fingerprint: bytes
    since: float
    nonce: bytes
    outcome: Outcome | None = None


class Idempotency:
    """Remembers what was done with each key, for a day.

    What this process did it remembers itself, too, and tells the shared store again
    once that is back: it may have lost everything.
    """

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._shared = stores.shared
        self._clock = clock
        self._own: Cache[str, Record] = stores.caches.make(
            "idempotency", _to_bytes, KEEP_SECONDS, clock
        )
        self._running: dict[str, Record] = {}
        self._claimed: dict[str, Record] = {}
        # one that is forgotten is in progress for all, and then unknown
        self._unwanted: LRUCache[str, bytes] = LRUCache(_MOST_UNWANTED)
        self._tasks = Tasks()
        self._news = stores.news
        self._mark = (
            None
            if stores.shared is None
            else Mark(stores.shared, _TOPIC, self._ask_all)
        )
        stores.news.listen(_TOPIC, self._hear)

    async def once(
        self, key: str, fingerprint: bytes, run: Callable[[], Awaitable[Outcome]]
    ) -> tuple[Outcome, bool]:
        """Return the outcome, and whether it was remembered; `run` it if there is none.

        What `run` raises was not carried out, and is not remembered.

        Raises:
            IdempotencyMismatchError: the key was used for something else.
            IdempotencyInProgressError: that is going on.
            StoreUnavailableError: the shared store cannot be asked.
        """
        record = self._running.get(key) or self._own.get(key)
        if record is None:
            mine = Record(fingerprint, self._clock.now(), secrets.token_bytes(8))
            self._running[key] = mine
            try:
                record = await self._claim(key, mine)
                if record is None:
                    return await self._run(key, mine, run), False
            finally:
                del self._running[key]
        return self._recall(record, fingerprint), True

    async def aclose(self) -> None:
        await self._tasks.aclose()

    async def _run(
        self, key: str, mine: Record, run: Callable[[], Awaitable[Outcome]]
    ) -> Outcome:
        self._claimed[key] = mine
        with sending.watched() as sent:
            try:
                outcome = await _in_time(run, sent)
            except GatewayError:
                with budget.lifted():  # the next to ask may be asked elsewhere, at once
                    await self._give_up(key, mine)
                raise
            except BaseException:
                self._tasks.begin(
                    self._keep(key, mine, Unknown("it was broken off"))
                    if sent.may_have_changed
                    else self._give_up(key, mine)
                )
                raise
            finally:
                del self._claimed[key]
        with budget.lifted():
            await self._keep(key, mine, outcome)
        return outcome

    def _keep(
        self, key: str, mine: Record, outcome: Outcome
    ) -> Coroutine[Any, Any, None]:
        """Remember an outcome at once, and for all once that is awaited."""
        done = structs.replace(mine, outcome=outcome)
        self._own.put(key, done)
        return _share(self._shared, key, done)

    async def _claim(self, key: str, mine: Record) -> Record | None:
        """Return the record that another replica has; None once there is this one."""
        shared, mark = self._shared, self._mark
        if shared is None or mark is None:
            return None
        try:
            await mark.make_sure()
            return await self._claim_at(shared, key, mine)
        except StoreError as error:
            raise StoreUnavailableError(
                "nobody can tell whether it was done before"
            ) from error

    async def _claim_at(self, shared: Store, key: str, mine: Record) -> Record | None:
        packed = msgspec.msgpack.encode(mine)
        try:
            is_ours = await shared.put_new(key, packed, keep_seconds=_CLAIM_SECONDS)
            if is_ours and await shared.extend_if_equal(
                key, packed, keep_seconds=KEEP_SECONDS
            ):
                return None
            return await self._read(shared, key)
        except StoreError:
            self._tasks.begin(self._give_up(key, mine))
            raise

    async def _read(self, shared: Store, key: str) -> Record:
        """Return another replica's record.

        Raises:
            StoreError: it is gone again; the next one to ask has better luck.
        """
        packed = await shared.get(key)
        record = unpack(packed, Record)
        if record is None:
            if packed is not None:  # nothing that was put here
                await shared.delete_if_equal(key, packed)
            raise StoreError("the record is gone")
        return record

    def _recall(self, record: Record, fingerprint: bytes) -> Outcome:
        if record.fingerprint != fingerprint:
            raise IdempotencyMismatchError(
                "the key was used for another request before"
            )
        if record.outcome is not None:
            return record.outcome
        if self._clock.now() - record.since < RUN_SECONDS + _CLAIM_SECONDS:
            raise IdempotencyInProgressError(
                "the first request with this key is being carried out"
            )
        return _LEFT

    def _give_up(self, key: str, mine: Record) -> Coroutine[Any, Any, None]:
        """Take a claim back, once this is awaited and until the store has heard of it."""
        if self._shared is None:
            return asyncio.sleep(0)
        self._unwanted[key] = msgspec.msgpack.encode(mine)
        return self._take_back(self._shared, key)

    async def _take_back(self, shared: Store, key: str) -> None:
        packed = self._unwanted.get(key)
        if packed is not None:
            with contextlib.suppress(StoreError):
                await shared.delete_if_equal(key, packed)
                if self._unwanted.get(key) == packed:
                    del self._unwanted[key]

    def _hear(self, text: str) -> None:
        """Tell the store again what it may have lost, now that it is back."""
        if text in {"", _AGAIN} and self._shared is not None:
            self._tasks.begin(self._tell_again(self._shared))

    def _ask_all(self) -> None:
        """Let every replica tell the store again, which has lost what it was told."""
        self._tasks.begin(self._ask())

    async def _ask(self) -> None:
        with contextlib.suppress(StoreError):
            await self._news.publish(_TOPIC, _AGAIN)

    async def _tell_again(self, shared: Store) -> None:
        for key in tuple(self._unwanted):
            await self._take_back(shared, key)
        for key, record in [*self._claimed.items(), *self._own.items()]:
            if record.outcome is not None or self._claimed.get(key) is record:
                await _share(shared, key, record)
        if self._mark is not None:
            with contextlib.suppress(StoreError):
                await self._mark.look()


async def _in_time(
    run: Callable[[], Awaitable[Outcome]], sent: sending.Sending
) -> Outcome:
    """Run it, for no longer than any may take.

    Raises:
        UnavailableError: nothing was sent meanwhile, as where others had their turn.
    """
    try:
        async with asyncio.timeout(RUN_SECONDS):
            return await run()
    except TimeoutError as error:
        if sent.may_have_changed:
            return Unknown("it takes too long")
        raise UnavailableError("its turn did not come in time") from error


async def _share(shared: Store | None, key: str, record: Record) -> None:
    """Put a record, one without an outcome only where there is none."""
    if shared is None:
        return
    packed = msgspec.msgpack.encode(record)
    with contextlib.suppress(StoreError):
        if record.outcome is None:
            await shared.put_new(key, packed, keep_seconds=KEEP_SECONDS)
        else:
            await shared.put(key, packed, keep_seconds=KEEP_SECONDS)


def _to_bytes(key: str, record: Record) -> int:
    """Count the texts twice: each stands in the outcome as in what holds it."""
    return len(key) + 2 * len(msgspec.msgpack.encode(record))
