"""What callers see of upstreams that fail."""

import re
import time
from collections.abc import Callable

import pytest

from gateway.adapters.http.retry import ATTEMPTS
from tests.api.world import (
    BLOCKED,
    CROSSED,
    NOW,
    PROVIDERS,
    Page,
    World,
    assert_problem,
    ids_of,
    source_of,
)
from tests.sandbox.serving import LIST_PATH

FAULTS = {
    "503": {"status": 503},
    "500": {"status": 500},
    "429": {"status": 429},
    "403": {"status": 403},
    "404": {"status": 404},
    "redirect": {"status": 302, "headers": {"Location": "/elsewhere"}},
    "html": {"status": 200, "body": "<html>hello</html>"},
    "null": {"status": 200, "body": "null"},
    "wrong type": {"status": 200, "body": '{"jobs": 7, "gallery_urls": 7}'},
    "no body": {"status": 200, "body": ""},
    "truncate": {"mode": "truncate"},
    "close": {"mode": "close"},
}


def _wait_for(look: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not look():
        assert time.monotonic() < end, "it did not come to pass"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("failing", PROVIDERS)
def test_one_failing_upstream_does_not_hide_the_others(
    new_world: World, failing: str, fault: str
) -> None:
    new_world.tell(failing, "fail", path=LIST_PATH[failing], **FAULTS[fault])

    page = new_world.page([("limit", "10")])

    source = source_of(page, failing)
    assert source["state"] == "unavailable"
    assert source["error"]["code"].startswith("upstream-")
    assert source["error"]["title"]
    assert source["exhausted"] is False
    assert len(page["items"]) == 10
    assert failing not in {item["provider"] for item in page["items"]}
    for name in {*PROVIDERS} - {failing}:
        assert source_of(page, name)["state"] == "fresh"


@pytest.mark.parametrize("fault", ["503", "429", "redirect", "html", "truncate"])
@pytest.mark.parametrize("failing", ["hyper3d", "avatar"])
def test_a_login_that_fails_is_no_refusal(
    new_world: World, failing: str, fault: str
) -> None:
    new_world.tell(failing, "fail", path="login", **FAULTS[fault])

    page = new_world.page([("limit", "10")])

    assert source_of(page, failing)["state"] == "unavailable"


@pytest.mark.parametrize("failing", PROVIDERS)
def test_what_failed_comes_later_and_is_marked_as_late(
    new_world: World, failing: str
) -> None:
    new_world.tell(failing, "fail", status=503)
    first = new_world.page([("limit", "30")])
    new_world.heal()

    rest = new_world.crawl([("limit", "30")], cursor=first["next_cursor"])

    returned = ids_of([first, *rest])
    assert sorted(returned) == sorted(new_world.truths())
    assert source_of(rest[0], failing)["late"] is True
    others = [s for s in rest[0]["sources"] if s["provider"] != failing]
    assert not any(source["late"] for source in others)
    assert rest[-1]["complete"] is True


def test_an_upstream_that_fails_in_the_midst_loses_nothing(new_world: World) -> None:
    def break_and_mend(number: int) -> None:
        new_world.heal()
        if number % 3:
            new_world.tell(PROVIDERS[number % 3], "fail", status=500)

    pages: list[Page] = [new_world.page([("limit", "5")])]
    while cursor := pages[-1]["next_cursor"]:
        break_and_mend(len(pages))
        answer = new_world.get("/v1/gallery", [("limit", "5"), ("cursor", cursor)])
        if answer.status_code == 503:
            new_world.heal()
            answer = new_world.get("/v1/gallery", [("limit", "5"), ("cursor", cursor)])
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())

    assert sorted(ids_of(pages)) == sorted(new_world.truths())


def test_with_only_failed_sources_left_the_same_cursor_works_later(
    new_world: World,
) -> None:
    new_world.tell("hyper3d", "fail", status=503)
    pages = [new_world.page([("limit", "100")])]
    while True:
        cursor = pages[-1]["next_cursor"]
        assert cursor is not None
        answer = new_world.get("/v1/gallery", [("limit", "100"), ("cursor", cursor)])
        if answer.status_code != 200:
            break
        pages.append(answer.json())

    problem = assert_problem(answer, 503, "upstream-unavailable")
    new_world.heal()
    rest = new_world.crawl([("limit", "100")], cursor=cursor)

    assert int(answer.headers["retry-after"]) >= 1
    assert problem["errors"] is None
    told = {one["provider"]: one["state"] for one in problem["sources"]}
    assert told["hyper3d"] == "unavailable"
    assert set(told) == set(PROVIDERS)
    assert sorted(ids_of([*pages, *rest])) == sorted(new_world.truths())


