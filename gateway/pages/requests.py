"""What is asked of the pages, and what they answer."""

from msgspec import Struct

from gateway.accounts.credentials import Account
from gateway.crawl.page import Page
from gateway.crawl.search import Read
from gateway.pages.failures import Failure
from gateway.pages.turns import Turn
from gateway.plugin.provider import Listing


class ListRequest(Struct, frozen=True, kw_only=True):
    """Who asks for a page of which list; `most_seconds` is how old it may be, if set.

    `since` is the tick at which the asking began.
    """

    account: Account
    listing: Listing
    since: int = 1
    most_seconds: float | None = None


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


class PageRequest(Struct, frozen=True, kw_only=True):
    """One page that is wanted, by its key; kept ones are good below `good_seconds`."""

    asked: ListRequest
    read: Read
    key: str
    good_seconds: float
