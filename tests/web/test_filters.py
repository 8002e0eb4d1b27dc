"""Filters: controls, address and gallery say the same, there and back."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.web.viewing import Demo, Viewing

pytestmark = pytest.mark.usefixtures("is_asked_for")

OWN = ".section [data-item-id]"


def query_of(page: Page) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(page.url).query)


def providers_shown(view: Viewing) -> set[str]:
    return {item_id.partition(":")[0] for item_id in view.ids()}


def test_a_provider_is_chosen_by_a_control_with_the_parameters_name(
    view: Viewing,
) -> None:
    view.open()

    view.page.locator("input[name=provider][value=avatar]").check()

    view.until("!document.querySelector('[data-item-id^=hyper3d]')")
    view.page.locator(OWN).first.wait_for()
    assert providers_shown(view) == {"avatar"}
    assert query_of(view.page) == [("provider", "avatar")]


def test_a_link_opens_the_view_that_it_names(view: Viewing, demo: Demo) -> None:
    asked = {"provider": "hyper3d", "kind": "video", "q": "paper"}
    wanted = [item["id"] for item in demo.gateway.page(limit=30, **asked)["items"]]

    view.open("?provider=hyper3d&kind=video&q=paper")

    assert view.ids() == wanted
    assert view.page.locator("input[name=provider][value=hyper3d]").is_checked()
    assert view.page.locator("input[name=kind][value=video]").is_checked()
    expect(view.page.locator("input[name=q]")).to_have_value("paper")
    expect(view.page.locator("#chips .chip")).to_have_text(
        ["Hyper3D", "Video", "“paper”"]
    )


def test_words_are_searched_as_they_are_typed(view: Viewing, demo: Demo) -> None:
    view.open()
    wanted = demo.gateway.page(limit=30, q="lighthouse")["items"][0]["id"]

    view.page.locator("input[name=q]").press_sequentially("lighthouse", delay=20)

    expect(view.page.locator("#chips .chip")).to_have_text("“lighthouse”")
    view.page.locator(f"{OWN}[data-item-id='{wanted}']").wait_for()
    assert view.ids()[0] == wanted
    assert query_of(view.page) == [("q", "lighthouse")]


def test_back_and_forward_lead_through_the_views(view: Viewing) -> None:
    view.open()
    view.page.locator("input[name=kind][value=model]").check()
    view.page.locator(f"{OWN}[data-kind=model]").first.wait_for()
    view.page.locator("input[name=provider][value=hyper3d]").check()
    expect(view.page.locator("#chips .chip")).to_have_count(2)

    view.page.go_back()
    expect(view.page.locator("#chips .chip")).to_have_text(["3D model"])
    view.page.go_back()
    expect(view.page.locator("#chips .chip")).to_have_count(0)
    assert not view.page.locator("input[name=kind][value=model]").is_checked()
    view.page.locator(f"{OWN}[data-kind=image]").first.wait_for()

    view.page.go_forward()
    expect(view.page.locator("#chips .chip")).to_have_text(["3D model"])
    assert view.page.locator("input[name=kind][value=model]").is_checked()


def test_a_chip_is_taken_off_and_all_are_cleared(view: Viewing) -> None:
    view.open("?provider=avatar&provider=piktid&kind=image")

    view.page.get_by_role("button", name="Remove the filter PiktID").click()
    expect(view.page.locator("#chips .chip")).to_have_text(["Avatar", "Image"])
    assert query_of(view.page) == [("provider", "avatar"), ("kind", "image")]

    view.page.get_by_role("button", name="Clear all").click()
    expect(view.page.locator("#chips .chip")).to_have_count(0)
    assert query_of(view.page) == []


def test_dates_are_days_of_ones_own_and_the_last_one_counts(
    view: Viewing, demo: Demo
) -> None:
    view.open()
    shift_minutes = view.page.evaluate("new Date(2025, 11, 1).getTimezoneOffset()")
    hour = f"{shift_minutes // 60:02}"

    view.page.locator("input[name=created_after]").fill("2025-12-01")
    view.page.locator("input[name=created_before]").fill("2025-12-31")

    expect(view.page.locator(".section > h2")).to_have_text(["December 2025"])
    assert dict(query_of(view.page)) == {
        "created_after": f"2025-12-01T{hour}:00:00.000Z",
        "created_before": f"2026-01-01T{hour}:00:00.000Z",
    }
    expect(view.page.locator("#chips .chip")).to_have_text(
        ["From Dec 1, 2025", "Up to Dec 31, 2025"]
    )


def test_a_providers_own_filters_are_drawn_from_its_schema(
    view: Viewing, demo: Demo
) -> None:
    view.open()
    view.page.get_by_text("Hyper3D only").click()
    wanted = demo.gateway.page(limit=30, **{"hyper3d.type": "Featured"})["items"]

    view.page.locator("select[name='hyper3d.type']").select_option("Featured")

    expect(view.page.locator("#chips .chip")).to_have_text("Hyper3D: Type Featured")
    view.page.locator(f"{OWN}[data-item-id='{wanted[0]['id']}']").wait_for()
    assert view.ids()[0] == wanted[0]["id"]


def test_a_number_and_a_list_among_a_providers_filters(view: Viewing) -> None:
    view.open()
    view.page.get_by_text("PiktID only").click()

    view.page.locator("input[name='piktid.project_id']").fill("7")
    view.page.locator("input[name='piktid.project_id']").blur()
    view.page.locator("input[name='piktid.feedback']").fill("like, dislike")
    view.page.locator("input[name='piktid.feedback']").blur()

    expect(view.page.locator("#chips .chip")).to_have_count(3)
    assert query_of(view.page) == [
        ("piktid.project_id", "7"),
        ("piktid.feedback", "like"),
        ("piktid.feedback", "dislike"),
    ]


def test_what_matches_nothing_says_how_far_it_was_searched(view: Viewing) -> None:
    view.page.goto(f"{view.address}/?provider=hyper3d&q=nothing-of-the-kind")
    blank = view.page.locator(".blank")

    expect(blank).to_contain_text("Nothing matches, searched back to")
    first = blank.inner_text()
    while blank.get_by_role("button", name="Search further").count():
        blank.get_by_role("button", name="Search further").click()
        view.until(f"!document.querySelector('#foot').innerText.includes({first!r})")
        view.page.locator(".blank").wait_for()
        first = blank.inner_text()

    expect(blank).to_contain_text("Nothing matches these filters")
    blank.get_by_role("button", name="Clear all filters").click()
    view.page.locator(OWN).first.wait_for()


def test_a_filter_that_is_refused_is_named(view: Viewing) -> None:
    view.page.goto(f"{view.address}/?kind=song")

    alert = view.page.get_by_role("alert").filter(has_text="kind")
    expect(alert).to_contain_text("expected one of: image, video, model")
    view.refused.clear()


@pytest.mark.parametrize("query", ["?utm_source=mail&limit=3", "?cursor=x&require=all"])
def test_what_is_no_filter_in_an_address_is_left_alone(
    view: Viewing, query: str
) -> None:
    view.open(query)

    assert len(view.ids()) > 20


def test_a_list_by_rank_stands_under_no_dates(view: Viewing) -> None:
    view.open("?provider=hyper3d&hyper3d.type=Featured")

    expect(view.page.locator(".section > h2")).to_have_text(
        re.compile(r"In the provider.s own order")
    )


def test_filters_are_in_a_drawer_on_a_phone(view: Viewing) -> None:
    view.page.set_viewport_size({"width": 390, "height": 844})
    view.open()
    box = view.page.locator("input[name=kind][value=image]")
    assert not box.is_visible()

    view.page.get_by_role("button", name="Filters").click()
    box.check()
    view.page.get_by_role("button", name="Show the items").click()

    expect(view.page.locator("#chips .chip")).to_have_text("Image")
    expect(box).to_be_hidden()
