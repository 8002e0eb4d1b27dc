"""An item in its dialog: files, comparison, video, neighbours, and deletion with undo."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import plain
from tests.stack.gateways import Gateway
from tests.stack.processes import wait_until
from tests.web.viewing import Demo, Viewing, viewing

UNDO_MS = 7_500


def find_item(demo: Demo, is_wanted: Callable[[Any], bool], **query: str) -> Any:
    page = demo.gateway.page(limit=100, assets_limit=200, **query)
    return next(item for item in page["items"] if is_wanted(item))


def dialog_of(page: Page) -> Locator:
    return page.locator("#item-dialog[open]")


def use_key(view: Viewing, key: str) -> None:
    view.page.locator("#key-button").click()
    view.page.get_by_label("Key or token").fill(key)
    view.page.keyboard.press("Enter")
    expect(view.page.locator("#key-button")).to_have_attribute("data-used", "true")
    view.page.locator("[data-item-id]").first.wait_for()


def shown_pixels(view: Viewing) -> list[int]:
    view.until("document.querySelector('#stage img')?.naturalWidth > 0")
    pixels: list[int] = view.page.evaluate(
        "(e => [e.naturalWidth, e.naturalHeight])(document.querySelector('#stage img'))"
    )
    return pixels


def test_a_click_opens_an_item_with_an_address_and_back_closes_it(
    view: Viewing,
) -> None:
    view.open()
    first = view.ids()[0]

    view.page.locator("[data-item-id] a").first.click()
    dialog_of(view.page).wait_for()
    expect(view.page).to_have_url(re.compile(re.escape(f"?item={first}") + "$"))

    view.page.go_back()
    expect(dialog_of(view.page)).to_have_count(0)
    expect(view.page).to_have_url(f"{view.address}/")
    view.page.go_forward()
    dialog_of(view.page).wait_for()
    view.page.keyboard.press("Escape")
    expect(dialog_of(view.page)).to_have_count(0)
    expect(view.page).to_have_url(f"{view.address}/")
    view.until(f"document.activeElement.dataset.itemId === {first!r}")


def test_a_link_to_an_item_opens_it(view: Viewing, demo: Demo) -> None:
    item = find_item(demo, lambda one: one["prompt"], provider="hyper3d")

    view.open(f"?item={item['id']}")

    dialog = dialog_of(view.page)
    expect(dialog.locator("#item-title")).to_have_text(item["title"] or item["prompt"])
    expect(dialog.locator(".prompt")).to_have_text(item["prompt"])
    expect(dialog.locator("dl").first).to_contain_text(item["author"]["name"])
    assert max(shown_pixels(view)) <= 1440


def test_an_item_that_is_not_there_is_told_as_such(view: Viewing) -> None:
    view.open("?item=avatar:nothing")

    alert = dialog_of(view.page).get_by_role("alert")
    expect(alert).to_have_text("There is no such item, or no longer")
    view.refused.clear()


def test_a_jobs_files_are_all_shown_inputs_beside_outputs(
    view: Viewing, demo: Demo
) -> None:
    item = find_item(demo, lambda one: 4 < one["asset_count"] < 30, provider="piktid")

    view.open(f"?item={item['id']}")

    strip = view.page.locator("#strip")
    expect(strip.locator("[aria-label=Outputs] button")).to_have_count(
        sum(asset["role"] == "output" for asset in item["assets"])
    )
    expect(strip.locator("[aria-label=Inputs] button")).to_have_count(
        sum(asset["role"] == "input" for asset in item["assets"])
    )
    strip.locator("[aria-label=Inputs] button").last.click()
    last = item["assets"][-1]["filename"]
    expect(view.page.locator("#item-side")).to_contain_text(last)


def test_an_output_is_compared_with_its_input_by_a_slider(
    view: Viewing, demo: Demo
) -> None:
    item = find_item(demo, lambda one: one["status"] == "ready", provider="piktid")
    view.open(f"?item={item['id']}")
    share = "getComputedStyle(document.querySelector('.compare')).getPropertyValue('--share')"

    view.page.get_by_role("button", name="Compare with the input").click()
    slider = view.page.get_by_role("slider", name="How much of the input is shown")
    slider.focus()
    assert view.page.evaluate(share) == "50%"
    view.page.keyboard.press("ArrowLeft")
    assert view.page.evaluate(share) == "49%"
    box = slider.bounding_box()
    assert box is not None
    view.page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 3)

    assert int(view.page.evaluate(share).rstrip("%")) in range(76, 84)
    clip = view.page.locator(".compare .before").evaluate(
        "one => getComputedStyle(one).clipPath"
    )
    assert clip.startswith("inset(0")
    view.page.get_by_role("button", name="Show the output alone").click()
    expect(view.page.locator(".compare")).to_have_count(0)


def test_a_video_plays_and_seeks(view: Viewing, demo: Demo) -> None:
    item = find_item(demo, lambda one: True, provider="avatar", kind="video")
    view.open(f"?item={item['id']}")
    video = view.page.locator("#stage video")

    video.evaluate("one => { one.muted = true; return one.play(); }")
    view.until("document.querySelector('#stage video').currentTime > 0.2")
    video.evaluate(
        "one => new Promise(done => { one.pause(); one.onseeked = done;"
        " one.currentTime = one.duration / 2; })"
    )

    assert video.evaluate("one => one.currentTime / one.duration") == pytest.approx(0.5)
    assert video.evaluate("one => one.controls")


def test_keys_lead_to_the_neighbours_and_past_what_is_loaded(view: Viewing) -> None:
    view.open()
    ids = view.ids()
    view.page.locator("[data-item-id] a").first.click()
    title = view.page.locator("#item-title")
    title.wait_for()

    for wanted in [*ids[1:4], *reversed(ids[:3])]:
        step = (
            "ArrowRight"
            if ids.index(wanted) > ids.index(at_item(view))
            else "ArrowLeft"
        )
        view.page.keyboard.press(step)
        view.until(f"location.search.includes({wanted!r})")

    view.page.get_by_role("button", name="Next item").click()
    view.until(f"location.search.includes({ids[1]!r})")
    view.page.keyboard.press("Escape")
    view.until(f"document.activeElement.dataset.itemId === {ids[1]!r}")
    view.until("location.search === ''")


def at_item(view: Viewing) -> str:
    found = re.search(r"item=([^&]+)", view.page.url)
    assert found is not None
    return found[1]


def test_a_swipe_leads_to_the_next_item(browser: Browser, demo: Demo) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    with viewing(browser, demo.gateway.address, **phone) as view:
        view.open()
        ids = view.ids()
        view.page.locator("[data-item-id] a").first.tap()
        dialog_of(view.page).locator("dl").first.wait_for()

        swipe(view.page, 300, 80)

        view.until(f"location.search.includes({ids[1]!r})")
        swipe(view.page, 80, 300)
        view.until(f"location.search.includes({ids[0]!r})")


def swipe(page: Page, start: int, end: int) -> None:
    session = page.context.new_cdp_session(page)

    def touch(kind: str, x: int) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": 300}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", start)
    for step in range(1, 5):
        touch("touchMove", start + (end - start) * step // 4)
    touch("touchEnd", end)


def test_a_file_is_downloaded_under_its_name(view: Viewing, demo: Demo) -> None:
    item = find_item(demo, lambda one: one["kind"] == "image", provider="avatar")
    view.open(f"?item={item['id']}")

    with view.page.expect_download() as waited:
        view.page.get_by_role("link", name="Download").click()

    assert waited.value.suggested_filename == item["assets"][0]["filename"]
    assert waited.value.path().stat().st_size > 1000


def test_a_link_is_copied(browser: Browser, demo: Demo) -> None:
    rights = ["clipboard-read", "clipboard-write"]
    with viewing(browser, demo.gateway.address, permissions=rights) as view:
        view.open()
        item_id = view.ids()[0]
        view.page.locator("[data-item-id] a").first.click()

        view.page.get_by_role("button", name="Copy link").click()

        expect(view.page.get_by_text("The link is copied.")).to_be_visible()
        copied = view.page.evaluate("navigator.clipboard.readText()")
        assert copied == f"{view.address}/?item={item_id}"


def test_without_a_key_nothing_can_be_deleted(view: Viewing, demo: Demo) -> None:
    item = find_item(demo, lambda one: one["kind"] == "image", provider="avatar")

    view.open(f"?item={item['id']}")

    dialog_of(view.page).locator("dl").first.wait_for()
    assert view.page.get_by_role("button", name="Delete").count() == 0


@pytest.fixture
def deletable(view: Viewing, demo: Demo) -> str:
    """An item whose deletion is begun on the page, with a key that may."""
    item = find_item(demo, lambda one: one["kind"] == "image", provider="avatar")
    item_id: str = item["id"]
    view.page.clock.install()
    view.open("?provider=avatar&kind=image")
    use_key(view, demo.key)
    view.page.locator(f"[data-item-id='{item_id}'] a").click()
    view.page.get_by_role("button", name="Delete").click()
    expect(view.page.locator(f"[data-item-id='{item_id}']")).to_have_count(0)
    return item_id


def exists(gateway: Gateway, item_id: str) -> bool:
    answer = plain.get(f"{gateway.address}/v1/gallery/{quote(item_id)}")
    assert answer.status_code in {200, 404}
    return answer.status_code == 200


def test_a_deletion_is_undone(view: Viewing, demo: Demo, deletable: str) -> None:
    view.page.get_by_role("button", name="Undo").click()

    view.page.locator(f"[data-item-id='{deletable}']").wait_for()
    view.page.clock.run_for(UNDO_MS)
    assert exists(demo.gateway, deletable)


def test_a_deletion_is_sent_when_the_time_to_undo_it_has_passed(
    view: Viewing, demo: Demo, deletable: str
) -> None:
    assert exists(demo.gateway, deletable)

    with view.page.expect_response(lambda one: one.request.method == "DELETE") as sent:
        view.page.clock.run_for(UNDO_MS)

    assert sent.value.status == 204
    assert not exists(demo.gateway, deletable)
    expect(view.page.locator(f"[data-item-id='{deletable}']")).to_have_count(0)


def test_a_deletion_is_sent_when_the_page_is_left(
    view: Viewing, demo: Demo, deletable: str
) -> None:
    view.page.goto("about:blank")

    wait_until(lambda: not exists(demo.gateway, deletable), "the deletion")
    view.faults.clear()  # about:blank is elsewhere


def test_an_item_that_could_not_be_deleted_is_back_and_said_why(
    view: Viewing, demo: Demo, deletable: str
) -> None:
    view.page.route(
        "**/v1/gallery/avatar*",
        lambda route: route.fulfill(
            status=503,
            content_type="application/problem+json",
            body='{"status": 503, "code": "upstream-unavailable", "title": "Away"}',
        ),
    )

    view.page.clock.run_for(UNDO_MS)

    expect(view.page.locator(".toast[data-bad]")).to_contain_text(
        "could not be deleted: Away"
    )
    view.page.locator(f"[data-item-id='{deletable}']").wait_for()
    assert exists(demo.gateway, deletable)
    view.refused.clear()


def test_what_a_key_lacks_is_told_when_it_is_tried(
    browser: Browser, demo: Demo
) -> None:
    with viewing(browser, demo.gateway.address, may_be_refused=True) as view:
        view.page.clock.install()
        view.open("?provider=avatar&kind=image")
        use_key(view, demo.key)
        view.page.locator("[data-item-id] a").first.click()
        view.page.get_by_role("button", name="Delete").click()
        view.page.evaluate("sessionStorage.clear()")

        view.page.clock.run_for(UNDO_MS)

        expect(view.page.locator(".toast[data-bad]")).to_contain_text(
            "Without a key you may only look"
        )
