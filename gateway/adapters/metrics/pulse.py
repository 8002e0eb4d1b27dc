"""A worker's task: looks how late its event loop is, and reports every second."""

import asyncio
import contextlib
from collections.abc import Callable

from gateway.concurrency.tasks import begin_behind
from gateway.ports.metrics import LoopLagged, Watch

_STEP_SECONDS = 0.25
_STEPS = 4


class Pulse:
    """`report` is called every second, `take_leave` at the end."""

    def __init__(
        self,
        watch: Watch,
        report: Callable[[], None],
        take_leave: Callable[[], None],
    ) -> None:
        self._watch = watch
        self._report = report
        self._take_leave = take_leave
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._report()
        self._task = begin_behind(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._take_leave()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            for _ in range(_STEPS):
                due = loop.time() + _STEP_SECONDS
                await asyncio.sleep(_STEP_SECONDS)
                self._watch(LoopLagged(max(0.0, loop.time() - due)))
            self._report()
