"""One making of an answer for all who ask for the same at the same time."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from msgspec import Struct

from gateway.concurrency.single_flight import SingleFlight
from gateway.concurrency.tasks import begin_within
from gateway.coordination.validity import Validity
from gateway.ports.metrics import FlightSaved, Watch, unwatched
from gateway.ports.stores import News

JOIN_SECONDS = 0.25
"""So soon after its beginning one may be joined: it waits for no source much less."""

Made = TypeVar("Made")


class Collapsed(NamedTuple, Generic[Made]):
    """What was made; `is_joined` tells that it was begun for another."""

    made: Made
    is_joined: bool


class _Begun(Struct, frozen=True):
    at: float
    validities: Sequence[Validity]


class Collapsing(Generic[Made]):
    """Makes by key; nobody joins what was begun before a change that they may know of."""

    def __init__(self, news: News, watch: Watch = unwatched) -> None:
        self._news = news
        self._watch = watch
        self._flights = SingleFlight[Made](begin_within)
        self._begun: WeakKeyDictionary[asyncio.Task[Made], _Begun] = WeakKeyDictionary()

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
        task = self._flights.find(key)
        is_joined = task is not None and self._may_be_joined(self._begun[task], now)
        if is_joined:
            self._watch(FlightSaved("process"))
        if task is None or not is_joined:
            task = self._flights.begin(key, make)
            self._begun[task] = _Begun(now, validities)
        try:
            return Collapsed(await asyncio.shield(task), is_joined)
        finally:
            del task  # what it raises refers to this, and would so to itself

    def _may_be_joined(self, begun: _Begun, now: float) -> bool:
        is_young = now - begun.at < JOIN_SECONDS
        is_valid = not any(validity.is_void for validity in begun.validities)
        return is_young and is_valid and self._news.is_current
