"""What is new in the gallery since it was looked at."""

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.client import Gallery, GalleryItem, GatewayError
from gateway.client.core.query import Filter
from gateway.terminal.progress import Progress

STEP_SECONDS = 5.0
_PAGE_LIMIT = 100
_MOST_PAGES = 10
_MOST_KNOWN = 20_000


class Watch:
    """Knows what has been seen; new is what stands before some of that."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, None] = OrderedDict()

    def see(self, items: Iterable[GalleryItem]) -> None:
        for item in items:
            self._known[item.id] = None
            self._known.move_to_end(item.id)
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)

    def following(
        self, gallery: Gallery, filters: Mapping[str, Filter], progress: Progress
    ) -> Iterator[GalleryItem]:
        """Look again and again, and yield what is new, oldest first."""
        while True:
            time.sleep(STEP_SECONDS)
            try:
                yield from self.look(gallery, filters)
            except GatewayError as error:
                progress.tell(str(error))

    def look(
        self, gallery: Gallery, filters: Mapping[str, Filter]
    ) -> list[GalleryItem]:
        """Read from the top down to a page that holds something known."""
        items: list[GalleryItem] = []
        cursor = None
        for _ in range(_MOST_PAGES):
            page = gallery.page(limit=_PAGE_LIMIT, cursor=cursor, **filters)
            items += page.items
            cursor = page.next_cursor
            if cursor is None or any(item.id in self._known for item in page.items):
                break
        new = self.to_new(items)
        self.see(items)
        return new[::-1]

    def to_new(self, items: Sequence[GalleryItem]) -> list[GalleryItem]:
        """Return what is new among the items at the top.

        What has slipped up from below, since something was deleted, stands behind all
        that is known.
        """
        places = [n for n, item in enumerate(items) if item.id in self._known]
        bound = places[-1] if places else len(items)
        return [item for item in items[:bound] if item.id not in self._known]
