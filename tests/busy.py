"""An event loop that has other things to do, and so comes late to each of its turns."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def behind(seconds: float) -> AsyncIterator[None]:
    """Let each turn of the loop take so long meanwhile."""
    working = asyncio.create_task(_work(seconds))
    try:
        yield
    finally:
        working.cancel()


async def _work(seconds: float) -> None:
    while True:
        time.sleep(seconds)  # noqa: ASYNC251  # the point
        await asyncio.sleep(0)
