"""The one queue of all users' tasks, each of which takes a second."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from msgspec import Struct, structs

FileType = Literal["image", "video"]
_WORK: Final = timedelta(seconds=1)


class Task(Struct, frozen=True, kw_only=True):
    id: str
    owner: str
    type: FileType
    starts: datetime
    ends: datetime
    will_fail: bool


def to_task_id(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))


def to_moment(task_id: str) -> datetime:
    return datetime.fromtimestamp(int(task_id) / 1000, UTC)


class Queue:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._tasks: dict[str, Task] = {}

    def submit(
        self,
        owner: str,
        kind: FileType,
        *,
        will_fail: bool,
        is_taken: Callable[[str], bool],
    ) -> str:
        now = self._now()
        moment = now
        while to_task_id(moment) in self._tasks or is_taken(to_task_id(moment)):
            moment += timedelta(milliseconds=1)
        starts = max([now, *(task.ends for task in self._tasks.values())])
        task = Task(
            id=to_task_id(moment),
            owner=owner,
            type=kind,
            starts=starts,
            ends=starts + _WORK,
            will_fail=will_fail,
        )
        self._tasks[task.id] = task
        return task.id

    def status(self, task_id: str) -> tuple[int, int] | None:
        """Status (0 queued, 1 at work, 2 done, 3 failed) and tasks ahead."""
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

    def done(self, owner: str) -> list[Task]:
        """The owner's tasks that have made a file."""
        now = self._now()
        return [
            task
            for task in self._tasks.values()
            if task.owner == owner and task.ends <= now and not task.will_fail
        ]

    def finish(self) -> int:
        now = self._now()
        waiting = [task for task in self._tasks.values() if now < task.ends]
        for task in waiting:
            self._tasks[task.id] = structs.replace(task, starts=now, ends=now)
        return len(waiting)
