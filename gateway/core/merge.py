"""Many sources to one ordered page.

Newest first, by (key descending, provider in configuration order); a source's own
order is never changed. The merge waits for every open source, since the next item
may be anyone's; one that failed is left out, and what it holds comes later.
"""

from collections.abc import Sequence

from gateway.core.lane import Lane, Outcome
from gateway.core.model import GalleryItem


class Merge:
    """Fills one page of at most `limit` items from lanes in configuration order.

    `frontier` is the oldest key on the crawl's earlier pages: a lane that brings
    something newer is late.
    """

    def __init__(
        self, lanes: Sequence[Lane], *, limit: int, frontier: str | None
    ) -> None:
        self.items: list[GalleryItem] = []
        self._lanes = lanes
        self._limit = limit
        self._before = frontier
        self.frontier = frontier

    def wanting(self) -> list[Lane]:
        """Fill the page as far as it goes; give the lanes that must read on, if any."""
        while len(self.items) < self._limit:
            wanting = [lane for lane in self._lanes if lane.wants]
            if wanting or not self._take_next():
                return wanting
        return []

    @property
    def is_finished(self) -> bool:
        """Tell whether the crawl is at its end."""
        return all(lane.outcome is not Outcome.OPEN for lane in self._lanes)

    @property
    def is_stuck(self) -> bool:
        """Tell whether the page is empty with only failed sources left."""
        left = [lane for lane in self._lanes if lane.outcome is Outcome.OPEN]
        return not self.items and bool(left) and all(lane.is_out for lane in left)

    def _take_next(self) -> bool:
        """Take the newest head, unless a lane that stopped reading may hold newer."""
        lanes = [lane for lane in self._lanes if lane.is_open]
        best = max(lanes, key=lambda lane: lane.bound, default=None)
        if best is None or best.head is None:
            return False
        _, key = best.head
        if self._before is not None and key > self._before:
            best.is_late = True
        self.frontier = min(key, self.frontier or key)
        self.items.append(best.take())
        return True
