"""What processes had of the processors: how long they ran, and were ready and did not."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

_CPUCLOCK_SCHED = 2
"""What a process ran for in nanoseconds: the low bits of its clock (Linux, POSIX)."""


class Wait(Struct, frozen=True, kw_only=True):
    """One call to processes: how long it took, and what of that was not theirs."""

    took: float
    waited: float
    ran: float
    stolen: float

    @property
    def own(self) -> float:
        """How long they kept the caller waiting.

        What they or the caller waited for a processor, since others had them all, is no
        part of it; nor is what the machine below took, nor what is longer than they ran
        meanwhile.
        """
        return min(self.took - self.waited, self.ran) - self.stolen


def wait_for(workers: Sequence[int], call: Callable[[], object]) -> Wait:
    """Make a call that this process and these workers have a part in."""
    processes = [*workers, os.getpid()]
    waits, ran = waits_of(processes), ran_seconds(workers)
    stolen, begun = stolen_seconds(), time.monotonic()
    call()
    return Wait(
        took=time.monotonic() - begun,
        waited=waited_since(waits, processes),
        ran=ran_seconds(workers) - ran,
        stolen=stolen_seconds() - stolen,
    )


def crowding() -> float:
    """Return how many processes run, or would, for each processor; 1.0 if fewer."""
    running = Path("/proc/loadavg").read_text("ascii").split()[3].partition("/")[0]
    return max(1.0, (int(running) - 1) / (os.cpu_count() or 1))


def stolen_seconds() -> float:
    """Add up for how long the machine below ran others while this one had work to do.

    The kernel counts it for all processors together: `steal` in /proc/stat. What a process
    ran for holds it, too.
    """
    stolen = Path("/proc/stat").read_text("ascii").split(maxsplit=9)[8]
    return int(stolen) / os.sysconf("SC_CLK_TCK")


def ran_seconds(pids: Iterable[int]) -> float:
    """Add up for how long all threads of these processes have run so far."""
    clocks = (~pid << 3 | _CPUCLOCK_SCHED for pid in pids)
    return sum(map(time.clock_gettime, clocks))


def waits_of(pids: Iterable[int]) -> Mapping[Path, float]:
    """Return what each of their threads has waited for a processor so far, in seconds.

    The kernel counts it, in nanoseconds: the second number of a thread's `schedstat`.
    """
    threads = (thread for pid in pids for thread in Path(f"/proc/{pid}/task").iterdir())
    waits = ((thread, _to_seconds(thread)) for thread in threads)
    return {thread: seconds for thread, seconds in waits if seconds is not None}


def waited_since(before: Mapping[Path, float], pids: Iterable[int]) -> float:
    """Add up what their threads have waited since; one that has ended does not count."""
    now = waits_of(pids)
    return sum(waited - before.get(thread, 0.0) for thread, waited in now.items())


def _to_seconds(thread: Path) -> float | None:
    try:
        counts = (thread / "schedstat").read_text("ascii").split()
    except (FileNotFoundError, ProcessLookupError):  # it has ended
        return None
    return int(counts[1]) / 1e9
