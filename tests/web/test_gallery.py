"""The grid: all items, in order, once; nothing moves, and little is in the document."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests import plain
from tests.stack.gateways import Gateway, tell
from tests.web.viewing import Demo, Viewing, viewing

SCROLL = "window.scrollBy({top: innerHeight * 0.9, behavior: 'instant'})"
SCROLLED = 10_000 if os.environ.get("GATEWAY_SCROLL_ALL") else 120
"""How many items are scrolled through: to see all of them takes some minutes."""
FIRST_CARD_MS = int(os.environ.get("GATEWAY_FIRST_CARD_MS", "10000"))
"""A second on a machine that has nothing else to do."""
AT_END = "scrollY + innerHeight >= document.documentElement.scrollHeight - 2"
MEASURE_SHIFT = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) shifted += one.value;
  }).observe({type: "layout-shift", buffered: true});
"""
MEASURE_FIRST_CARD = """
  new MutationObserver((_, observer) => {
    if (!document.querySelector("[data-item-id]")) return;
    observer.disconnect();
    requestAnimationFrame(() => { window.firstCardMs = performance.now(); });
  }).observe(document, {childList: true, subtree: true});
"""


def test_cards_stand_in_the_gallerys_order(view: Viewing, demo: Demo) -> None:
    view.open()

    ids = view.ids()

    items = demo.gateway.page(limit=100)["items"]
    assert len(ids) >= 20
    assert ids == [item["id"] for item in items][: len(ids)]


def test_scrolling_shows_every_item_once_and_keeps_little_in_the_document(
    view: Viewing, demo: Demo
) -> None:
    view.page.add_init_script(MEASURE_SHIFT)
    view.open()
    seen: dict[str, None] = {}
    most = 0

    while len(seen) < SCROLLED and not (
        view.page.locator(".end").count() and view.page.evaluate(AT_END)
    ):
        seen |= dict.fromkeys(view.ids())
        most = max(most, view.page.evaluate("document.querySelectorAll('*').length"))
        view.page.evaluate(SCROLL)
        view.page.wait_for_timeout(60)
    seen |= dict.fromkeys(view.ids())

    listed = demo.gateway.crawl(limit=100)
    assert list(seen) == (listed[: len(seen)] if len(seen) < len(listed) else listed)
    assert len(seen) >= min(SCROLLED, len(listed))
    assert most < 2000
    assert view.page.evaluate("shifted") < 0.02


@pytest.mark.parametrize("width", [390, 1440])
def test_filters_in_the_address_have_their_place_from_the_start(
    view: Viewing, width: int
) -> None:
    view.page.set_viewport_size({"width": width, "height": 900})
    view.page.add_init_script(MEASURE_SHIFT)

    view.open("?provider=hyper3d&provider=avatar&status=ready&created_after=2020-01-01")

    view.page.wait_for_timeout(300)  # for the providers' titles
    assert view.page.evaluate("shifted") < 0.02


def test_what_is_above_stays_where_it_is_while_more_comes(view: Viewing) -> None:
    view.open()
    first, count = view.ids()[0], len(view.ids())
    card = f"document.querySelector('[data-item-id=\"{first}\"]')"
    where = f"{card}.getBoundingClientRect().top"
    before = view.page.evaluate(where)

    view.page.evaluate("document.querySelector('#foot').scrollIntoView()")
    view.until(f"document.querySelectorAll('[data-item-id]').length !== {count}")
    view.page.evaluate("window.scrollTo(0, 0)")

    view.until(f"{card} !== null")  # what was far away is made again
    assert view.page.evaluate(where) == before


def test_the_date_stays_at_the_top_while_its_cards_pass(view: Viewing) -> None:
    view.open()

    view.page.evaluate("window.scrollTo({top: 700, behavior: 'instant'})")

    bar = view.page.locator("#bar").bounding_box()
    date = view.page.locator(".section > h2").first.bounding_box()
    assert bar is not None
    assert date is not None
    assert date["y"] == bar["height"]
    expect(view.page.locator(".section > h2").first).to_have_text("January 2026")


def test_a_card_tells_kind_status_provider_and_progress(view: Viewing) -> None:
    view.open("?provider=piktid&status=processing")
    card = view.page.locator("[data-item-id]").first

    expect(card).to_have_attribute("data-status", "processing")
    expect(card.locator(".state")).to_contain_text("Processing · ")
    expect(card.locator(".meta")).to_contain_text("PiktID · Image")


def test_a_card_tells_why_it_failed(view: Viewing, demo: Demo) -> None:
    failed = demo.gateway.page(provider="piktid", status="failed")["items"][0]

    view.open("?provider=piktid&status=failed")

    card = view.page.locator(f"[data-item-id='{failed['id']}']")
    expect(card.locator(".state")).to_have_text("Failed")
    expect(card.locator(".meta")).to_have_text(failed["error"])


