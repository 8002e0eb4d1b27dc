"""Work that is done once for all who ask for the same while it is done."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

from gateway.concurrency.tasks import Starter, begin_behind

Done = TypeVar("Done")


class SingleFlight(Generic[Done]):
    """Tasks by key, behind the requests: each outlives whoever waits for it.

    Wait for one by `share`, `asyncio.shield` or `asyncio.wait`: whoever is cancelled
    cancels it for nobody else. What it raises is raised for all.
    """

    def __init__(self, start: Starter = begin_behind) -> None:
        self._start = start
        self._going: dict[Hashable, asyncio.Task[Done]] = {}

    def __len__(self) -> int:
        return len(self._going)

    def find(self, key: Hashable) -> asyncio.Task[Done] | None:
        """Return the task that is going, if one is; not one that has come to its end.

        That one is forgotten in the loop's next turn: who waits for it does not yield,
        so a loop that finds it again and again would never come to that turn.
        """
        task = self._going.get(key)
        return None if task is None or task.done() else task

    def begin(
        self, key: Hashable, work: Callable[[], Coroutine[Any, Any, Done]]
    ) -> asyncio.Task[Done]:
        """Begin anew: from now on others join this one, whatever else is going."""
        task = self._going[key] = self._start(work())
        task.add_done_callback(partial(self._end, key))
        return task

    def join(
        self, key: Hashable, work: Callable[[], Coroutine[Any, Any, Done]]
    ) -> asyncio.Task[Done]:
        """Return the task that is going, or begin one."""
        return self.find(key) or self.begin(key, work)

    async def share(
        self, key: Hashable, work: Callable[[], Coroutine[Any, Any, Done]]
    ) -> Done:
        """Return what comes of the task that is going, or of one that is begun."""
        task = self.join(key, work)
        try:
            return await asyncio.shield(task)
        finally:
            del task  # what it raises refers to this, and would so to itself

    async def aclose(self) -> None:
        """End what is going."""
        tasks = list(self._going.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _end(self, key: Hashable, ended: asyncio.Task[Done]) -> None:
        if self._going.get(key) is ended:
            del self._going[key]
        if not ended.cancelled():
            ended.exception()  # seen, should nobody wait for it any more
