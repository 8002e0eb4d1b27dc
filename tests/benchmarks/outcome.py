"""What a measurement comes to: a line to print, a figure, and the bound it must keep."""

from typing import NamedTuple


class Outcome(NamedTuple):
    """`is_least` tells that the figure must not be below the bound, else not above."""

    line: str
    figure: float
    bound: float
    is_least: bool = False

    @property
    def is_kept(self) -> bool:
        if self.is_least:
            return self.figure >= self.bound
        return self.figure <= self.bound
