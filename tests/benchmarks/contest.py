"""Two servers under the same load, in turns.

Other work on the machine only ever takes from a rate: the best of many short rounds is
the least disturbed.
"""

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.benchmarks.load import Load, load

ROUNDS = 20


class Contest(NamedTuple):
    """Rounds of ours and of the yardstick, side by side."""

    ours: Sequence[Load]
    plain: Sequence[Load]

    @property
    def ratio(self) -> float:
        """The most requests per second of each, ours by the other's."""
        return _best(self.ours).rate / _best(self.plain).rate

    def tell(self, plain_name: str) -> str:
        """Tell of both; the times are those of the best round."""
        ours, plain = _best(self.ours), _best(self.plain)
        pairs = zip(self.ours, self.plain, strict=True)
        middle = statistics.median(one.rate / other.rate for one, other in pairs)
        return (
            f"{_tell(ours)}; {plain_name} {_tell(plain)}: ratio {self.ratio:.2f}"
            f" ({middle:.2f} at the median of the rounds)"
        )


def compete(
    ours: str, plain: str, headers: Mapping[str, str], rounds: int = ROUNDS
) -> Contest:
    """Load two addresses, one second each, so many times."""
    pairs = [(load(ours, headers), load(plain, headers)) for _ in range(rounds)]
    return Contest([one for one, _ in pairs], [other for _, other in pairs])


def _best(rounds: Sequence[Load]) -> Load:
    return max(rounds, key=lambda one: one.rate)


def _tell(one: Load) -> str:
    return f"{one.rate:.0f}/s, p50 {one.p50_ms:.2f} ms, p99 {one.p99_ms:.2f} ms"
