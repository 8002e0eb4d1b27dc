"""Honesty: what is missing and why, waiting as answers say, and never empty for failed."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.stack.gateways import Gateway, tell
from tests.web.viewing import Demo, Viewing, viewing

pytestmark = pytest.mark.usefixtures("is_asked_for")


@pytest.fixture
def failing(
    browser: Browser, upstreams: Mapping[str, str], serving: Callable[..., Gateway]
) -> Iterator[Viewing]:
    """The page of a gateway that keeps nothing, whose PiktID fails from the start."""
    tell(upstreams["piktid"], "fail", status=503)
    with viewing(browser, serving().address, may_be_refused=True) as view:
        view.page.clock.install()
        yield view


def failure_of(page: Page, provider: str) -> Any:
    return page.locator(f"[role=status] .failure[data-provider={provider}]")


def test_a_provider_that_fails_is_named_and_the_others_are_shown(
    failing: Viewing,
) -> None:
    failing.open()

    told = failure_of(failing.page, "piktid")
    expect(told).to_contain_text("PiktID could not answer")
    expect(told).to_contain_text("It was not read yet.")
    expect(told.get_by_role("button", name="Retry PiktID")).to_be_visible()
    expect(failing.page.locator(".source[data-provider=piktid]")).to_have_attribute(
        "data-state", "unavailable"
    )
    expect(failing.page.locator(".source[data-provider=avatar]")).to_contain_text(
        "Read at"
    )
    kinds = {one.partition(":")[0] for one in failing.ids()}
    assert kinds == {"hyper3d", "avatar"}


def test_who_is_back_after_a_retry_is_let_in_by_a_click_alone(
    failing: Viewing, upstreams: Mapping[str, str]
) -> None:
    failing.open()
    before = failing.ids()
    top = "document.querySelector('[data-item-id]').getBoundingClientRect().top"
    where = failing.page.evaluate(top)
    tell(upstreams["piktid"], "reset")

    failing.page.get_by_role("button", name="Retry PiktID").click()

    news = failing.page.get_by_role("button", name="new from PiktID")
    news.wait_for()
    expect(failure_of(failing.page, "piktid")).to_contain_text("PiktID is back.")
    assert failing.ids()[: len(before)] == before
    assert abs(failing.page.evaluate(top) - where) < 40
    news.click()
    failing.page.locator("[data-item-id^=piktid]").first.wait_for()
    expect(news).to_have_count(0)


def test_who_is_back_by_itself_is_noticed(
    failing: Viewing, upstreams: Mapping[str, str]
) -> None:
    failing.open()
    tell(upstreams["piktid"], "reset")

    failing.page.clock.run_for(31_000)

    failing.page.get_by_role("button", name="new from PiktID").wait_for()


def test_a_crawl_over_a_failing_source_shows_all_in_the_end(
    failing: Viewing, upstreams: Mapping[str, str]
) -> None:
    failing.open("?provider=piktid&provider=avatar")
    tell(upstreams["piktid"], "reset")

    while not failing.page.locator(".end").count():
        failing.page.evaluate("document.querySelector('#foot').scrollIntoView()")
        failing.page.clock.run_for(1_000)
    failing.page.get_by_role("button", name="new from PiktID").click()

    expect(failing.page.locator(".end")).to_have_text("That is all: 480 items.")


def test_when_all_fail_that_is_said_waited_for_and_mended(
    failing: Viewing, upstreams: Mapping[str, str]
) -> None:
    for address in upstreams.values():
        tell(address, "fail", status=503)

    failing.page.goto(f"{failing.address}/")
    alert = failing.page.get_by_role("alert").filter(has_text="could not be loaded")
    alert.wait_for()
    assert not failing.page.get_by_text("There is nothing here yet").count()
    expect(failing.page.locator("#failures")).to_contain_text(
        "Hyper3D could not answer"
    )
    expect(failing.page.locator("#pause")).to_contain_text("Trying again in")
    for address in upstreams.values():
        tell(address, "reset")
    failing.page.clock.run_for(31_000)

    failing.page.locator("[data-item-id]").first.wait_for()
    expect(failing.page.locator("#pause .toast")).to_have_count(0)
    expect(alert).to_have_count(0)


def test_credentials_that_are_refused_are_told_of(
    browser: Browser, upstreams: Mapping[str, str], serving: Callable[..., Gateway]
) -> None:
    credentials = {
        "hyper3d": {"email": "demo@example.com", "password": "wrong"},
        "avatar": {"email": "demo@example.com"},
    }
    tenant = {"name": "acme", "credentials": credentials}
    with viewing(browser, serving(tenants=[tenant]).address) as view:
        view.open()

        told = failure_of(view.page, "hyper3d")
        expect(told).to_contain_text("Hyper3D refuses the credentials")
        expect(told.get_by_role("button", name="Retry Hyper3D")).to_be_visible()
        while not view.page.locator(".end").count():
            view.page.evaluate("document.querySelector('#foot').scrollIntoView()")
        expect(view.page.locator(".end")).to_have_text(
            "That is all but for what Hyper3D could not tell."
        )


def refuse_once(page: Page, status: int, code: str, seconds: int) -> list[str]:
    """Let the first page of the gallery be refused; return what was asked since."""
    asked: list[str] = []
    problem = json.dumps({"status": status, "code": code, "title": "Not now"})

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(
                status=status,
                headers={"retry-after": str(seconds)},
                content_type="application/problem+json",
                body=problem,
            )
        else:
            route.continue_()

    page.route("**/v1/gallery?*", answer)
    return asked


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (429, "rate-limited", "Too many requests. Going on in 7 seconds."),
        (503, "upstream-unavailable", "Waiting for the gateway. Trying again in 7"),
    ],
)
def test_a_refusal_is_waited_for_as_long_as_it_says(
    browser: Browser, demo: Demo, status: int, code: str, words: str
) -> None:
    with viewing(browser, demo.gateway.address, may_be_refused=True) as view:
        view.page.clock.install()
        asked = refuse_once(view.page, status, code, 7)

        view.page.goto(f"{view.address}/")

        expect(view.page.locator("#pause")).to_contain_text(words)
        view.page.clock.run_for(6_000)
        assert len(asked) == 1
        view.page.clock.run_for(2_000)
        view.page.locator("[data-item-id]").first.wait_for()


def test_who_does_not_want_to_wait_tries_at_once(browser: Browser, demo: Demo) -> None:
    with viewing(browser, demo.gateway.address, may_be_refused=True) as view:
        refuse_once(view.page, 429, "rate-limited", 600)
        view.page.goto(f"{view.address}/")

        view.page.get_by_role("button", name="Try now").click()

        view.page.locator("[data-item-id]").first.wait_for()


def test_being_offline_is_told_and_over_by_itself(browser: Browser, demo: Demo) -> None:
    with viewing(browser, demo.gateway.address, may_be_refused=True) as view:
        view.open()
        before = view.ids()
        view.page.context.set_offline(True)

        # what was on its way already may come in, and push the end further down
        view.until(
            "(document.querySelector('#foot').scrollIntoView(),"
            " document.querySelector('#pause').textContent !== '')"
        )
        expect(view.page.locator("#pause")).to_contain_text("You are offline")
        view.page.evaluate("window.scrollTo(0, 0)")
        first = f"document.querySelector('[data-item-id=\"{before[0]}\"]')"
        view.until(f"{first} !== null")  # what was far away is made again
        assert view.ids()[:5] == before[:5]
        view.page.context.set_offline(False)

        expect(view.page.locator("#pause .toast")).to_have_count(0)


def test_a_gallery_without_items_is_told_as_empty(browser: Browser, demo: Demo) -> None:
    page = demo.gateway.page(limit=1)
    empty = page | {"items": [], "next_cursor": None, "complete": True}
    with viewing(browser, demo.gateway.address) as view:
        view.page.route("**/v1/gallery?*", lambda route: route.fulfill(json=empty))

        view.page.goto(f"{view.address}/")

        expect(view.page.get_by_role("heading", level=2).first).to_be_attached()
        expect(view.page.locator(".blank[role=status]")).to_contain_text(
            "There is nothing here yet"
        )
