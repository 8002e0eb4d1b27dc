"""Keys: asked for where one is needed, kept for the tab, and told of when they fail."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import (
    Browser,
    Locator,
    TimeoutError as PlaywrightTimeoutError,
    expect,
)

from tests.stack.gateways import KEY, Gateway
from tests.web.viewing import Demo, Viewing, viewing

pytestmark = pytest.mark.usefixtures("is_asked_for")


@pytest.fixture
def asking(browser: Browser, closed: Gateway) -> Iterator[Viewing]:
    """The page of a gateway without an anonymous tenant."""
    with viewing(browser, closed.address, may_be_refused=True) as view:
        view.page.goto(f"{closed.address}/?kind=image")
        yield view


def prompt_of(view: Viewing) -> Locator:
    return view.page.locator("#key-dialog[open]")


def test_a_key_is_asked_for_and_opens_the_view_that_was_meant(asking: Viewing) -> None:
    prompt = prompt_of(asking)
    expect(prompt).to_contain_text("This gallery asks for a key")

    asking.page.get_by_label("Key or token").fill(KEY)
    asking.page.get_by_role("button", name="Open the gallery").click()

    asking.page.locator("[data-item-id]").first.wait_for()
    expect(prompt).to_have_count(0)
    expect(asking.page.locator("#chips .chip")).to_have_text("Image")


def test_the_key_is_kept_for_the_tab_alone(asking: Viewing) -> None:
    asking.page.get_by_label("Key or token").fill(KEY)
    asking.page.keyboard.press("Enter")
    asking.page.locator("[data-item-id]").first.wait_for()

    asking.page.reload()
    asking.page.locator("[data-item-id]").first.wait_for()
    assert asking.page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    assert KEY not in asking.page.url
    other = asking.page.context.new_page()
    other.goto(f"{asking.address}/")

    other.locator("#key-dialog[open]").wait_for()


def test_a_key_that_is_not_known_is_told_as_such(asking: Viewing) -> None:
    asking.page.get_by_label("Key or token").fill("not-a-key")
    asking.page.keyboard.press("Enter")

    expect(prompt_of(asking).get_by_role("alert")).to_have_text(
        "This key is not known here, or no longer."
    )


def test_a_refusal_that_comes_before_the_dialog_tells_of_its_end_stays(
    asking: Viewing,
) -> None:
    """A browser tells later that a dialog was closed: by then it may be open again."""
    asking.page.get_by_label("Key or token").fill("not-a-key")
    asking.page.keyboard.press("Enter")
    alert = prompt_of(asking).get_by_role("alert")
    alert.wait_for()

    with (
        pytest.raises(PlaywrightTimeoutError),
        asking.page.expect_request("**/v1/**", timeout=500),
    ):
        asking.page.locator("#key-dialog").dispatch_event("close")

    expect(alert).to_have_text("This key is not known here, or no longer.")


@pytest.mark.parametrize(
    ("key", "words"), [("", "Paste a key first."), ("schlüssel", "no key has")]
)
def test_what_can_be_no_key_is_not_sent(asking: Viewing, key: str, words: str) -> None:
    prompt_of(asking).wait_for()
    asking.page.get_by_label("Key or token").fill(key)
    asking.page.keyboard.press("Enter")

    expect(prompt_of(asking).get_by_role("alert")).to_contain_text(words)


def test_a_token_that_has_expired_is_told_as_such(asking: Viewing) -> None:
    asking.page.get_by_label("Key or token").fill(KEY)
    asking.page.keyboard.press("Enter")
    asking.page.locator("[data-item-id]").first.wait_for()
    asking.page.route(
        "**/v1/**",
        lambda route: route.fulfill(
            status=401,
            headers={"www-authenticate": 'Bearer error="invalid_token"'},
            content_type="application/problem+json",
            body='{"status": 401, "code": "unauthorized", "title": "A key is needed"}',
        ),
    )

    asking.page.locator("input[name=kind][value=video]").check()

    expect(prompt_of(asking).get_by_role("alert")).to_contain_text("has expired")


def test_whoever_closes_the_prompt_is_told_what_is_missing(asking: Viewing) -> None:
    prompt_of(asking).wait_for()

    asking.page.get_by_role("button", name="Cancel").click()

    alert = asking.page.get_by_role("alert").filter(has_text="could not be loaded")
    expect(alert).to_contain_text("A valid key is needed")
    asking.page.get_by_role("button", name="Use a key").click()
    prompt_of(asking).wait_for()


def test_a_key_is_used_and_forgotten_where_none_is_needed(
    view: Viewing, demo: Demo
) -> None:
    view.open()
    view.page.get_by_role("button", name="Use a key").click()
    view.page.get_by_label("Key or token").fill(demo.key)
    view.page.keyboard.press("Enter")
    expect(view.page.locator("#key-button")).to_have_attribute("data-used", "true")

    view.page.locator("#key-button").click()
    view.page.get_by_role("button", name="Forget the key").click()

    expect(view.page.locator("#key-button")).to_have_attribute("data-used", "false")
    assert view.page.evaluate("sessionStorage.length") == 0
    view.page.locator("[data-item-id]").first.wait_for()
