"""The event loop of a worker, which hears each signal once, however often it comes.

Granian's handler of a signal to end puts it into a queue of one place that is read once:
a third signal would wait there for ever, and all of the worker with it. uvloop may call
a handler twice for one signal, and a whole process group's signal comes beside the main
process's own, so two signals are enough for that.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVarTuple

import uvloop

Arguments = TypeVarTuple("Arguments")


class WorkerLoop(uvloop.Loop):
    def add_signal_handler(
        self,
        sig: int,
        callback: Callable[[*Arguments], object],
        *args: *Arguments,
    ) -> None:
        """Call it at the first such signal; what a worker is told stays true."""
        is_heard = False

        def hear() -> None:
            nonlocal is_heard
            if not is_heard:
                is_heard = True
                callback(*args)

        super().add_signal_handler(sig, hear)


def build_loop() -> asyncio.AbstractEventLoop:
    """Make the loop of a worker, as granian makes one."""
    loop = WorkerLoop()
    asyncio.set_event_loop(loop)
    return loop
