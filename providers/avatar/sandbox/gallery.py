"""One avatar user's gallery: files in a directory, to which tasks add."""

from bisect import insort
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from gateway.sandbox.catalogue import Catalogue
from providers.avatar.sandbox.orders import FileType, Order, Picture
from providers.avatar.sandbox.tasks import Queue, Task, to_moment, to_task_id

_MALFORMED: Final[tuple[object, ...]] = (
    {"type": "image"},
    {"type": "image", "url": None},
    7,
    {"type": "video", "url": {"id": "1738860389536"}},
    None,
)


class File(Struct, frozen=True, kw_only=True):
    """`place` is where the directory happens to have it; a task has its picture."""

    place: bytes
    url: str
    moment: datetime
    type: FileType = "image"
    picture: Picture | None = None
    malformed: object = None
    is_malformed: bool = False


class Gallery:
    """Files in directory order; finished tasks are taken in when it is looked at."""

    def __init__(self, owner: str, queue: Queue) -> None:
        self._owner = owner
        self._queue = queue
        self._files: list[File] = []
        self._by_url: dict[str, File] = {}
        self._taken_in: set[str] = set()
        self._listing: bytes | None = None

    def stock(self, draw: Catalogue, items: int) -> None:
        """Fill it; tasks of one moment become one task with several pictures."""
        times = draw.times(items)
        for place in range(1, items):
            if draw.chance(0.12):
                times[place] = times[place - 1]
        shares, done = Counter(times), Counter[datetime]()
        for moment in times:
            done[moment] += 1
            is_alone = shares[moment] == 1
            suffix = "" if is_alone else f"-{done[moment]}"
            kind: FileType = "video" if is_alone and draw.chance(0.2) else "image"
            url = to_task_id(moment) + suffix
            self._keep(File(place=self._place(url), url=url, moment=moment, type=kind))

    def find(self, url: str, kind: FileType) -> File | None:
        self._settle()
        file = self._by_url.get(url)
        is_it = file is not None and file.type == kind and not file.is_malformed
        return file if is_it else None

    def listing(self) -> bytes:
        """The body of `/get_gallery`."""
        self._settle()
        if self._listing is None:
            entries = [
                file.malformed
                if file.is_malformed
                else {"type": file.type, "url": file.url}
                for file in self._files
            ]
            self._listing = msgspec.json.encode({"gallery_urls": entries})
        return self._listing

    def submit(self, order: Order) -> str:
        is_taken = self._by_url.__contains__
        return self._queue.submit(self._owner, order, is_taken=is_taken)

    def _settle(self) -> None:
        for task in self._queue.done(self._owner):
            if task.id not in self._taken_in:
                self._taken_in.add(task.id)
                self._take_in(task)

    def _take_in(self, task: Task) -> None:
        order, moment = task.order, to_moment(task.id)
        for url, picture in zip(order.names(task.id), order.pictures, strict=True):
            self._keep(
                File(
                    place=self._place(url),
                    url=url,
                    moment=moment,
                    type=order.type,
                    picture=picture,
                )
            )

    def _keep(self, file: File) -> None:
        insort(self._files, file, key=lambda one: one.place)
        self._by_url[file.url] = file
        self._listing = None

    def _place(self, url: str) -> bytes:
        return sha256(f"{self._owner}/{url}".encode()).digest()[:8]

    def newest_first(self) -> list[File]:
        self._settle()
        return sorted(self._files, key=lambda file: file.moment, reverse=True)

    def ids(self) -> list[str]:
        return [file.url for file in self.newest_first() if not file.is_malformed]

    def newest(self) -> datetime | None:
        return max((file.moment for file in self._files), default=None)

    def add(self, times: Sequence[datetime]) -> list[str]:
        urls: list[str] = []
        for moment in times:
            at = moment
            while to_task_id(at) in self._by_url:
                at += timedelta(milliseconds=1)
            url = to_task_id(at)
            self._keep(File(place=self._place(url), url=url, moment=to_moment(url)))
            urls.append(url)
        return urls

    def add_malformed(self, times: Sequence[datetime]) -> list[str]:
        first = len(self._files)
        urls = [f"malformed-{first + number}" for number in range(len(times))]
        for number, (url, moment) in enumerate(zip(urls, times, strict=True)):
            entry = _MALFORMED[number % len(_MALFORMED)]
            self._keep(
                File(
                    place=self._place(url),
                    url=url,
                    moment=moment,
                    malformed=entry,
                    is_malformed=True,
                )
            )
        return urls

    def delete(self, ids: Collection[str]) -> int:
        before = len(self._files)
        self._files = [file for file in self._files if file.url not in ids]
        self._by_url = {file.url: file for file in self._files}
        self._listing = None
        return before - len(self._files)

    def finish(self) -> int:
        """All users' tasks are one queue."""
        return self._queue.finish()
