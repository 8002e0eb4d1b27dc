"""One walk's reading of a list; it keeps its turn at a page that it has to prove."""

from types import TracebackType
from typing import Self

from gateway.crawl.page import Page
from gateway.crawl.search import Read
from gateway.pages.pages import Pages
from gateway.pages.requests import ListRequest, PageResult
from gateway.pages.turns import Turn
from gateway.plugin.provider import PageKey


class Reader:
    """Reads what a walk wants, one page after another; nothing is kept at its exit.

    A walk proves a page's predecessor, if at all, by what it has or by the very next
    read, which is to begin after the page came. One of a page further down proves
    nothing: the place is looked for there.
    """

    def __init__(self, pages: Pages, asked: ListRequest) -> None:
        self._pages = pages
        self._asked = asked
        self._turn: Turn | None = None
        self._held = 0
        self._page: PageKey = 0
        self._is_proving = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._let_go()

    async def read(self, read: Read) -> PageResult:
        """Return a page, as `Pages.read` does."""
        is_late = read.after != self._held or _is_below(read.page, self._page)
        if is_late or self._is_proving:
            self._let_go()
        self._is_proving = self._turn is not None
        got = await self._pages.read_on(self._asked, read)
        if got.turn is not None and got.page is not None:
            self._let_go()
            self._turn, self._held, self._page = got.turn, got.page.held, read.page
            self._is_proving = False
        return got

    async def keep_predecessor(self, number: PageKey, page: Page) -> None:
        """Keep a page with the predecessor that was proven; see `Pages.keep_predecessor`."""
        await self._pages.keep_predecessor(self._asked, number, page, self._turn)

    def _let_go(self) -> None:
        if self._turn is not None:
            self._turn.release()
            self._turn = None


def _is_below(page: PageKey, other: PageKey) -> bool:
    """Return whether a page is further down a list in numbered pages."""
    return isinstance(page, int) and isinstance(other, int) and page > other
