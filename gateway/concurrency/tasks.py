"""Tasks: part of the request that begins them, or behind it, where nobody waits for them.

What is part of a request shares its budget of waiting for the shared store; what is
behind takes its time. A task is begun here alone, so that none forgets which it is.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from gateway.concurrency import budget

Done = TypeVar("Done")


def begin_within(work: Coroutine[Any, Any, Done]) -> asyncio.Task[Done]:
    """Begin a part of the request under way."""
    return asyncio.create_task(work)


def begin_behind(work: Coroutine[Any, Any, Done]) -> asyncio.Task[Done]:
    """Begin what belongs to no request, or to several."""
    with budget.lifted():
        return asyncio.create_task(work)


class Starter(Protocol):
    """Begins a task within a request or behind."""

    def __call__(self, work: Coroutine[Any, Any, Done], /) -> asyncio.Task[Done]: ...


class Tasks:
    """Tasks that are held on to until they end."""

    def __init__(self, start: Starter = begin_behind) -> None:
        self._start = start
        self._going: set[asyncio.Task[Any]] = set()

    def begin(self, work: Coroutine[Any, Any, Done]) -> asyncio.Task[Done]:
        task = self._start(work)
        self._going.add(task)
        task.add_done_callback(self._going.discard)
        return task

    async def settle(self) -> None:
        """Let what is going come to its end, whatever that is."""
        await asyncio.gather(*self._going, return_exceptions=True)

    async def aclose(self) -> None:
        """End what is going."""
        for task in self._going:
            task.cancel()
        await asyncio.gather(*self._going, return_exceptions=True)
