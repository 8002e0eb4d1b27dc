"""The one queue of all users' tasks, each of which takes a second."""

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct, structs

from providers.avatar.sandbox.orders import Order

_WORK: Final = timedelta(seconds=1)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Task(Struct, frozen=True, kw_only=True):
    id: str
    owner: str
    order: Order
    starts: datetime
    ends: datetime


def to_task_id(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))


def to_moment(task_id: str) -> datetime:
    return datetime.fromtimestamp(int(task_id) / 1000, UTC)


class Queue:
    """Tasks in the order they came, which is the order they are worked at."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._tasks: dict[str, Task] = {}
        self._forgotten: set[str] = set()
        self._is_held = False
        self._listed: frozenset[str] | None = None

    def submit(
        self, owner: str, order: Order, *, is_taken: Callable[[str], bool]
    ) -> str:
        moment = self._now()
        while self._has(to_task_id(moment)) or is_taken(to_task_id(moment)):
            moment += timedelta(milliseconds=1)
        task_id, starts = to_task_id(moment), self._next_start()
        ends = _NEVER if self._is_held else starts + _WORK
        self._tasks[task_id] = Task(
            id=task_id, owner=owner, order=order, starts=starts, ends=ends
        )
        return task_id

    def _has(self, task_id: str) -> bool:
        return task_id in self._tasks or task_id in self._forgotten

    def _next_start(self) -> datetime:
        if self._is_held:
            return _NEVER
        return max([self._now(), *(task.ends for task in self._tasks.values())])

    def status(self, task_id: str) -> tuple[int, int] | None:
        """Status (0 queued, 1 at work, 2 done, 3 failed) and tasks ahead."""
        task, now = self._tasks.get(task_id), self._now()
        if task is None or task_id in self._forgotten:
            return None
        if task.ends <= now:
            return (3 if task.order.will_fail else 2), -1
        if task.starts <= now:
            return 1, 0
        return 0, [one.id for one in self._unfinished()].index(task_id)

    def done(self, owner: str) -> list[Task]:
        """The owner's tasks whose files are to be listed."""
        done = [task for task in self._done() if task.owner == owner]
        if self._listed is None:
            return done
        return [task for task in done if task.id in self._listed]

    def ids(self) -> list[str]:
        return [one for one in self._tasks if one not in self._forgotten]

    def hold(self) -> None:
        now, self._is_held = self._now(), True
        for task in list(self._unfinished()):
            starts = task.starts if task.starts <= now else _NEVER
            self._change(task, starts=starts, ends=_NEVER)

    def release(self) -> None:
        if not self._is_held:
            return
        self._is_held = False
        free = self._now()
        for task in list(self._unfinished()):
            starts = min(task.starts, free)
            free += _WORK
            self._change(task, starts=starts, ends=free)

    def finish(self, ids: Collection[str] | None = None) -> int:
        now = self._now()
        chosen = [one for one in self._unfinished() if ids is None or one.id in ids]
        for task in chosen:
            self._change(task, starts=min(task.starts, now), ends=now)
        return len(chosen)

    def forget(self, ids: Collection[str] | None = None) -> int:
        """What is not done is lost; what is done has its files."""
        chosen = [one for one in self.ids() if ids is None or one in ids]
        self._forgotten.update(chosen)
        for task in list(self._unfinished()):
            if task.id in self._forgotten:
                del self._tasks[task.id]
        return len(chosen)

    def withhold(self) -> None:
        if self._listed is None:
            self._listed = frozenset(task.id for task in self._done())

    def publish(self) -> int:
        listed, self._listed = self._listed, None
        if listed is None:
            return 0
        return len([task for task in self._done() if task.id not in listed])

    def _done(self) -> Iterator[Task]:
        now = self._now()
        tasks = self._tasks.values()
        return (one for one in tasks if one.ends <= now and not one.order.will_fail)

    def _unfinished(self) -> Iterator[Task]:
        now = self._now()
        return (task for task in self._tasks.values() if now < task.ends)

    def _change(self, task: Task, *, starts: datetime, ends: datetime) -> None:
        self._tasks[task.id] = structs.replace(task, starts=starts, ends=ends)
