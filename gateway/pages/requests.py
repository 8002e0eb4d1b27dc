"""What is asked of the pages, what they answer, and the readers between the two.

A reader is given a request and gives a result. Each is built on the next one, down to
the upstream: `Pages` (what is at hand), `Flights` (one call for all who want the same),
`Leased` (one replica at a time), `Upstream` (the call).
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec
from msgspec import Struct

from gateway.accounts.credentials import Account
from gateway.crawl.chain import follows
from gateway.crawl.page import Page
from gateway.crawl.search import Read
from gateway.pages.failures import Failure
from gateway.pages.turns import Turn
from gateway.plugin.provider import Listing, PageKey
from gateway.sealing.digest import to_key


class ListRequest(Struct, frozen=True, kw_only=True, dict=True):
    """Who asks for a page of which list; `most_seconds` is how old it may be, if set.

    `since` is the tick at which the asking began.
    """

    account: Account
    listing: Listing
    since: int = 1
    most_seconds: float | None = None

    def to_shape(self, number: PageKey) -> str:
        """Return what stands for all that shapes the call for a page, digested once."""
        shapes: dict[PageKey, str] = self.__dict__.setdefault("shapes", {})
        if number not in shapes:
            shapes[number] = to_key(msgspec.msgpack.encode((self.listing, number)))
        return shapes[number]


class Flight:
    """One way to a page. `begun` is the tick at which its upstream call began.

    `is_close` tells that it was wanted right after the tick that it was to begin after.
    """

    def __init__(self, after: int, turn: Turn, *, is_close: bool) -> None:
        self.after = after
        self.turn = turn
        self.is_close = is_close
        self.begun: int | None = None

    def may_serve(self, read: Read) -> bool:
        """Return whether its answer may be what is wanted."""
        if read.after in {0, self.after} or read.here is not None:
            return True
        # A call that began before the caller's page was held shows the list as it was
        # before: [d e] while [b c] stood before it. Then a came in, and behind [a b] it
        # lacks c.
        return self.begun is not None and self.begun > read.after

    def serves(self, read: Read, result: "PageResult") -> bool:
        """Return whether its answer is what is wanted, of whatever age."""
        if read.after == 0 or result.page is None:
            return True
        began = self.begun is not None and self.begun > read.after
        if not result.is_kept and (began or self.after == read.after):
            return True
        return read.here is not None and follows(read.here, result.page)


class PageRequest(Struct, frozen=True, kw_only=True):
    """One page that is wanted, by its key; kept ones are good below `good_seconds`.

    `flight` is how it is on its way to the upstream, once it is.
    """

    asked: ListRequest
    read: Read
    key: str
    good_seconds: float
    flight: Flight | None = None

    @property
    def on_its_way(self) -> Flight:
        """Return the flight.

        Raises:
            AssertionError: it is not on its way.
        """
        if self.flight is None:
            raise AssertionError("no flight")
        return self.flight


class PageResult(Struct, frozen=True, kw_only=True):
    """A page, if there is one, and the failure that stands behind a stale one or none.

    `is_kept` tells one from the cache from one that was answered just now. `turn` is
    held for whoever asked, who has the page's predecessor to prove and then releases it.
    """

    page: Page | None = None
    is_kept: bool = False
    is_new: bool = False
    is_close: bool = True
    failure: Failure | None = None
    turn: Turn | None = None


ReadPage: TypeAlias = Callable[[PageRequest], Awaitable[PageResult]]
