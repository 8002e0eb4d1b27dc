"""Making something: a form by its schema, faults at their fields, a job until its picture."""

from collections.abc import Callable, Iterator, Mapping

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.stack.gateways import Gateway, tell
from tests.web.viewing import Demo, Viewing, viewing

pytestmark = pytest.mark.usefixtures("is_asked_for")

QUALITY = "[data-pointer='/image_options/quality']"


@pytest.fixture
def making(browser: Browser, demo: Demo) -> Iterator[Viewing]:
    """The demo's page with its key, and the form open."""
    with viewing(browser, demo.gateway.address, may_be_refused=True) as view:
        view.page.add_init_script(
            f"sessionStorage.setItem('gallery-gateway-key', {demo.key!r})"
        )
        view.open()
        view.page.get_by_role("button", name="Make", exact=True).click()
        yield view


def test_a_picture_is_made_from_the_example_and_takes_its_jobs_place(
    making: Viewing, demo: Demo
) -> None:
    before = set(demo.gateway.crawl(limit=100, provider="avatar"))
    expect(making.page.locator(f"{QUALITY} input")).not_to_have_value("")

    tell(demo.upstreams["avatar"], "tasks/hold")

    making.page.get_by_role("button", name="Make it").click()

    job = making.page.locator("#jobs .job")
    expect(job).to_contain_text("Avatar: Make a picture")
    expect(job).to_contain_text("Queued")
    tell(demo.upstreams["avatar"], "tasks/release")
    made = making.page.locator(".section").first.locator("[data-item-id^=avatar]")
    expect(job).to_have_count(0, timeout=60_000)
    expect(making.page.locator(".section > h2").first).to_have_text("Today")
    item_id = made.first.get_attribute("data-item-id")
    assert item_id not in before
    assert item_id in demo.gateway.crawl(limit=100, provider="avatar")


def test_what_is_wrong_is_told_at_its_field(making: Viewing) -> None:
    field = making.page.locator(QUALITY)
    field.locator("input").fill("900")

    making.page.get_by_role("button", name="Make it").click()

    expect(field.locator(".fault")).to_contain_text("100")
    expect(field.locator("input")).to_have_attribute("aria-invalid", "true")
    expect(field.locator("input")).to_be_focused()
    expect(making.page.locator("#make-fault")).to_have_text("1 field must be mended.")
    assert making.page.locator("#make-dialog .fault").count() == 2


def test_a_fault_inside_a_list_is_told_at_the_list(making: Viewing) -> None:
    shapes = making.page.locator("[data-pointer='/user_details/body_dimensions']")
    shapes.locator("textarea").fill('[{"key": "b", "value": "much"}]')

    making.page.get_by_role("button", name="Make it").click()

    expect(shapes.locator(".fault")).to_contain_text("0/value:")


def test_another_thing_to_make_has_a_form_of_its_own(making: Viewing) -> None:
    making.page.get_by_label("What to make").select_option(label="Avatar: Make a film")

    prompt = making.page.locator("[data-pointer='/video_options/prompt']")
    expect(prompt).to_be_visible()
    expect(making.page.locator(QUALITY)).to_have_count(0)


def test_without_a_key_that_may_it_is_told_as_such(
    browser: Browser, demo: Demo
) -> None:
    with viewing(browser, demo.gateway.address, may_be_refused=True) as view:
        view.open()
        view.page.get_by_role("button", name="Make", exact=True).click()
        view.page.get_by_role("button", name="Make it").click()

        expect(view.page.locator("#make-fault")).to_contain_text(
            "Without a key you may only look"
        )


def test_a_job_is_found_again_after_a_reload(
    making: Viewing, upstreams: Mapping[str, str]
) -> None:
    tell(upstreams["avatar"], "tasks/hold")
    making.page.get_by_role("button", name="Make it").click()
    making.page.locator("#jobs .job").wait_for()

    making.page.reload()

    making.page.locator("#jobs .job").wait_for()
    tell(upstreams["avatar"], "tasks/release")
    expect(making.page.locator("#jobs .job")).to_have_count(0, timeout=60_000)


def test_a_job_tells_its_place_in_the_queue(
    making: Viewing, upstreams: Mapping[str, str]
) -> None:
    tell(upstreams["avatar"], "tasks/hold")
    for _ in range(2):
        if not making.page.locator("#make-dialog[open]").count():
            making.page.get_by_role("button", name="Make", exact=True).click()
        making.page.get_by_role("button", name="Make it").click()
        expect(making.page.locator("#make-dialog[open]")).to_have_count(0)

    expect(making.page.locator("#jobs .job")).to_have_count(2)
    expect(making.page.locator("#jobs")).to_contain_text("Queued · 1 ahead")
    tell(upstreams["avatar"], "tasks/release")
    expect(making.page.locator("#jobs .job")).to_have_count(0, timeout=60_000)


def test_what_is_sent_again_is_the_same_task(making: Viewing) -> None:
    keys: list[str | None] = []

    def lose(route: Route) -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        if len(keys) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    making.page.route("**/operations/generate", lose)
    making.page.get_by_role("button", name="Make it").click()
    expect(making.page.locator("#make-fault")).not_to_be_empty()
    with making.page.expect_response("**/operations/generate") as again:
        making.page.get_by_role("button", name="Make it").click()

    assert keys[0]
    assert keys[0] == keys[1]
    assert again.value.headers["idempotency-replayed"] == "true"


def test_where_nothing_can_be_made_nothing_is_offered(
    browser: Browser, serving: Callable[..., Gateway]
) -> None:
    tenant = {"name": "acme", "credentials": {"piktid": {"token": "demo"}}}
    with viewing(browser, serving(tenants=[tenant]).address) as view:
        view.open()

        assert not view.page.locator("#make-button").is_visible()
