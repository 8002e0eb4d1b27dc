"""A worker's tie to the main process: it ends with it, whatever that died of.

One that lived on would keep the port, and a supervisor who starts the gateway anew
could not have it.
"""

import asyncio
import contextlib
import os
import signal

from gateway.concurrency.tasks import begin_behind

_LOOK_SECONDS = 0.5


class Parent:
    """Looks whether the process that made this one is still there."""

    def __init__(self) -> None:
        self._process_id = os.getppid()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._task = begin_behind(self._watch())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        while True:
            if os.getppid() != self._process_id:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
