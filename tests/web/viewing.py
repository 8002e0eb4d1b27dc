"""The viewer in a browser, and whatever a browser would complain of."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import Struct, field
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.stack.gateways import Gateway

PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
BOUND_SECONDS = 20.0
REFUSAL = "Failed to load resource"
"""What Chromium itself says of each answer that is none."""


class Demo(Struct, frozen=True, kw_only=True):
    """A running demo, its key that may write, and its sandboxes' addresses."""

    gateway: Gateway
    key: str
    upstreams: Mapping[str, str]


class Viewing(Struct, frozen=True, kw_only=True):
    """A page, where it is, and what went wrong in it."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def open(self, query: str = "") -> None:
        self.page.goto(f"{self.address}/{query}")
        self.page.locator("[data-item-id]").first.wait_for()

    def until(self, expression: str) -> None:
        """Wait until an expression holds; the page's policy forbids to do so inside."""
        end = time.monotonic() + BOUND_SECONDS
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"waited in vain for {expression}"
            self.page.wait_for_timeout(30)

    def ids(self) -> list[str]:
        """Return the ids of the cards in the document, in its order."""
        found: list[str] = self.page.evaluate(
            "[...document.querySelectorAll('[data-item-id]')].map(e => e.dataset.itemId)"
        )
        return found

    def watch(self) -> None:
        self.page.on("console", lambda message: self._hear(message))  # noqa: PLW0108  # it writes on what it is given
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self._follow(request))  # noqa: PLW0108

    def _hear(self, message: ConsoleMessage) -> None:
        if REFUSAL in message.text:
            self.refused.append(f"{message.text} {message.location['url']}")
        elif message.type in {"error", "warning"}:
            self.faults.append(message.text)

    def _follow(self, request: Request) -> None:
        is_own = request.url.startswith((self.address, "data:", "blob:"))
        if not is_own:
            self.faults.append(f"it asked {request.url}")


@contextmanager
def viewing(
    browser: Browser, address: str, *, may_be_refused: bool = False, **context: Any
) -> Iterator[Viewing]:
    """Yield a page; afterwards nothing may have been complained of.

    `may_be_refused` is for those who see to it that an answer is none.
    """
    opened = browser.new_context(
        **{"viewport": {"width": 1440, "height": 900}, **context}
    )
    opened.set_default_timeout(PATIENCE_MS)
    view = Viewing(page=opened.new_page(), address=address)
    view.watch()
    try:
        yield view
    finally:
        opened.close()
    assert view.faults == [], view.faults
    assert may_be_refused or view.refused == [], view.refused


def to_upstreams(out: str) -> dict[str, str]:
    """Read the sandboxes' addresses from what the demo prints."""
    return dict(re.findall(r"(\w+) sandbox +(http://\S+?)/_sandbox", out))


def ids_among(items: Sequence[Mapping[str, Any]]) -> list[str]:
    return [item["id"] for item in items]
