"""Where a crawl stands in one list, and how to find that place again in a page."""

from collections import deque
from collections.abc import Iterable, Sequence
from enum import Enum

from msgspec import Struct

from gateway.crawl.page import Page
from gateway.plugin.provider import PageKey
from gateway.sealing.digest import ANCHOR_BYTES

ANCHORS = 16
_SAMPLES = 5


class Position(Struct, frozen=True, array_like=True):
    """After the last entry examined.

    `page` is a hint. `anchors` are the digests of the last 16 entries examined, end to
    end, latest first; `key` is the last one's sort key, clamped. `mark` is a time typical
    of the place: the median of the last five, which one odd time cannot mislead.
    """

    page: PageKey
    anchors: bytes
    key: str
    mark: str | None


class Side(Enum):
    """What a page without an anchor tells of the place."""

    LATER = "all entries here are newer: the place lies on a later page"
    EARLIER = "all entries here are older: the place lies on an earlier page"
    UNCLEAR = "times do not tell"


class Trail:
    """The last entries examined, from which a place is made."""

    def __init__(self, place: Position | None, *, is_sorted: bool) -> None:
        self.is_sorted = is_sorted
        self.key = place.key if place else None
        self._anchors = deque(_part(place.anchors if place else b""), maxlen=ANCHORS)
        self._times: deque[str] = deque(maxlen=_SAMPLES)
        if place and place.mark:
            self._times.append(place.mark)

    def __contains__(self, anchor: bytes) -> bool:
        return anchor in self._anchors

    def add(self, page: Page, index: int, key: str) -> None:
        """Take an entry as the last one examined."""
        self._anchors.append(page.anchors[index])
        self.key = key
        time = page.times[index]
        if time is not None:
            self._times.append(time)

    def resample(self, page: Page, end: int) -> None:
        """Take the times of those entries before an index that are anchors."""
        for index in range(max(0, end - ANCHORS), end):
            time = page.times[index]
            if time is not None and page.anchors[index] in self:
                self._times.append(time)

    def to_place(self, page: PageKey) -> Position | None:
        """Return the place, or None when nothing has been examined."""
        if self.key is None:
            return None
        return Position(page, b"".join(reversed(self._anchors)), self.key, self._mark)

    def find(self, page: Page) -> int | None:
        """Return the index after the latest anchor in a page; None if it has none."""
        for anchor in reversed(self._anchors):
            if anchor in page.positions:
                return page.positions[anchor] + 1
        return None

    def ends_in(self, page: Page) -> bool:
        """Return whether a page has the latest anchor."""
        return bool(self._anchors) and self._anchors[-1] in page.positions

    def locate(self, page: Page) -> int | Side:
        """Return the index of the place in a page, by anchor or else by time."""
        found = self.find(page)
        if found is not None:
            return found
        if not page.entries:
            return Side.EARLIER
        times = page.times
        mark = self._mark
        has_few = 2 * times.count(None) >= len(times)
        if mark is None or mark in times or has_few:
            return Side.UNCLEAR
        index, wrong = _split(times, mark)
        if wrong:
            return Side.UNCLEAR
        if index == 0:
            return Side.EARLIER
        return index if any(times[index:]) else Side.LATER

    def is_before(self, page: Page) -> bool:
        """Return whether the times of all of a page's items put them after the place."""
        mark = self._mark
        entries = zip(page.entries, page.times, strict=True)
        times = [time for entry, time in entries if entry.item is not None]
        is_known = bool(times) or not page.entries
        return (
            mark is not None
            and is_known
            and all(time and time < mark for time in times)
        )

    def guess(self, page: Page) -> int:
        """Return the first index that the place may have by time, anchors apart."""
        match self.locate(page):
            case int(index):
                return index
            case Side.LATER:
                return len(page.entries)
            case Side.EARLIER:
                return 0
            case Side.UNCLEAR:
                pass
        mark = self._mark
        if mark is None:
            return 0
        times = page.times
        if mark not in times:
            return _split(times, mark)[0]
        newer = (i for i in range(times.index(mark)) if (times[i] or mark) > mark)
        return max(newer, default=-1) + 1

    @property
    def has_good_mark(self) -> bool:
        """Return whether enough was examined for one odd time not to mislead."""
        return len(self._anchors) > _SAMPLES // 2

    @property
    def _mark(self) -> str | None:
        if not self.is_sorted or not self._times:
            return None
        return sorted(self._times)[len(self._times) // 2]


def _part(anchors: bytes) -> Iterable[bytes]:
    """Part joined anchors, the latest last."""
    starts = range(0, len(anchors), ANCHOR_BYTES)
    return (anchors[start : start + ANCHOR_BYTES] for start in reversed(starts))


def _split(times: Sequence[str | None], mark: str) -> tuple[int, int]:
    """Part times in newer and older than a mark.

    Gives the first index with the fewest times on the wrong side, and how many.
    """
    wrong = sum(time is not None and time > mark for time in times)
    best = 0, wrong
    for index, time in enumerate(times, start=1):
        wrong += 0 if time is None else 1 if time <= mark else -1
        if wrong < best[1]:
            best = index, wrong
    return best
