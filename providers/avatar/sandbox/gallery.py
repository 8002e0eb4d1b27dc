"""One avatar user's gallery: files in a directory, and the tasks that add to it."""

from bisect import insort
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

import msgspec
from msgspec import Struct, structs

from gateway.sandbox.catalogue import Catalogue

FileType = Literal["image", "video"]
_WORK: Final = timedelta(seconds=1)
_MALFORMED: Final[tuple[object, ...]] = (
    {"type": "image"},
    {"type": "image", "url": None},
    7,
    {"type": "video", "url": {"id": "1738860389536"}},
    None,
)


class File(Struct, frozen=True, kw_only=True):
    """`place` is where the directory happens to have it."""

    place: bytes
    url: str
    moment: datetime
    type: FileType = "image"
    malformed: object = None
    is_malformed: bool = False


class Task(Struct, frozen=True, kw_only=True):
    id: str
    type: FileType
    starts: datetime
    ends: datetime
    will_fail: bool


def to_task_id(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))


def to_moment(task_id: str) -> datetime:
    return datetime.fromtimestamp(int(task_id) / 1000, UTC)


class Gallery:
    """Files in directory order; finished tasks are taken in when it is looked at."""

    def __init__(self, owner: str, now: Callable[[], datetime]) -> None:
        self._owner = owner
        self._now = now
        self._files: list[File] = []
        self._by_url: dict[str, File] = {}
        self._tasks: dict[str, Task] = {}
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

    def submit(self, kind: FileType, *, will_fail: bool) -> str:
        self._settle()
        now = self._now()
        moment = now
        while to_task_id(moment) in self._tasks or to_task_id(moment) in self._by_url:
            moment += timedelta(milliseconds=1)
        starts = max([now, *(task.ends for task in self._tasks.values())])
        task = Task(
            id=to_task_id(moment),
            type=kind,
            starts=starts,
            ends=starts + _WORK,
            will_fail=will_fail,
        )
        self._tasks[task.id] = task
        return task.id

    def status(self, task_id: str) -> tuple[int, int] | None:
        """Status (0 queued, 1 at work, 2 done, 3 failed) and tasks ahead."""
        self._settle()
        task, now = self._tasks.get(task_id), self._now()
        if task is None:
            return None
        if task.ends <= now:
            return (3 if task.will_fail else 2), -1
        if task.starts <= now:
            return 1, 0
        others = self._tasks.values()
        ahead = [one for one in others if now < one.ends and one.starts < task.starts]
        return 0, len(ahead)

    def _settle(self) -> None:
        now = self._now()
        for task in self._tasks.values():
            is_ready = task.ends <= now and not task.will_fail
            if is_ready and task.id not in self._by_url:
                self._keep(self._to_file(task.id, task.type))

    def _to_file(self, url: str, kind: FileType = "image") -> File:
        moment = to_moment(url)
        return File(place=self._place(url), url=url, moment=moment, type=kind)

    def _keep(self, file: File) -> None:
        insort(self._files, file, key=lambda one: one.place)
        self._by_url[file.url] = file
        self._listing = None

    def _place(self, url: str) -> bytes:
        return sha256(f"{self._owner}/{url}".encode()).digest()[:8]

    def ids(self) -> list[str]:
        self._settle()
        shown = [file for file in self._files if not file.is_malformed]
        shown.sort(key=lambda file: file.moment, reverse=True)
        return [file.url for file in shown]

    def newest(self) -> datetime | None:
        return max((file.moment for file in self._files), default=None)

    def add(self, times: Sequence[datetime]) -> list[str]:
        urls: list[str] = []
        for moment in times:
            at = moment
            while to_task_id(at) in self._by_url:
                at += timedelta(milliseconds=1)
            file = self._to_file(to_task_id(at))
            self._keep(file)
            urls.append(file.url)
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
        for url in ids:
            self._tasks.pop(url, None)
        self._listing = None
        return before - len(self._files)

    def finish(self) -> int:
        now = self._now()
        waiting = [task for task in self._tasks.values() if now < task.ends]
        for task in waiting:
            self._tasks[task.id] = structs.replace(task, starts=now, ends=now)
        self._settle()
        return len(waiting)
