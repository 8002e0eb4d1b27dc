"""A page of an origin of its own reads each sandbox's list, in a real browser.

Needs Chromium (Debian's `chromium`); GATEWAY_TEST_ALL makes its absence a failure.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from playwright.sync_api import Page

from tests.chromium import running_chromium
from tests.sandbox.serving import CREATE, LIST_PATH, login, serve
from tests.stack.threaded import serving

OPTIONS = ("--disable-background-networking", "--disable-gpu", "--no-sandbox")
ITEMS = 5
FETCH = """async ([address, headers, body]) => {
  const method = body ? "POST" : "GET";
  const answer = await fetch(address, {method, headers, body});
  return [answer.status, await answer.json()];
}"""


class EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>x</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with running_chromium() as browser, serving(EmptyPage) as address:
        page = browser.new_page()
        page.goto(address)
        yield page


@pytest.fixture
def sandboxes() -> Iterator[dict[str, tuple[str, dict[str, str]]]]:
    """The address of each, and the headers of its ready account."""
    with start_blocking_portal() as portal, ExitStack() as running:
        found = {}
        for name, create in CREATE.items():
            served = portal.wrap_async_context_manager(serve(create(items=ITEMS)))
            client = running.enter_context(served)
            headers = portal.call(login, client, name)
            found[name] = (str(client.base_url), headers)
        yield found


def entries_of(answer: Any) -> list[object]:
    """Where each upstream has them."""
    if isinstance(answer, list):
        return answer
    found: list[object] = answer.get("jobs") or answer["gallery_urls"]
    return found


def test_a_page_reads_the_list_of_each_sandbox(
    page: Page, sandboxes: dict[str, tuple[str, dict[str, str]]]
) -> None:
    counts = {}
    for name, (address, headers) in sandboxes.items():
        body = '{"page_num": 0, "type": "Mine"}' if name == "hyper3d" else None
        told = {**headers, "Content-Type": "application/json"}
        status, answer = page.evaluate(FETCH, [address + LIST_PATH[name], told, body])

        counts[name] = status, len(entries_of(answer))

    assert counts == {
        "hyper3d": (201, ITEMS),
        "avatar": (200, ITEMS),
        "piktid": (200, ITEMS),
    }
