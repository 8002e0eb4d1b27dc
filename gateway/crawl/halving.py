"""Which page to look at next for an item of a known time, in a list sorted by time.

From where it was last seen in steps that grow, until it lies between two pages; then
halfway between them.
"""

_GROWTH = 4


class Halving:
    """Give page numbers by `page`; `tell` on which side of it the item must be."""

    def __init__(self, *, first: int, start: int) -> None:
        self._first = first
        self._start = start
        self._before: int | None = None
        self._after: int | None = None
        self._step = 1

    @property
    def page(self) -> int | None:
        """The page to look at; None when there is none left between two others."""
        if self._after is None and self._before is None:
            return self._start
        if self._before is None:
            return (self._after or 0) + self._step
        if self._after is None:
            is_over = self._before <= self._first
            return None if is_over else max(self._first, self._before - self._step)
        if self._before - self._after <= 1:
            return None
        return (self._after + self._before) // 2

    def tell(self, page: int, *, is_later: bool) -> None:
        """Say that the item is on a later page than this one, or on an earlier."""
        if is_later:
            self._after = page
        else:
            self._before = page
        self._step *= _GROWTH