def test_if_no_source_answers_the_answer_is_no_empty_page(new_world: World) -> None:
    for name in PROVIDERS:
        new_world.tell(name, "fail", status=503)

    answer = new_world.get("/v1/gallery")

    assert_problem(answer, 503, "upstream-unavailable")
    assert int(answer.headers["retry-after"]) >= 1


def test_the_upstreams_own_retry_after_is_told(new_world: World) -> None:
    new_world.tell("piktid", "fail", status=429, headers={"Retry-After": "17"})

    page = new_world.page()
    alone = new_world.get("/v1/gallery", [("provider", "piktid")])

    at = source_of(page, "piktid")["retry_at"]
    assert at == f"{NOW:%Y-%m-%dT%H:%M}:17.000Z"
    assert_problem(alone, 503, "upstream-unavailable")
    assert alone.headers["retry-after"] == "17"


def test_where_all_are_required_one_failure_is_a_503(new_world: World) -> None:
    new_world.tell("avatar", "fail", status=503)

    answer = new_world.get("/v1/gallery", [("require", "all")])
    others = [("require", "all"), ("provider", "piktid"), ("provider", "hyper3d")]
    without = new_world.get("/v1/gallery", others)

    problem = assert_problem(answer, 503, "upstream-unavailable")
    assert problem["detail"] == "avatar is unavailable"
    assert "retry-after" in answer.headers
    assert without.status_code == 200


def test_where_all_are_required_a_slow_one_is_a_503(new_world: World) -> None:
    new_world.tell("avatar", "delay", seconds=1)

    answer = new_world.get(
        "/v1/gallery", [("require", "all")], headers={"Prefer": "wait=0"}
    )

    problem = assert_problem(answer, 503, "upstream-unavailable")
    assert "avatar is pending" in problem["detail"]


def test_where_all_are_required_a_refused_one_is_a_503(new_world: World) -> None:
    answer = new_world.get("/v1/gallery", [("require", "all")], key=CROSSED)

    problem = assert_problem(answer, 503, "upstream-unavailable")
    assert problem["detail"] == "hyper3d is unauthorized"


def test_if_all_refuse_the_credentials_the_answer_is_a_502(new_world: World) -> None:
    answer = new_world.get("/v1/gallery", key=BLOCKED)

    assert_problem(answer, 502, "upstream-unauthorized")


def test_a_wrong_credential_marks_the_source_to_the_crawls_end(
    new_world: World,
) -> None:
    pages = new_world.crawl([("limit", "40")], key=CROSSED)

    assert sorted(ids_of(pages)) == sorted(new_world.truth("piktid"))
    assert pages[-1]["complete"] is False
    for page in pages:
        assert source_of(page, "hyper3d")["state"] == "unauthorized"
        assert source_of(page, "piktid")["state"] == "fresh"


def test_one_tenants_wrong_credential_touches_no_other_tenant(
    new_world: World,
) -> None:
    for _ in range(10):
        new_world.page([("limit", "1")], key=CROSSED)

    page = new_world.page([("limit", "1")])

    assert {source["state"] for source in page["sources"]} == {"fresh"}
    health = new_world.get("/v1/providers/hyper3d").json()["health"]
    assert health == "ok"


@pytest.mark.parametrize("provider", ["hyper3d", "avatar"])
def test_a_voided_token_costs_one_login_and_is_not_seen(
    new_world: World, provider: str
) -> None:
    new_world.page()
    new_world.tell(provider, "void")
    new_world.clock.turn(100)
    before = new_world.ask(provider)["logins"]

    pages = new_world.crawl([("limit", "20")])

    assert source_of(pages[0], provider)["state"] == "fresh"
    assert sorted(ids_of(pages)) == sorted(new_world.truths())
    assert new_world.ask(provider)["logins"] == before + 1


def test_a_voided_token_that_was_configured_is_unauthorized(new_world: World) -> None:
    new_world.tell("piktid", "void")

    page = new_world.page()

    assert source_of(page, "piktid")["state"] == "unauthorized"


