"""How much a caller may still ask in this minute, over all replicas."""

import asyncio
import math
from collections import OrderedDict

from msgspec import Struct

from gateway.concurrency.tasks import begin_behind
from gateway.coordination import keys
from gateway.plugin.errors import StoreError
from gateway.ports.clock import Clock
from gateway.ports.stores import Store

WINDOW_SECONDS = 60
_SYNC_SECONDS = 0.1
_BATCH_SHARE = 0.01
"""What part of the limit a replica may have counted that the others do not know of."""
_NEAR_SHARE = 0.1
_NEAR = 20
"""How much is left of the limit, as a part or in requests, when each is summed up."""
_MOST_CALLERS = 10_000


class Quota(Struct, frozen=True, kw_only=True):
    """What is left of a caller's limit, and after how many seconds it is whole again."""

    limit: int
    remaining: int
    reset_seconds: int
    is_spent: bool


class _Count:
    """One caller's requests in one window: the sum of all replicas, and what is new.

    `sent` are those that are being summed up.
    """

    def __init__(self, window: int) -> None:
        self.window = window
        self.summed = 0
        self.sent = 0
        self.new = 0
        self.is_known = False
        self.due: asyncio.Task[None] | None = None

    @property
    def all(self) -> int:
        return self.summed + self.sent + self.new


class Quotas:
    """Counts in windows of a minute; `shared` sums up what all replicas have counted.

    The sum is waited for where it may decide: with a caller's first request of a
    window, with each one near the limit, and with one in so many of a hurried caller.
    Else it is made behind, within a tenth of a second.
    """

    def __init__(self, per_minute: int, shared: Store | None, clock: Clock) -> None:
        self._limit = per_minute
        self._near = max(_NEAR, round(per_minute * _NEAR_SHARE))
        self._batch = max(1, round(per_minute * _BATCH_SHARE))
        self._shared = shared
        self._clock = clock
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    async def count(self, caller: str) -> Quota:
        """Count a request, unless the caller has none left."""
        now = self._clock.now()
        count = self._find(caller, int(now // WINDOW_SECONDS))
        place = count.all + 1
        if place <= self._limit:
            count.new += 1
            if self._shared is not None:
                place = await self._to_place(self._shared, caller, count)
        return Quota(
            limit=self._limit,
            remaining=max(0, self._limit - place),
            reset_seconds=math.ceil(WINDOW_SECONDS - now % WINDOW_SECONDS),
            is_spent=place > self._limit,
        )

    def _find(self, caller: str, window: int) -> _Count:
        count = self._counts.get(caller)
        if count is None or count.window != window:
            count = self._counts[caller] = _Count(window)
        self._counts.move_to_end(caller)
        if len(self._counts) > _MOST_CALLERS:
            self._counts.popitem(last=False)
        return count

    async def _to_place(self, shared: Store, caller: str, count: _Count) -> int:
        """Return the ordinal in its window of the request that was just counted."""
        place = count.all
        is_near = self._limit - place < self._near
        if not count.is_known or is_near or count.new >= self._batch:
            return await self._sum(shared, caller, count)
        if count.due is None:
            count.due = begin_behind(self._sum_later(shared, caller, count))
        return place

    async def _sum_later(self, shared: Store, caller: str, count: _Count) -> None:
        await asyncio.sleep(_SYNC_SECONDS)
        count.due = None
        if count.new:
            await self._sum(shared, caller, count)

    async def _sum(self, shared: Store, caller: str, count: _Count) -> int:
        """Sum up what is new; give the sum, or the part of it that is known."""
        new, count.new = count.new, 0
        count.sent += new
        key = keys.quota(caller, count.window)
        try:
            place = await shared.add(key, new, keep_seconds=2 * WINDOW_SECONDS)
        except StoreError:
            count.new += new
            place = count.all - new
        else:
            count.summed, count.is_known = place, True
        finally:
            count.sent -= new
        return place
