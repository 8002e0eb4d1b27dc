"""One making of an answer for all who ask for the same at the same time."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Sequence
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from gateway.coordination.validity import Validity
from gateway.ports.metrics import Unwatched, Watch
from gateway.ports.stores import News

JOIN_SECONDS = 0.25
"""So soon after its beginning one may be joined: it waits for no source much less."""

Made = TypeVar("Made")


class Collapsed(NamedTuple, Generic[Made]):
    """What was made; `is_joined` tells that it was begun for another."""

    made: Made
    is_joined: bool


class _Making(Struct, Generic[Made], frozen=True):
    task: asyncio.Task[Made]
    validities: Sequence[Validity]
    begun_at: float


class Collapsing(Generic[Made]):
    """Makes by key; nobody joins what was begun before a change that they may know of."""

    def __init__(self, news: News, watch: Watch | None = None) -> None:
        self._news = news
        self._watch = watch or Unwatched()
        self._going: dict[Hashable, _Making[Made]] = {}

    async def make(
        self,
        key: Hashable,
        validities: Sequence[Validity],
        make: Callable[[], Coroutine[None, None, Made]],
    ) -> Collapsed[Made]:
        """Join what was begun just now, unless one of its validities is void; else make it.

        It outlives whoever waits for it; what it raises is raised for all.
        """
        now = asyncio.get_running_loop().time()
        going = self._going.get(key)
        is_joined = going is not None and self._may_be_joined(going, now)
        if is_joined:
            self._watch.flight_saved("process")
        if going is None or not is_joined:
            going = self._going[key] = _Making(
                asyncio.create_task(make()), validities, now
            )
            going.task.add_done_callback(partial(self._end, key))
        try:
            return Collapsed(await asyncio.shield(going.task), is_joined)
        finally:
            del going  # what it raises refers to this, and would so to itself

    def _may_be_joined(self, going: _Making[Made], now: float) -> bool:
        is_young = now - going.begun_at < JOIN_SECONDS
        is_valid = not any(validity.is_void for validity in going.validities)
        return is_young and is_valid and self._news.is_current

    def _end(self, key: Hashable, ended: asyncio.Task[Made]) -> None:
        going = self._going.get(key)
        if going is not None and going.task is ended:
            del self._going[key]
        if not ended.cancelled():
            ended.exception()  # seen, should nobody wait for it any more
