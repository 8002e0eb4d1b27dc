"""How much a caller may still ask in this minute, counted here and summed up behind."""

import asyncio
from collections import OrderedDict

from msgspec import Struct

from gateway.core import budget
from gateway.core.clock import Clock
from gateway.core.errors import StoreError
from gateway.core.stores import Store

WINDOW_SECONDS = 60
_SYNC_SECONDS = 0.1
_MOST_CALLERS = 10_000


class Quota(Struct, frozen=True, kw_only=True):
    """What is left of a caller's limit, and after how many seconds it is whole again."""

    limit: int
    remaining: int
    reset_seconds: int
    is_spent: bool


class _Count:
    """One caller's requests in one window: the sum of all replicas, and what is new."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.summed = 0
        self.new = 0
        self.syncing: asyncio.Task[None] | None = None


class Quotas:
    """Counts in windows of a minute; `shared` sums up what all replicas have counted.

    The sum is never waited for: between two looks at it a caller may have a little
    more than the limit.
    """

    def __init__(self, per_minute: int, shared: Store | None, clock: Clock) -> None:
        self._limit = per_minute
        self._shared = shared
        self._clock = clock
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def count(self, caller: str) -> Quota:
        """Count a request, unless the caller has none left."""
        now = self._clock.now()
        count = self._find(caller, int(now // WINDOW_SECONDS))
        left = self._limit - count.summed - count.new
        is_spent = left <= 0
        if not is_spent:
            count.new += 1
            self._sync_behind(caller, count)
        return Quota(
            limit=self._limit,
            remaining=max(0, left - 1),
            reset_seconds=max(1, round(WINDOW_SECONDS - now % WINDOW_SECONDS)),
            is_spent=is_spent,
        )

    def _find(self, caller: str, window: int) -> _Count:
        count = self._counts.get(caller)
        if count is None or count.window != window:
            count = self._counts[caller] = _Count(window)
        self._counts.move_to_end(caller)
        if len(self._counts) > _MOST_CALLERS:
            self._counts.popitem(last=False)
        return count

    def _sync_behind(self, caller: str, count: _Count) -> None:
        if self._shared is not None and count.syncing is None:
            with budget.lifted():
                count.syncing = asyncio.create_task(self._sync(caller, count))

    async def _sync(self, caller: str, count: _Count) -> None:
        await asyncio.sleep(_SYNC_SECONDS)
        new, key = count.new, f"quota:{caller}:{count.window}"
        try:
            if self._shared is not None:
                count.summed = await self._shared.add(
                    key, new, keep_seconds=2 * WINDOW_SECONDS
                )
                count.new -= new
        except StoreError:
            pass
        finally:
            count.syncing = None