def test_a_slow_source_is_pending_and_its_items_come_later(new_world: World) -> None:
    new_world.tell("hyper3d", "delay", seconds=0.5)

    first = new_world.page([("limit", "30")], headers={"Prefer": "wait=0"})
    new_world.reset()
    rest = new_world.crawl([("limit", "30")], cursor=first["next_cursor"])

    assert source_of(first, "hyper3d")["state"] == "pending"
    assert source_of(first, "hyper3d")["error"] is None
    assert source_of(rest[0], "hyper3d")["late"] is True
    assert sorted(ids_of([first, *rest])) == sorted(new_world.truths())


def test_headers_tell_of_a_source_that_was_waited_for(new_world: World) -> None:
    new_world.page([("provider", "avatar")])
    new_world.tell("hyper3d", "delay", seconds=0.5)
    params = [("provider", "avatar"), ("provider", "hyper3d"), ("limit", "1")]

    answer = new_world.get("/v1/gallery", params, headers={"Prefer": "wait=0"})

    timings = dict(re.findall(r"(\w+);dur=([\d.]+)", answer.headers["server-timing"]))
    assert source_of(answer.json(), "hyper3d")["state"] == "pending"
    assert float(timings["hyper3d"]) > 0
    assert "hit" not in answer.headers["cache-status"]


def test_a_slow_sources_call_goes_on_after_the_answer(new_world: World) -> None:
    new_world.tell("hyper3d", "delay", seconds=0.3)
    params = [("limit", "5")]

    def is_at_hand() -> bool:
        page = new_world.page(params, headers={"Prefer": "wait=0"})
        return str(source_of(page, "hyper3d")["state"]) == "fresh"

    assert not is_at_hand()
    _wait_for(is_at_hand)


def test_a_caller_may_wait_longer_than_others(new_world: World) -> None:
    new_world.tell("hyper3d", "delay", seconds=0.4)

    answer = new_world.get(
        "/v1/gallery", [("limit", "5")], headers={"Prefer": "wait=20"}
    )

    assert source_of(answer.json(), "hyper3d")["state"] == "fresh"
    assert answer.headers["preference-applied"] == "wait=20"


def test_a_page_is_answered_by_the_deadline(new_world: World) -> None:
    for name in PROVIDERS:
        new_world.tell(name, "fail", mode="hang")
    begun = time.monotonic()

    answer = new_world.get("/v1/gallery")

    assert_problem(answer, 503, "upstream-unavailable")
    assert time.monotonic() - begun < 3.0 + 2.0


@pytest.mark.parametrize("provider", PROVIDERS)
def test_malformed_entries_are_skipped_and_counted(
    own_world: World, provider: str
) -> None:
    own_world.tell(provider, "items", count=5, malformed=True)

    pages = own_world.crawl([("limit", "20")])

    assert source_of(pages[0], provider)["skipped"] == 5
    assert sorted(ids_of(pages)) == sorted(own_world.truths())
    assert pages[-1]["complete"] is True


def test_a_failing_provider_shows_in_its_health(new_world: World) -> None:
    new_world.tell("piktid", "fail", status=503)
    new_world.page()

    shown = new_world.get("/v1/providers/piktid").json()

    assert shown["health"] in {"degraded", "open"}
    assert shown["last_error"]["code"] == "upstream-unavailable"
    assert shown["last_error"]["reason"] == "it answered 503"
    assert shown["last_error"]["time"] == f"{NOW:%Y-%m-%dT%H:%M:%S}.000Z"


def test_a_page_with_a_failure_is_not_kept(new_world: World) -> None:
    new_world.tell("piktid", "fail", status=503, count=ATTEMPTS)
    failed = new_world.page()
    new_world.clock.turn(2)

    healed = new_world.page()

    assert source_of(failed, "piktid")["state"] == "unavailable"
    assert source_of(healed, "piktid")["state"] == "fresh"


def test_no_cache_asks_every_source_anew_at_most_once_a_second(
    new_world: World,
) -> None:
    headers = {"Cache-Control": "no-cache"}
    new_world.page([("limit", "2")])
    new_world.clock.turn(2)
    before = [new_world.ask(name)["list_calls"] for name in PROVIDERS]

    new_world.page([("limit", "2")], headers=headers)
    once = [new_world.ask(name)["list_calls"] for name in PROVIDERS]
    new_world.page([("limit", "2")], headers=headers)
    twice = [new_world.ask(name)["list_calls"] for name in PROVIDERS]

    assert all(now > then for now, then in zip(once, before, strict=True))
    assert twice == once
