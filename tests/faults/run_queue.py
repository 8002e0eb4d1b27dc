"""How long processes were ready to run and had no processor: the machine's part in a wait."""

from collections.abc import Iterable, Mapping
from pathlib import Path


def waits_of(pids: Iterable[int]) -> Mapping[Path, float]:
    """Tell what each of their threads has waited for a processor so far, in seconds.

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
