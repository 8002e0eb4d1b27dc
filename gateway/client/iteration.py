"""A crawl as an iterator that knows where to go on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from gateway.client.core.crawl import Crawl
from gateway.client.core.exchange import Flow, Policy
from gateway.plugin.model import GalleryItem, GalleryPage, SourceReport


class _Standing:
    """Where a crawl stands, for whoever iterates over it."""

    def __init__(self, crawl: Crawl, policy: Policy) -> None:
        self._crawl = crawl
        self._policy = policy

    @property
    def cursor(self) -> str | None:
        """Where to go on after the items given so far: save it together with them.

        None before any was given, and at the end; `is_finished` tells which.
        """
        return self._crawl.cursor

    @property
    def is_finished(self) -> bool:
        """Return whether all items were given."""
        return self._crawl.is_finished

    @property
    def page(self) -> GalleryPage | None:
        """The page that was read last."""
        return self._crawl.page

    @property
    def sources(self) -> tuple[SourceReport, ...]:
        """How each provider fared on the page that was read last."""
        return self._crawl.page.sources if self._crawl.page else ()

    @property
    def complete(self) -> bool:
        """Return whether the crawl has ended with every provider read to its end."""
        return (
            self.is_finished
            and self._crawl.page is not None
            and self._crawl.page.complete
        )


class Items(_Standing, Iterator[GalleryItem]):
    """The items of a crawl. After an error it may be asked to go on."""

    def __init__(
        self, crawl: Crawl, policy: Policy, run: Callable[[Flow[None]], None]
    ) -> None:
        super().__init__(crawl, policy)
        self._run = run

    def __next__(self) -> GalleryItem:
        item = self._crawl.take()
        if item is None:
            self._run(self._crawl.reading(self._policy))
            item = self._crawl.take()
            if item is None:
                raise StopIteration
        return item


class AsyncItems(_Standing, AsyncIterator[GalleryItem]):
    """The items of a crawl. After an error or a cancellation it may be asked to go on."""

    def __init__(
        self, crawl: Crawl, policy: Policy, run: Callable[[Flow[None]], Awaitable[None]]
    ) -> None:
        super().__init__(crawl, policy)
        self._run = run
        self._reading = asyncio.Lock()

    async def __anext__(self) -> GalleryItem:
        item = self._crawl.take()
        if item is None:
            item = await self._read()
        if item is None:
            raise StopAsyncIteration
        return item

    async def _read(self) -> GalleryItem | None:
        """Read on, once for all tasks that take items of one crawl."""
        async with self._reading:
            item = self._crawl.take()
            if item is None:
                await self._run(self._crawl.reading(self._policy))
                item = self._crawl.take()
            return item
