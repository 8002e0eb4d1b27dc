"""What `ls` does: items as they come, then how each source fared."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gateway.client import (
    Gallery,
    GalleryItem,
    GalleryPage,
    Items,
    RateLimitedError,
    SourceReport,
    UnavailableError,
)
from gateway.client.core.query import Filter
from gateway.terminal.downloads import MOST_ASSETS, Downloads
from gateway.terminal.interruption import Interruptions
from gateway.terminal.output import Output, to_lines, to_missing
from gateway.terminal.progress import Progress
from gateway.terminal.saving import CursorFile
from gateway.terminal.watching import Watch

USUAL_LIMIT = 24
WAIT_SECONDS = 60.0
"""How long `--all` waits for failing sources."""
_PAGE_LIMIT = 100
_MISSING_CODE = 3


class Wanted(Struct, frozen=True, kw_only=True):
    """What to list; without a `limit` it is all."""

    filters: Mapping[str, Filter]
    limit: int | None = USUAL_LIMIT
    as_json: bool = False
    cursor_file: Path | None = None
    folder: Path | None = None
    is_watching: bool = False


def run(gallery: Gallery, wanted: Wanted, interruptions: Interruptions) -> int:
    """List, and return the exit code: 3 where a source's items are missing."""
    listing = Listing(gallery, wanted, interruptions)
    code = listing.run()
    if wanted.is_watching:
        listing.watch()
    return code


class Listing:
    def __init__(
        self, gallery: Gallery, wanted: Wanted, interruptions: Interruptions
    ) -> None:
        self._gallery = gallery
        self._wanted = wanted
        self._interruptions = interruptions
        self._progress = Progress()
        self._output = Output(as_json=wanted.as_json)
        self._cursor = CursorFile(wanted.cursor_file)
        self._watch = Watch()
        self._filters = dict(wanted.filters)
        self._downloads = None
        if wanted.folder is not None:
            self._downloads = Downloads(gallery, wanted.folder, self._progress)
            self._filters["assets_limit"] = MOST_ASSETS
        self._count = 0
        self._is_cut_off = False

    def run(self) -> int:
        limit = self._wanted.limit
        items = self._gallery.items(
            cursor=self._cursor.read(),
            page_limit=min(limit or _PAGE_LIMIT, _PAGE_LIMIT),
            wait_seconds=WAIT_SECONDS if limit is None else 0.0,
            on_page=self._see,
            **self._filters,
        )
        try:
            sources = self._give_all(items)
        finally:
            self._progress.clear()
            self._output.flush()
            self._cursor.save()
        self._output.tell(sources)
        self._output.flush()
        return self._to_code(items, sources)

    def watch(self) -> None:
        """Tell what is new, until somebody ends it."""
        for item in self._watch.following(self._gallery, self._filters, self._progress):
            self._download(item)
            with self._interruptions.held_off():
                self._output.give(item, (item,))
                self._output.flush()

    def _give_all(self, items: Items) -> tuple[SourceReport, ...]:
        """Give items up to the limit; what is missing in the end is told."""
        try:
            while self._count != self._wanted.limit:
                item = next(items, None)
                if item is None:
                    break
                self._give(item, items)
        except (UnavailableError, RateLimitedError) as error:
            if items.page is None:
                raise
            self._progress.tell(str(error))
            self._is_cut_off = True
            return error.sources or items.sources
        if items.is_finished:
            self._cursor.reach(items)
        if self._wanted.limit is None:
            self._progress.tell(f"{self._count:,} items")
        return items.sources

    def _give(self, item: GalleryItem, items: Items) -> None:
        """Give an item with its files, or leave it to the listing that goes on here."""
        page = items.page.items if items.page else ()
        self._download(item)
        with self._interruptions.held_off():
            self._progress.clear()
            self._output.give(item, page)
            self._count += 1
            self._cursor.reach(items)

    def _download(self, item: GalleryItem) -> None:
        if self._downloads is not None:
            self._downloads.store(item)

    def _see(self, page: GalleryPage) -> None:
        """Write out what has been given, and tell how far one is."""
        self._output.flush()
        self._cursor.save()
        self._watch.see(page.items)
        if self._wanted.limit is None:
            self._progress.show(self._to_progress(page))

    def _to_progress(self, page: GalleryPage) -> str:
        times = [item.created_at for item in page.items if item.created_at]
        back = f", back to {times[-1][:10]}" if times else ""
        return f"{self._count + len(page.items):,} items{back}"

    def _to_code(self, items: Items, sources: tuple[SourceReport, ...]) -> int:
        missing = to_missing(sources)
        if missing:
            if self._wanted.as_json:
                for line in to_lines(sources):
                    self._progress.tell(line.plain)
            self._progress.tell(f"Missing: {', '.join(missing)}")
            return _MISSING_CODE
        has_failed = self._downloads is not None and self._downloads.failed
        if has_failed or self._is_cut_off:
            return 1
        has_all = items.is_finished and items.complete
        return 0 if has_all or not items.is_finished else _MISSING_CODE
