"""Our own limit on calls to a provider, counted over all replicas."""

import asyncio

from gateway.coordination import keys
from gateway.plugin.errors import StoreError, UnavailableError
from gateway.ports.clock import Clock
from gateway.ports.stores import Stores

_TOO_MANY = 429


class Pace:
    """Lets so many calls a second pass; the others wait, for so long at the most.

    Counted in windows of a second, or of as many as one call takes; while the store is
    away, by this process alone.
    """

    def __init__(
        self,
        name: str,
        stores: Stores,
        clock: Clock,
        *,
        per_second: float,
        most_seconds: float,
    ) -> None:
        self._name = name
        self._window_seconds = max(1.0, 1.0 / per_second)
        self._most = max(1, int(per_second * self._window_seconds))
        self._most_seconds = most_seconds
        self._own = stores.own
        self._shared = stores.shared or stores.own
        self._clock = clock

    async def wait(self) -> None:
        """Wait for a turn.

        Raises:
            UnavailableError: none comes in time.
        """
        waited = 0.0
        while await self._count() > self._most:
            left = self._window_seconds - self._clock.now() % self._window_seconds
            waited += left
            if waited > self._most_seconds:
                raise UnavailableError(
                    "our own limit on calls to it is reached",
                    retry_after_seconds=left,
                    status=_TOO_MANY,
                )
            await asyncio.sleep(left)

    async def _count(self) -> int:
        window = int(self._clock.now() // self._window_seconds)
        key, keep_seconds = keys.pace(self._name, window), 2 * self._window_seconds
        try:
            return await self._shared.add(key, 1, keep_seconds=keep_seconds)
        except StoreError:
            return await self._own.add(key, 1, keep_seconds=keep_seconds)
