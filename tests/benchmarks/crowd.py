"""A worker's memory while 50 callers have a 50 MB file at once, however they read."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks import stand
from tests.benchmarks.download import asking, fetch, fetch_at_once
from tests.benchmarks.media import FILE_BYTES, film, watching
from tests.benchmarks.outcome import Outcome

CALLERS = 50
MOST_GROWTH_MB = 20.0
_SLOW_BYTES = 2**16
_SLOW_SECONDS = 6.0
_STALLED_SECONDS = 4.0
_STEP_SECONDS = 0.02


def measure(folder: Path) -> list[Outcome]:
    """Take the most memory of a fresh gateway each: fast, slow and stalled callers."""
    with film(folder) as upstream:
        return [
            _measure_growth(folder, upstream, what, read) for what, read in WAYS.items()
        ]


def _measure_growth(
    folder: Path, upstream: str, what: str, read: Callable[[str], None]
) -> Outcome:
    with watching(folder, upstream) as (gateway, link):
        fetch(link, FILE_BYTES)
        before = stand.worker_memory_bytes(gateway.process_id)
        with _sampling(gateway.process_id) as samples:
            read(link)
    growth = (max(samples) - before) / 1e6
    line = (
        f"{CALLERS} callers of a 50 MB file at once, {what}: resident memory from"
        f" {before / 1e6:.0f} MB to {max(samples) / 1e6:.0f} MB: {growth:.1f} MB more"
    )
    return Outcome(line, growth, MOST_GROWTH_MB)


@contextmanager
def _sampling(process_id: int) -> Iterator[Sequence[int]]:
    """Look at a server's memory again and again while the block runs."""
    samples: list[int] = []
    is_over = threading.Event()

    def sample() -> None:
        while not is_over.wait(_STEP_SECONDS):
            samples.append(stand.worker_memory_bytes(process_id))

    with ThreadPoolExecutor(1) as pool:
        sampling = pool.submit(sample)
        try:
            yield samples
        finally:
            is_over.set()
        sampling.result()


def _read_fast(link: str) -> None:
    fetch_at_once(link, FILE_BYTES, CALLERS)


def _read_slowly(link: str) -> None:
    """Read a little from each in turn, a few megabytes of each in all."""
    with ExitStack() as stack:
        connections = [stack.enter_context(asking(link)) for _ in range(CALLERS)]
        ends_at = time.monotonic() + _SLOW_SECONDS
        while time.monotonic() < ends_at:
            for connection in connections:
                if not connection.recv(_SLOW_BYTES):
                    raise RuntimeError("an answer broke off")
            time.sleep(_STEP_SECONDS)


def _stall(link: str) -> None:
    """Read the beginning and nothing more."""
    with ExitStack() as stack:
        for _ in range(CALLERS):
            if not stack.enter_context(asking(link)).recv(1):
                raise RuntimeError("no answer came")
        time.sleep(_STALLED_SECONDS)


WAYS = {
    "as fast as they can": _read_fast,
    "slowly": _read_slowly,
    "stalled": _stall,
}
