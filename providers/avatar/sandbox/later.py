"""The gallery as the server's later state has it: files, by names of their own."""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from gateway.sandbox.catalogue import ORIGIN
from providers.avatar.sandbox.gallery import File, Gallery

_SUFFIXES: Final = {"image": ".jpg", "video": ".mp4"}
_THUMBNAIL: Final = "_thumbnail.jpg"


def to_stem(file: File) -> str:
    return str(UUID(bytes=sha256(file.url.encode()).digest()[:16], version=4))


def to_name(file: File) -> str:
    return to_stem(file) + _SUFFIXES[file.type]


class LaterGallery:
    """A gallery whose ids are the names of its files."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery

    def listing(self, folder: str) -> object:
        """The body of `/get_gallery`, newest first; `folder` is on the network."""
        address = f"{ORIGIN}/{folder}"
        entries = [
            file.malformed
            if file.is_malformed
            else {
                "source_url": f"{address}/{to_name(file)}",
                "thumbnail_url": f"{address}/{to_stem(file)}{_THUMBNAIL}",
                "last_modified": int(file.moment.timestamp()),
            }
            for file in self._gallery.newest_first()
        ]
        return {"gallery_urls": entries}

    def find(self, name: str) -> tuple[File, bool] | None:
        """The file of that name, and whether it is its thumbnail that is named."""
        for file in self._gallery.newest_first():
            if name in {to_name(file), to_stem(file) + _THUMBNAIL}:
                return file, name.endswith(_THUMBNAIL)
        return None

    def ids(self) -> list[str]:
        files = self._gallery.newest_first()
        return [to_name(file) for file in files if not file.is_malformed]

    def newest(self) -> datetime | None:
        return self._gallery.newest()

    def add(self, times: Sequence[datetime]) -> list[str]:
        urls = self._gallery.add(times)
        names = {file.url: to_name(file) for file in self._gallery.newest_first()}
        return [names[url] for url in urls]

    def add_malformed(self, times: Sequence[datetime]) -> list[str]:
        return self._gallery.add_malformed(times)

    def delete(self, ids: Collection[str]) -> int:
        files = self._gallery.newest_first()
        urls = {one.url for one in files if to_name(one) in ids or one.url in ids}
        return self._gallery.delete(urls)

    def finish(self) -> int:
        return self._gallery.finish()
