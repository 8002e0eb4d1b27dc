"""Crawlers side by side, each of which writes down what it was answered, and when."""

import asyncio
import re
import time
from collections import Counter

import httpx

from gateway.client import (
    AsyncGallery,
    ConnectionFailedError,
    GalleryPage,
    GatewayError,
    RateLimitedError,
    UnavailableError,
)
from gateway.terminal.verification.oracle import Crawled, Reading

_LIMITS = (100, 67)
"""Pages whose bounds differ, so that they are answered of different places."""
_POLICY = re.compile(r"q=([0-9]+);w=([0-9]+)")
_SPARED = 1.1
"""So much slower than the limit they are, for others with the same key."""
_STEP_SECONDS = 0.5
_LONGEST_STEP_SECONDS = 5.0


class Log:
    """What all crawlers were answered: statuses and times, failures by their code."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.states: dict[str, Counter[str]] = {}
        self.seconds: list[float] = []
        self.quota: float = 0.0
        """How many seconds of the limit one request takes."""

    async def note(self, response: httpx.Response) -> None:
        self.statuses[str(response.status_code)] += 1
        found = _POLICY.search(response.headers.get("ratelimit-policy", ""))
        if found is not None and int(found[1]):
            self.quota = int(found[2]) / int(found[1])

    def see(self, page: GalleryPage) -> None:
        for source in page.sources:
            self.states.setdefault(source.provider, Counter())[source.state] += 1


class Crawler:
    """Crawls again and again until its time is over; `crawls` are its crawls so far.

    The first one wants everything anew: what it sees was there then. The others are
    answered from the cache as anybody is.
    """

    def __init__(
        self, address: tuple[str, str | None], number: int, count: int, log: Log
    ) -> None:
        headers = {"cache-control": "no-cache"} if number == 0 else {}
        self._ages: list[float] = []
        self._http = httpx.AsyncClient(
            headers=headers, event_hooks={"response": [log.note, self._note]}
        )
        self._gallery = AsyncGallery(*address, retries=0, http=self._http)
        self._limit = _LIMITS[number % len(_LIMITS)]
        self._count = count
        self._log = log
        self.crawls: list[Crawled] = []

    async def run(self, end: float) -> None:
        async with self._http:
            while time.monotonic() < end:
                crawl = Crawled(readings=[])
                self.crawls.append(crawl)
                try:
                    await self._crawl(crawl, end)
                except GatewayError as error:
                    crawl.fault = f"{error.code}: {error}"
                    await self._sleep(_STEP_SECONDS, end)

    async def _crawl(self, crawl: Crawled, end: float) -> None:
        cursor: str | None = None
        while time.monotonic() < end:
            page = await self._read(cursor, crawl, end)
            if page is None:
                return
            cursor = page.next_cursor
            if cursor is None:
                crawl.has_ended, crawl.is_complete = True, page.complete
                return

    async def _read(
        self, cursor: str | None, crawl: Crawled, end: float
    ) -> GalleryPage | None:
        """Read a page, as often as it takes; None where there is no time left."""
        while time.monotonic() < end:
            begun = time.monotonic()
            try:
                page = await self._gallery.page(limit=self._limit, cursor=cursor)
            except (UnavailableError, RateLimitedError, ConnectionFailedError) as error:
                if error.status is None:
                    self._log.statuses[error.code] += 1
                await self._sleep(error.retry_after_seconds or _STEP_SECONDS, end)
                continue
            ended = time.monotonic()
            self._log.seconds.append(ended - begun)
            self._log.see(page)
            crawl.readings.append(self._to_reading(page, begun, ended))
            pace = self._log.quota * self._count * _SPARED
            await self._sleep(pace - (ended - begun), end)
            return page
        return None

    def _to_reading(self, page: GalleryPage, begun: float, ended: float) -> Reading:
        return Reading(
            begun=begun,
            ended=ended,
            age_seconds=self._ages[-1],
            items=page.items,
            sources=page.sources,
        )

    async def _sleep(self, seconds: float, end: float) -> None:
        left = min(seconds, _LONGEST_STEP_SECONDS, end - time.monotonic())
        await asyncio.sleep(max(left, 0.0))

    async def _note(self, response: httpx.Response) -> None:
        age = response.headers.get("age", "0")
        self._ages.append(float(age) if age.isdigit() else 0.0)


async def crawl_all(
    address: tuple[str, str | None], count: int, seconds: float, log: Log
) -> list[Crawled]:
    """Crawl side by side for so long; every crawl is returned, ended or not."""
    crawlers = [Crawler(address, number, count, log) for number in range(count)]
    end = time.monotonic() + seconds
    async with asyncio.TaskGroup() as tasks:
        for crawler in crawlers:
            tasks.create_task(crawler.run(end))
    return [crawl for crawler in crawlers for crawl in crawler.crawls]
