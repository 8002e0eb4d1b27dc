"""What a caller had to go on without is read on behind, for the crawl's next requests.

A source that takes longer than its callers wait would starve otherwise: what its call
brought has aged when the next caller comes, and a page that was refreshed meanwhile
must be chained to the next one anew. So the reading that a caller gave up goes on from
where the crawl stands, until it has something to give. Whoever comes with the same
standing is handed the very same pages: the same walk wants them in the same order.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from gateway.concurrency.tasks import begin_behind
from gateway.coordination.validity import Validity
from gateway.gallery.run import Part, Step
from gateway.ports.caches import Caches
from gateway.ports.clock import Clock

AHEAD_SECONDS = 30.0
"""How long what was read ahead is good for whoever had to go on without it."""
_MOST_GOING = 256
"""How many sources are read ahead at once; what comes on top of that is not."""
_AHEAD_BYTES = 3_000
"""What one takes besides its pages, in round numbers."""

ReadOn: TypeAlias = Callable[[Part], Awaitable[None]]


class Ahead:
    """A source read on from a standing, by a walk that began at the tick `since`.

    Of no use once its validity is void: the account's pages may have been purged.
    """

    def __init__(self, part: Part, validity: Validity, read_on: ReadOn) -> None:
        self.standing = part.standing
        self.since = part.asked.since
        self.validity = validity
        self.task = begin_behind(_run(part, read_on))

    async def steps(self) -> tuple[Step, ...]:
        """Return what it has read, once it has something to give; nothing if it failed."""
        return await asyncio.shield(self.task)


class Aheads:
    """What is being read ahead, and what was lately, by account, query and standing."""

    def __init__(self, clock: Clock, caches: Caches) -> None:
        self._going: dict[str, Ahead] = {}
        self._kept = caches.make("ahead", _to_bytes, AHEAD_SECONDS, clock)

    def find(self, key: str) -> Ahead | None:
        ahead = self._going.get(key) or self._kept.get(key)
        return None if ahead is None or ahead.validity.is_void else ahead

    def begin(
        self, key: str, to_part: Callable[[], Part], validity: Validity, read_on: ReadOn
    ) -> None:
        """Read on for a part, unless what it would read is there already."""
        if self.find(key) is None and len(self._going) < _MOST_GOING:
            ahead = self._going[key] = Ahead(to_part(), validity, read_on)
            ahead.task.add_done_callback(lambda _: self._end(key, ahead))

    async def settle(self) -> None:
        """Wait until what is being read now has been read."""
        tasks = [ahead.task for ahead in self._going.values()]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def aclose(self) -> None:
        """End what is still being read."""
        for ahead in self._going.values():
            ahead.task.cancel()
        await self.settle()

    def _end(self, key: str, ahead: Ahead) -> None:
        if self._going.get(key) is ahead:  # not where a purge had it begun anew
            del self._going[key]
        if _to_steps(ahead) and not ahead.validity.is_void:
            self._kept.put(key, ahead)


async def _run(part: Part, read_on: ReadOn) -> tuple[Step, ...]:
    with contextlib.closing(part.lane):
        await read_on(part)
        return () if part.lane.is_out else tuple(part.steps)


def _to_steps(ahead: Ahead) -> tuple[Step, ...]:
    is_over = not ahead.task.cancelled() and ahead.task.exception() is None
    return ahead.task.result() if is_over else ()


def _to_bytes(key: str, ahead: Ahead) -> int:
    pages = [step.reading.page for step in _to_steps(ahead)]
    return _AHEAD_BYTES + len(key) + sum(page.size_bytes for page in pages)
