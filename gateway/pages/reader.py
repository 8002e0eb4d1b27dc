"""One walk's reading of a list, which keeps its turn at a page while it proves its link."""

from types import TracebackType
from typing import Self

from gateway.crawl.page import Page
from gateway.crawl.search import Read
from gateway.pages.pages import Asked, Got, Pages
from gateway.pages.turns import Turn
from gateway.plugin.provider import PageKey


class Reader:
    """Reads what a walk wants, one page after another; nothing is kept at its exit.

    A walk proves a page's link, if at all, by what it has or by the very next read,
    which is to begin after the page came.
    """

    def __init__(self, pages: Pages, asked: Asked) -> None:
        self._pages = pages
        self._asked = asked
        self._turn: Turn | None = None
        self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._let_go()

    async def read(self, read: Read) -> Got:
        """Return a page, as `Pages.read` does."""
        if read.after != self._held:
            self._let_go()
        got = await self._pages.read_on(self._asked, read)
        if got.turn is not None and got.page is not None:
            self._let_go()
            self._turn, self._held = got.turn, got.page.held
        return got

    async def keep_link(self, number: PageKey, page: Page) -> None:
        """Keep a page with the link that was proven; see `Pages.keep_link`."""
        await self._pages.keep_link(self._asked, number, page, self._turn)

    def _let_go(self) -> None:
        if self._turn is not None:
            self._turn.release()
            self._turn = None
