"""What a reader of pages is tested with: a request, a page, and the reader below."""

import asyncio
from collections.abc import Sequence

from gateway.crawl.page import Page
from gateway.crawl.search import Read
from gateway.pages.requests import Flight, ListRequest, PageRequest, PageResult
from gateway.pages.turns import Turn
from gateway.plugin.provider import Entry, Listing, Numbered
from tests.fakes import NoFilters
from tests.gallery.fakes import account_of, to_item

LISTING = Listing(request=NoFilters(), paging=Numbered(size=5, totals=True))
KEY = "page:account:generation:{shape}"


def to_entries(*serials: int) -> tuple[Entry, ...]:
    items = [to_item("studio", serial) for serial in serials]
    return tuple(Entry(item.id, item, ()) for item in items)


def to_page(held: int = 1, entries: Sequence[Entry] = (), at: float = 0.0) -> Page:
    return Page(
        entries=tuple(entries), is_last=True, asked_at=at, received_at=at, held=held
    )


def to_request(read: Read, turn: Turn | None = None) -> PageRequest:
    """Return a request, on its way if there is a turn."""
    flight = None if turn is None else Flight(read.after, turn, is_close=True)
    return PageRequest(
        asked=ListRequest(account=account_of("studio"), listing=LISTING),
        read=read,
        key=KEY,
        good_seconds=30.0,
        flight=flight,
    )


class Below:
    """The reader below: each call answers once it is let, and is noted."""

    def __init__(self, result: PageResult) -> None:
        self.result = result
        self.error: Exception | None = None
        self.asked: list[PageRequest] = []
        self.gate = asyncio.Event()

    async def __call__(self, want: PageRequest) -> PageResult:
        self.asked.append(want)
        want.on_its_way.begun = 10 * len(self.asked)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.result
