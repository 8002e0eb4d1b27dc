"""A page in a real browser whose pictures and video are gateway links in `src` alone.

Needs Chromium (Debian's `chromium`); GATEWAY_TEST_ALL makes its absence a failure.
"""

import io
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat
from playwright.sync_api import Browser, Locator, Page

from tests.chromium import running_chromium
from tests.stack import films
from tests.stack.gateways import Gateway
from tests.stack.threaded import serving

PICTURES = 60
SIDE = 480
PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def gateway(
    running_sandboxes: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """A gateway over the sandboxes, and over one film."""
    folder = tmp_path_factory.mktemp("films")
    with films.running_film_gateway(folder, running_sandboxes) as (gateway, _):
        yield gateway


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    page.close()


def visit(page: Page, folder: Path, body: str) -> Iterator[None]:
    """Show a page that is served from an origin of its own."""
    (folder / "index.html").write_text(f"<!doctype html><title>x</title>{body}")
    handler = partial(QuietHandler, directory=str(folder))
    with serving(handler) as address:  # type: ignore[arg-type]  # a class in all but name
        page.goto(address)
        yield


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def thumbnails(gateway: Gateway) -> list[str]:
    shown = gateway.page(limit=100, assets_limit=20)["items"]
    assets: list[dict[str, Any]] = [a for item in shown for a in item["assets"]]
    links = [gateway.address + a["thumbnail_url"] for a in assets if a["thumbnail_url"]]
    return list(dict.fromkeys(links))[:PICTURES]


def to_colour(video: Locator) -> str:
    """Tell of what colour the frame is that is shown just now."""
    shown = Image.open(io.BytesIO(video.screenshot())).convert("RGB")
    red, _, blue = ImageStat.Stat(shown).mean
    return "red" if red > blue else "blue"


def test_sixty_thumbnails_are_shown(
    page: Page, gateway: Gateway, tmp_path: Path
) -> None:
    links = thumbnails(gateway)
    body = "".join(f'<img src="{link}">' for link in links)

    for _ in visit(page, tmp_path, body):
        page.wait_for_function("[...document.images].every(one => one.complete)")
        sizes = page.evaluate(
            "[...document.images].map(one => [one.naturalWidth, one.naturalHeight])"
        )

    assert len(sizes) == PICTURES
    assert all(0 < side <= SIDE for size in sizes for side in size)


def test_a_video_plays_and_seeks(page: Page, gateway: Gateway, tmp_path: Path) -> None:
    (item,) = gateway.page(provider="films")["items"]
    link = gateway.address + item["assets"][0]["url"]
    body = f'<video src="{link}" muted width="320" height="180"></video>'

    for _ in visit(page, tmp_path, body):
        video = page.locator("video")
        video.evaluate("one => one.play()")
        page.wait_for_function("document.querySelector('video').currentTime > 0.5")
        first = to_colour(video)
        video.evaluate("one => one.pause()")
        video.evaluate(
            "(one, at) => new Promise(done => {"
            " one.onseeked = done; one.currentTime = at; })",
            films.SECONDS - 2,
        )
        later = to_colour(video)
        video.evaluate(
            "one => new Promise(done => { one.onseeked = done; one.currentTime = 3; })"
        )
        back = to_colour(video)
        told = video.evaluate("one => [one.duration, one.videoWidth, one.error]")

    assert (first, later, back) == ("red", "blue", "red")
    assert told == [films.SECONDS, 640, None]
