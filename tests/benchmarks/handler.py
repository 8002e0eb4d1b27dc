"""The unit of times: one over the rate of a bare handler that returns the same bytes.

Milliseconds are a machine's; how many such handlers run in the same time travels.
"""

from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.benchmarks import stand
from tests.benchmarks.load import SERVER_CORE, load

_ROUNDS = 3


class HandlerTime(NamedTuple):
    milliseconds: float

    def tell(self, milliseconds: float) -> str:
        """Say a time in both units."""
        return f"{milliseconds:.1f} ms, {self.count(milliseconds):.0f} handler times"

    def count(self, milliseconds: float) -> float:
        return milliseconds / self.milliseconds


def measure_handler(folder: Path, body: bytes) -> HandlerTime:
    """Load a bare handler on a core of its own."""
    (folder / "handler").write_bytes(body)
    with ExitStack() as stack:
        bare = stack.enter_context(stand.bare(folder / "handler", SERVER_CORE))
        rates = [load(bare.address, {}).rate for _ in range(_ROUNDS)]
    return HandlerTime(1_000 / median(rates))
