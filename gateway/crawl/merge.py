"""Many sources to one ordered page.

Newest first, by (key descending, provider in configuration order); a source's own
order is never changed. The merge waits for every open source, since the next item
may be anyone's; one that failed is left out, and what it holds comes later.
"""

from collections.abc import Sequence

from gateway.crawl.lane import Lane, LaneOutcome
from gateway.plugin.model import GalleryItem


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
            lanes = [lane for lane in self._lanes if lane.is_open]
            wanting = [lane for lane in lanes if lane.wants]
            if wanting or not self._take_run(lanes):
                return wanting
        return []

    @property
    def is_finished(self) -> bool:
        """Return whether the crawl is at its end."""
        return all(lane.outcome is not LaneOutcome.OPEN for lane in self._lanes)

    @property
    def is_stuck(self) -> bool:
        """Return whether the page is empty with only failed sources left."""
        left = [lane for lane in self._lanes if lane.outcome is LaneOutcome.OPEN]
        return not self.items and bool(left) and all(lane.is_out for lane in left)

    def _take_run(self, lanes: Sequence[Lane]) -> bool:
        """Take the newest heads until the page is full or a lane has no head left.

        A lane that stopped reading may hold something newer than the others' heads:
        nothing is taken past it.
        """
        bounds = {lane: lane.bound for lane in lanes}
        has_taken = False
        while bounds and len(self.items) < self._limit:
            best = max(bounds, key=bounds.__getitem__)
            if best.head is None:
                break
            self._take(best, bounds[best][0])
            bounds[best] = best.bound
            has_taken = True
        return has_taken

    def _take(self, lane: Lane, key: str) -> None:
        if self._before is not None and key > self._before:
            lane.is_late = True
        if self.frontier is None or key < self.frontier:
            self.frontier = key
        self.items.append(lane.take())
