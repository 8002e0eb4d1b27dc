"""A time-out for what others do, that a busy process does not reach by itself.

`asyncio.timeout` looks at the clock alone: where the event loop comes back to an answer
too late, the answer's time is up though it has long been there.
"""

import asyncio
from types import TracebackType

SLICES = 20
"""In how many parts the time is waited for: the loop has gone round so often at least."""


class within:  # noqa: N801  # used as a statement's word, as `asyncio.timeout` is
    """Allow what runs within so many seconds; None: as long as it takes.

    Each part of the time begins when the loop has seen the end of the one before, so
    that what a part ends too late is not taken from the others.

    Raises:
        TimeoutError: at its end, where the time was up.
    """

    __slots__ = ("_handle", "_left", "_slice_seconds", "_timeout")

    def __init__(self, seconds: float | None) -> None:
        self._slice_seconds = None if seconds is None else seconds / SLICES
        self._left = SLICES
        self._timeout = asyncio.timeout(None)
        self._handle: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        self._wait()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            self._handle.cancel()
        await self._timeout.__aexit__(kind, error, trace)

    def _wait(self) -> None:
        if self._slice_seconds is None:
            return
        loop = asyncio.get_running_loop()
        if self._left:
            self._left -= 1
            self._handle = loop.call_later(self._slice_seconds, self._wait)
        else:
            self._timeout.reschedule(loop.time())
