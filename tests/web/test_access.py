"""For everyone: by keyboard alone, on narrow screens, zoomed; axe finds nothing in any view.

axe-core is fetched from npm.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.npm import INSTALL, run
from tests.programs import find_program
from tests.stack.gateways import Gateway, tell
from tests.web.viewing import Demo, Viewing, viewing

pytestmark = pytest.mark.usefixtures("is_asked_for")

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"wide": (1440, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    for name in ("node", "npm"):
        find_program(name)
    folder = tmp_path_factory.mktemp("axe")
    package = (Path(__file__).parent / "package.json").read_text("utf-8")
    (folder / "package.json").write_text(package)
    run(folder, INSTALL)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def assert_accessible(view: Viewing, axe: str) -> None:
    view.page.evaluate(axe)
    found: list[dict[str, Any]] = view.page.evaluate(
        "tags => axe.run(document, {runOnly: tags}).then(told => told.violations.map("
        "one => ({id: one.id, nodes: one.nodes.map(node => node.html.slice(0, 200)"
        " + ' ' + node.failureSummary)})))",
        TAGS,
    )
    assert not found, json.dumps(found, indent=1)[:3000]


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest) -> dict[str, int]:
    width, height = SIZES[request.param]
    return {"width": width, "height": height}


def test_axe_finds_nothing_in_the_views_of_the_demo(
    browser: Browser, demo: Demo, axe: str, scheme: str, size: dict[str, int]
) -> None:
    job = demo.gateway.page(provider="piktid", status="partial", assets_limit=9)
    item_id = job["items"][0]["id"]
    address = demo.gateway.address
    look = {"color_scheme": scheme, "viewport": size, "reduced_motion": "reduce"}
    with viewing(browser, address, may_be_refused=True, **look) as view:
        view.open()
        view.until("document.querySelectorAll('.shot.is-shown').length > 3")
        assert_accessible(view, axe)
        view.page.get_by_role("button", name="Use a key").click()
        assert_accessible(view, axe)
        view.page.keyboard.press("Escape")
        view.page.get_by_role("button", name="Make", exact=True).click()
        view.page.get_by_role("button", name="Make it").click()
        expect(view.page.locator("#make-fault")).not_to_be_empty()
        assert_accessible(view, axe)

        view.open(f"?item={item_id}")
        view.page.locator("#item-side dl").first.wait_for()
        assert_accessible(view, axe)
        view.page.get_by_role("button", name="Compare with the input").click()
        assert_accessible(view, axe)

        view.open("?kind=model&hyper3d.type=Mine&provider=hyper3d")
        if size["width"] < 900:
            view.page.get_by_role("button", name="Filters").click()
        view.page.get_by_text("Hyper3D only").wait_for()
        assert_accessible(view, axe)

        view.page.goto(f"{address}/?q=nothing-of-the-kind")
        view.page.locator(".blank").wait_for()
        assert_accessible(view, axe)


def test_axe_finds_nothing_where_a_provider_fails_or_a_key_is_needed(
    browser: Browser,
    serving: Callable[..., Gateway],
    upstreams: Mapping[str, str],
    axe: str,
    scheme: str,
) -> None:
    tell(upstreams["piktid"], "fail", status=503)
    gateway = serving()
    with viewing(browser, gateway.address, color_scheme=scheme) as view:
        view.open()
        view.page.locator(".failure").wait_for()
        assert_accessible(view, axe)
        tell(upstreams["piktid"], "reset")
        view.page.get_by_role("button", name="Retry PiktID").click()
        view.page.locator(".news").wait_for()
        assert_accessible(view, axe)


def test_the_keyboard_alone_suffices(view: Viewing) -> None:
    view.open()
    ids, press = view.ids(), view.page.keyboard.press
    focused = "document.activeElement.dataset.itemId"

    press("Tab")
    expect(view.page.locator(":focus")).to_have_text("Skip to the gallery")
    press("Enter")
    assert view.page.evaluate(focused) == ids[0]
    press("PageDown")
    assert view.page.evaluate(focused) == ids[1]
    press("PageUp")
    press("ArrowRight")
    press("ArrowRight")
    assert view.page.evaluate(focused) == ids[2]
    columns = view.page.evaluate(
        "Number(getComputedStyle(document.querySelector('#feed')).getPropertyValue('--columns'))"
    )
    press("ArrowDown")
    assert view.page.evaluate(focused) == ids[2 + columns]

    press("Enter")
    view.page.locator("#item-dialog[open] dl").first.wait_for()
    for _ in range(12):
        press("Tab")
        is_inside = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        assert view.page.evaluate(is_inside)
    press("Escape")
    assert view.page.evaluate(focused) == ids[2 + columns]
    press("Control+End")
    assert view.page.evaluate("document.activeElement.id") == "after-feed"


def test_the_end_is_reached_while_it_moves_down(view: Viewing) -> None:
    """It is hidden for two frames when cards have come."""
    view.open()
    view.page.locator("[data-item-id]").first.focus()
    hide = "document.querySelector('#after-feed').style.visibility = 'hidden'"
    view.page.evaluate(hide)

    view.page.keyboard.press("Control+End")

    assert view.page.evaluate("document.activeElement.id") == "after-feed"


def test_cards_are_articles_of_a_feed_by_their_dates(view: Viewing) -> None:
    view.open()

    feed = view.page.get_by_role("feed", name="January 2026")
    first = feed.get_by_role("article").first
    told = first.evaluate("e => [e.ariaPosInSet, e.ariaSetSize]")

    assert told[0] == "1"
    expect(first.get_by_role("link")).to_have_count(1)


@pytest.mark.parametrize("query", ["", "?provider=piktid&kind=image&status=partial"])
def test_at_320_pixels_nothing_lies_beside_the_page(
    browser: Browser, demo: Demo, query: str
) -> None:
    narrow = {"width": 320, "height": 640}
    with viewing(browser, demo.gateway.address, viewport=narrow) as view:
        view.open(query)
        overflow = "document.documentElement.scrollWidth - innerWidth"

        assert view.page.evaluate(overflow) <= 0
        view.page.locator("[data-item-id] a").first.click()
        view.page.locator("#item-side dl").first.wait_for()
        assert view.page.evaluate(
            "[...document.querySelectorAll('#item-dialog, #item-dialog *')].every("
            "e => e.closest('#strip, .compare, video') || e.getBoundingClientRect().right <= 321)"
        )


def test_letters_of_twice_the_size_fit(view: Viewing) -> None:
    view.open()
    before = view.page.evaluate("getComputedStyle(feed).getPropertyValue('--columns')")

    view.page.evaluate("document.documentElement.style.fontSize = '200%'")
    view.page.set_viewport_size({"width": 1400, "height": 900})

    view.until(f"getComputedStyle(feed).getPropertyValue('--columns') < '{before}'")
    assert view.page.evaluate(
        "[...document.querySelectorAll('.card')].every(e => e.scrollHeight <= e.clientHeight + 1)"
    )
    assert view.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_words_run_in_their_own_direction(view: Viewing, demo: Demo) -> None:
    item = demo.gateway.page(provider="hyper3d")["items"][0]
    written = item | {"title": "مرسم الضوء", "prompt": "قطة على سطح"}
    view.page.route("**/v1/gallery/hyper3d*", lambda route: route.fulfill(json=written))

    view.open(f"?item={item['id']}")

    for place in ("#item-title", ".prompt"):
        told = view.page.locator(place)
        told.wait_for()
        expect(told).to_contain_text(re.compile("[\u0600-\u06ff]"))
        assert told.evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert view.page.evaluate("getComputedStyle(document.body).direction") == "ltr"
