"""An event loop whose time passes only while all of its tasks wait, and then at once."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")

_REAL_SECONDS = 30.0


class _Skipping(selectors.DefaultSelector):
    """Waits for nothing but the loop's own wake-ups: skips the time instead."""

    def __init__(self, skip: Callable[[float], None]) -> None:
        super().__init__()
        self._skip = skip

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:  # as for a thread, at the loop's own end
            ready = super().select(_REAL_SECONDS)
            assert ready, "all tasks wait for what never comes"
            return ready
        ready = super().select(0)
        if not ready:
            self._skip(timeout)
        return ready


class _AtOnce(ThreadPoolExecutor):
    """Runs what is handed to a thread where it is handed over."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Skipping(self._skip))
        self._at_once = _AtOnce()

    def time(self) -> float:
        return self._now

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # whichever
        return super().run_in_executor(self._at_once, func, *args)

    def _skip(self, seconds: float) -> None:
        self._now += seconds


class LoopClock:
    """The gateway's clock in virtual time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        return 1_700_000_000.0 + self._loop.time()


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end, as fast as the processor can."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