def test_pictures_keep_their_frame_whatever_their_sides(view: Viewing) -> None:
    view.open()
    view.until("document.querySelectorAll('.shot.is-shown').length > 8")

    sides = view.page.evaluate(
        "[...document.querySelectorAll('.shot.is-shown')].map(e => {"
        " const box = e.getBoundingClientRect(); return box.width / box.height; })"
    )

    assert all(abs(ratio - 1) < 0.02 for ratio in sides)


def test_a_placeholder_stands_in_until_the_picture_is_there(
    view: Viewing, demo: Demo
) -> None:
    view.open()
    view.until("document.querySelectorAll('.shot.is-shown').length > 8")
    view.page.route("**/v1/media/**", lambda route: None)  # nothing more comes

    view.open()

    shot = view.page.locator(".shot:has(canvas)").first
    picture = Image.open(io.BytesIO(shot.screenshot())).convert("RGB")
    assert len(picture.resize((8, 8)).getcolors() or []) > 8


def test_a_picture_that_cannot_be_had_just_now_is_asked_for_again(
    browser: Browser, demo: Demo
) -> None:
    with viewing(browser, demo.gateway.address, may_be_refused=True) as view:
        view.page.clock.install()
        view.page.route("**/v1/media/**", lambda route: route.fulfill(status=503))
        view.open()
        view.until("!document.querySelector('.shot img')")
        assert view.page.locator(".shot[title]").count() == 0
        view.page.unroute("**/v1/media/**")

        view.page.clock.run_for(5_000)

        view.page.locator(".shot.is-shown").first.wait_for()


def test_a_picture_that_is_lost_is_told_as_such(browser: Browser, demo: Demo) -> None:
    with viewing(browser, demo.gateway.address, may_be_refused=True) as view:
        view.page.clock.install()
        view.page.route("**/v1/media/**", lambda route: route.fulfill(status=404))
        view.open()

        for _ in range(4):
            view.until("!document.querySelector('.shot img')")
            view.page.clock.run_for(13_000)

        lost = view.page.locator(".shot[title='The picture could not be loaded']")
        lost.first.wait_for()


def test_a_video_plays_muted_while_the_pointer_is_on_it(view: Viewing) -> None:
    view.open("?kind=video&status=ready")
    card = view.page.locator("[data-item-id]").first

    card.hover()

    video = card.locator("video.is-playing")
    video.wait_for()
    assert video.evaluate("one => one.muted && !one.paused")
    view.page.mouse.move(5, 5)
    expect(view.page.locator(".card video")).to_have_count(0)


def test_a_video_plays_while_the_focus_is_on_it(view: Viewing) -> None:
    view.open("?kind=video&status=ready")

    view.page.locator("[data-item-id]").first.focus()

    view.page.locator("[data-item-id] video.is-playing").wait_for()


def test_nothing_plays_for_those_who_want_less_motion(
    browser: Browser, demo: Demo
) -> None:
    address = demo.gateway.address
    with viewing(browser, address, reduced_motion="reduce") as view:
        view.open("?kind=video&status=ready")
        view.page.locator("[data-item-id]").first.hover()
        view.page.wait_for_timeout(500)

        assert view.page.locator(".card video").count() == 0


def test_the_first_card_is_painted_soon_and_nothing_shifts(
    view: Viewing,
) -> None:
    view.page.add_init_script(MEASURE_SHIFT + MEASURE_FIRST_CARD)
    view.open()  # and once more, now that all processes are warm
    view.open()

    view.until("window.firstCardMs !== undefined")

    assert view.page.evaluate("firstCardMs") < FIRST_CARD_MS
    view.until("document.querySelectorAll('.shot.is-shown').length > 8")
    assert view.page.evaluate("shifted") < 0.02


@contextmanager
def adding(sandbox: str, count: int) -> Iterator[None]:
    """Have a sandbox hold some more for a while: other tests know the list as it was."""
    added = plain.post(f"{sandbox}/_sandbox/items", json={"count": count}).json()["ids"]
    yield
    tell(sandbox, "delete", ids=added)


def test_what_is_new_is_told_of_and_let_in_by_a_click(
    browser: Browser, demo: Demo, serving: Callable[..., Gateway]
) -> None:
    address = serving().address
    # what was added goes once no page shows it any more
    with ExitStack() as stack, viewing(browser, address) as view:
        view.page.clock.install()
        view.open("?provider=hyper3d")
        before = view.ids()

        stack.enter_context(adding(demo.upstreams["hyper3d"], 3))
        view.page.clock.run_for(31_000)
        news = view.page.get_by_role("button", name="3 new from Hyper3D")
        news.wait_for()
        held = view.ids()
        news.click()
        expect(news).to_have_count(0)

        assert held == before
        assert view.ids()[3:] == before[: len(view.ids()) - 3] or len(view.ids()) > 3
        assert view.ids()[3] == before[0]
