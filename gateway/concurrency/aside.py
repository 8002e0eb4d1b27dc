"""Work that takes long, beside the event loop: who does not need it waits for none of it.

It runs in a thread, whose steps must be short: Python lets others on between them, but
not within one call into C, as the decoding of one text.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

SMALL = 200_000
"""Up to so many bytes, or entries' worth of them, work is done at once: some 10 ms."""
MEDIUM = 2_000_000
_FREED_AT_ONCE = 500
ENTRY_BYTES = 100
"""What an entry counts as, where it is the entries that are work."""

Done = TypeVar("Done")

_threads = {
    name: ThreadPoolExecutor(1, thread_name_prefix=name) for name in ("medium", "large")
}
"""One for each size, so that what is large keeps only what is large waiting."""


def let_go(things: list[Any], indexes: list[Any] | None = None) -> None:
    """Free many things in short steps: all at once, they would hold everybody up.

    So would all that is made of them: `indexes` are freed before, one at a time.
    """

    def work() -> None:
        while indexes:
            indexes.pop()
        while things:
            del things[-_FREED_AT_ONCE:]

    with suppress(RuntimeError):  # at the very end there are no threads any more
        _threads["large"].submit(work)


async def aside(weight: int, work: Callable[[], Done]) -> Done:
    """Do work of so many bytes, in a thread if that is much.

    Whoever is cancelled is so once the work is done: nothing it uses is used twice.
    """
    if weight <= SMALL:
        return work()
    threads = _threads["medium" if weight <= MEDIUM else "large"]
    doing = asyncio.get_running_loop().run_in_executor(threads, work)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise
