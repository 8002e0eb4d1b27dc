"""A page in a real browser reads each sandbox's list, and plays a film it made.

Needs Chromium (Debian's `chromium`); GATEWAY_TEST_ALL makes its absence a failure.
"""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from PIL import Image
from playwright.sync_api import Page

from gateway.sandbox.video.film import make_film
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

PLAY = """async (address) => {
  const video = document.createElement("video");
  video.muted = true;
  video.src = address;
  const ended = new Promise((done, fail) => {
    video.onended = done;
    video.onerror = () => fail(video.error);
  });
  await video.play();
  await ended;
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0);
  return [video.duration, [...pen.getImageData(8, 8, 1, 1).data]];
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


def test_a_page_plays_a_film_to_its_end_in_its_colours(page: Page) -> None:
    film = make_film(Image.new("RGB", (64, 64), (30, 140, 220)), 1)
    address = f"data:video/mp4;base64,{b64encode(film).decode()}"

    duration, colour = page.evaluate(PLAY, address)

    assert duration == pytest.approx(1, abs=0.01)
    assert colour == pytest.approx([30, 140, 220, 255], abs=6)
