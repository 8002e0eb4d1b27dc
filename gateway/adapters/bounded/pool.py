"""A few bounded processes of one kind, started when they are needed and used again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.adapters.bounded.process import BoundedProcess
from gateway.concurrency.keyed import KeyedSemaphores
from gateway.concurrency.tasks import begin_behind
from gateway.plugin.errors import UnavailableError


class OutOfBoundsError(Exception):
    """The work took too much memory or time, or the answer made no sense."""


class ProcessPool:
    """Lends processes that run `module`, at most `each` at once to one account."""

    def __init__(self, module: str, *, processes: int, each: int) -> None:
        self._module = module
        self._places = asyncio.Semaphore(processes)
        self._of_account = KeyedSemaphores(each)
        self._idle: list[BoundedProcess] = []
        self._started: set[BoundedProcess] = set()
        self._burying: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def process(self, account: str) -> AsyncIterator[BoundedProcess]:
        """Lend one. It is ended if what it is used for fails in any way.

        Raises:
            OutOfBoundsError: it ended, took too long, or said what makes no sense.
            UnavailableError: no process can be had.
        """
        async with self._of_account.at(account), self._places:
            process = await self._take()
            try:
                yield process
            except (TimeoutError, OSError, EOFError, ValueError) as error:
                process.kill()
                raise OutOfBoundsError("it takes too much") from error
            except BaseException:
                process.kill()
                raise
            finally:
                self._put_back(process)

    async def aclose(self) -> None:
        """End all processes; whatever one is at is not waited for."""
        for process in self._started:
            if process in self._idle:
                process.end()
            else:
                process.kill()
        await asyncio.gather(*(process.wait() for process in self._started))

    async def _take(self) -> BoundedProcess:
        process = self._idle.pop() if self._idle else None
        if process is None or not process.is_alive:
            try:
                process = await BoundedProcess.start(self._module)
            except OSError as error:
                raise UnavailableError("no process can be had for it") from error
            self._started.add(process)
        return process

    def _put_back(self, process: BoundedProcess) -> None:
        if process.is_alive:
            self._idle.append(process)
            return
        task = begin_behind(self._bury(process))
        self._burying.add(task)
        task.add_done_callback(self._burying.discard)

    async def _bury(self, process: BoundedProcess) -> None:
        await process.wait()
        self._started.discard(process)
