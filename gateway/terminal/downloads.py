"""Files of items, under names that say what they are of."""

import hashlib
import mimetypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress as Bars,
    TextColumn,
    TransferSpeedColumn,
)

from gateway.client import Asset, Gallery, GalleryItem, GatewayError
from gateway.client.core.transfer import OnProgress
from gateway.terminal.progress import Progress

MOST_ASSETS = 200
"""How many assets of an item a page lists."""
_ODD = re.compile(r"[^A-Za-z0-9._~-]")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}")
_MOST_STEM = 200
_DIGEST_BYTES = 8


class Downloads:
    """Stores the files of items in a folder; what is there already is left alone."""

    def __init__(self, gallery: Gallery, folder: Path, progress: Progress) -> None:
        self._gallery = gallery
        self._folder = folder
        self._progress = progress
        self._console = Console(stderr=True)
        self.failed = 0

    def store(self, item: GalleryItem) -> None:
        """Store all files of an item; one that cannot be had is told, and counted."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for asset in self._to_assets(item):
            path = self._folder / to_name(item, asset)
            if asset.url is None or path.exists():
                continue
            try:
                self._store(asset, path)
            except GatewayError as error:
                self.failed += 1
                self._progress.tell(f"{path.name}: {error}")

    def _to_assets(self, item: GalleryItem) -> tuple[Asset, ...]:
        if len(item.assets) == item.asset_count:
            return item.assets
        return self._gallery.item(item.id).assets

    def _store(self, asset: Asset, path: Path) -> None:
        self._progress.clear()
        with self._showing(path.name) as on_progress:
            self._gallery.download(asset, path, on_progress=on_progress)
        if not self._console.is_terminal:
            self._progress.tell(f"{path.name}: {path.stat().st_size:,} bytes")

    @contextmanager
    def _showing(self, name: str) -> Iterator[OnProgress]:
        """Show a bar for a file, on a terminal."""
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
        )
        hidden = not self._console.is_terminal
        with Bars(*columns, console=self._console, disable=hidden) as bars:
            task = bars.add_task(name, total=None)
            yield lambda done, total: bars.update(task, completed=done, total=total)


def to_name(item: GalleryItem, asset: Asset) -> str:
    """Return `<provider>_<native id>_<asset id>.<ext>`; a long one ends in a digest."""
    native = item.id.partition(":")[2]
    stem = _ODD.sub("-", f"{item.provider}_{native}_{asset.id}")
    if len(stem) > _MOST_STEM:
        whole = f"{item.id}/{asset.id}".encode()
        digest = hashlib.blake2b(whole, digest_size=_DIGEST_BYTES).hexdigest()
        stem = f"{stem[: _MOST_STEM - len(digest) - 1]}_{digest}"
    return stem + to_suffix(asset)


def to_suffix(asset: Asset) -> str:
    """Return what a file's name ends in: by its link, its name, or its type."""
    linked = unquote(urlsplit(asset.url or "").path)
    for name in (linked, asset.filename or ""):
        suffix = PurePosixPath(name).suffix
        if _SUFFIX.fullmatch(suffix):
            return suffix.lower()
    return mimetypes.guess_extension(asset.media_type or "") or ".bin"
