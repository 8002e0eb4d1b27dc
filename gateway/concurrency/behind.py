"""What a part writes or tells behind the answers: one task at a time, ended at its close."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from gateway.concurrency.tasks import begin_behind


class Behind:
    """Does work that nobody waits for, and that takes up what has come meanwhile."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have work done, unless some is being done."""
        if self._task is None or self._task.done():
            self._task = begin_behind(work())

    async def aclose(self) -> None:
        """End what is being done."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
