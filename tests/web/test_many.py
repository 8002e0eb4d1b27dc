"""Thousands of items in one scroll: little in the document and in memory, nothing stalls.

`GATEWAY_SCROLL_ALL=1` makes them 20,000, on a machine that has nothing else to do.
"""

import io
import os
import time
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.stack.gateways import tell
from tests.web.viewing import Demo, Viewing, viewing

pytestmark = pytest.mark.usefixtures("is_asked_for")

IS_ALL = bool(os.environ.get("GATEWAY_SCROLL_ALL"))
ITEMS = 20_000 if IS_ALL else 400
MORE = 20_000 if IS_ALL else 0
"""How many are made beside those that the demo has."""
LONGEST_TASK_MS = 100 if IS_ALL else 2_000
"""A busy machine keeps the browser waiting in the midst of a task."""
MOST_ELEMENTS = 2_000
MOST_SECONDS = 900.0
MOST_HEAP_BYTES = 150_000_000
MEASURE_TASKS = """
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) longest = Math.max(longest, one.duration);
  }).observe({type: "longtask", buffered: true});
"""
STEP = """
  (() => {
    window.scrollBy({top: innerHeight * 0.9, behavior: "instant"});
    const ids = [...document.querySelectorAll("[data-item-id]")];
    return [ids.map((one) => one.dataset.itemId), document.querySelectorAll("*").length];
  })()
"""


@pytest.fixture(scope="module")
def address(demo: Demo) -> str:
    """The address of a demo that has as many items."""
    if MORE:
        for provider in ("hyper3d", "avatar"):
            tell(demo.upstreams[provider], "items", count=MORE // 2)
    return demo.gateway.address


@pytest.fixture(params=[1440, 390])
def view(
    browser: Browser, address: str, request: pytest.FixtureRequest
) -> Iterator[Viewing]:
    """The demo's page, every picture of which is the same: to draw them is not its work."""
    picture = io.BytesIO()
    Image.new("RGB", (320, 320), "teal").save(picture, "WEBP")
    size = {"width": request.param, "height": 900}
    with viewing(browser, address, viewport=size) as view:
        view.page.route(
            "**/v1/media/**",
            lambda route: route.fulfill(
                body=picture.getvalue(), content_type="image/webp"
            ),
        )
        yield view


def test_many_items_are_scrolled_through_smoothly(view: Viewing) -> None:
    view.page.add_init_script(MEASURE_TASKS)
    view.open()
    seen: set[str] = set()
    most, end = 0, time.monotonic() + MOST_SECONDS

    while len(seen) < ITEMS:
        assert time.monotonic() < end, f"{len(seen)} items were seen"
        ids, elements = view.page.evaluate(STEP)
        seen.update(ids)
        most = max(most, elements)
        view.page.wait_for_timeout(20)

    longest = view.page.evaluate("longest")
    session = view.page.context.new_cdp_session(view.page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = session.send("Performance.getMetrics")["metrics"]
    heap = {one["name"]: one["value"] for one in metrics}["JSHeapUsedSize"]
    print(  # noqa: T201  # figures
        f"\n  {len(seen)} items: {most} elements at most, {heap / 1e6:.1f} MB of heap,"
        f" the longest task {longest:.0f} ms"
    )
    assert most < MOST_ELEMENTS
    assert heap < MOST_HEAP_BYTES
    assert longest < LONGEST_TASK_MS
