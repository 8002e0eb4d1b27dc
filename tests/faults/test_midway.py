"""Faults in the midst of a crawl: it goes on, and nothing is lost or repeated by it."""

import time
from collections import Counter

import httpx
import pytest

from tests.api.world import PROVIDERS, Page, source_of
from tests.faults.conftest import DEADLINE_SECONDS, PATIENCE_SECONDS, Harbour
from tests.faults.faults import FAULTS, Fault
from tests.stack.gateways import ids_of

GRACE_SECONDS, NOISE_SECONDS = 0.25, 1.0
LIMIT = 24
TRIES = 3
FALSE_ORDER = {"unsorted", "years 1 and 9999", "a deeply nested entry"}
"""What tells of another list than the true one: no crawl over both can be whole."""
REFUSALS = {"401 always", "401 once"}
"""What may take a source out of a crawl for good."""
LYING = [f for f in FAULTS if f.name not in FALSE_ORDER | REFUSALS]
SLOW = [fault for fault in FAULTS if fault.is_slow]


def turn(harbour: Harbour, cursor: str) -> Page | None:
    """Turn a page; None if nobody could answer, which must be said as it is."""
    answer = harbour.get(limit=LIMIT, cursor=cursor)
    if answer.status_code == 200:
        page: Page = answer.json()
        return page
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) >= 1
    return None


@pytest.mark.sampled(3)
@pytest.mark.parametrize("fault", LYING, ids=str)
def test_a_fault_at_each_provider_in_turn_neither_loses_nor_repeats(
    harbour: Harbour, fault: Fault
) -> None:
    page = harbour.page(limit=LIMIT)
    ids = ids_of(page)

    for provider in PROVIDERS:
        harbour.forget()
        harbour.suffer(provider, fault)
        for _ in range(2):
            turned = turn(harbour, page["next_cursor"])
            if turned is not None:
                page = turned
                ids += ids_of(page)
        harbour.heal()
        assert page["next_cursor"] is not None, "the crawl ended too early"
    ids += harbour.crawl(page)[len(page["items"]) :]

    assert {item_id: n for item_id, n in Counter(ids).items() if n > 1} == {}
    for name in PROVIDERS:
        assert set(harbour.truth(name)) - set(ids) == set(), name


@pytest.mark.sampled(3)
@pytest.mark.parametrize("fault", LYING, ids=str)
def test_a_fault_at_all_providers_at_once_neither_loses_nor_repeats(
    harbour: Harbour, fault: Fault
) -> None:
    page = harbour.page(limit=LIMIT)
    ids = ids_of(page)
    harbour.forget()
    for provider in PROVIDERS:
        harbour.suffer(provider, fault)

    begun = time.monotonic()
    turned = turn(harbour, page["next_cursor"])
    seconds = time.monotonic() - begun

    assert seconds < DEADLINE_SECONDS + GRACE_SECONDS + NOISE_SECONDS
    harbour.heal()
    if turned is not None:
        page = turned
        ids += ids_of(page)
    ids += harbour.crawl(page)[len(page["items"]) :]
    assert {item_id: n for item_id, n in Counter(ids).items() if n > 1} == {}
    for name in PROVIDERS:
        assert set(harbour.truth(name)) - set(ids) == set(), name


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fault", SLOW, ids=str)
def test_a_slow_source_is_waited_for_as_long_as_the_patience_lasts(
    harbour: Harbour, provider: str, fault: Fault
) -> None:
    taken: list[float] = []

    for _ in range(TRIES):
        harbour.heal()
        harbour.forget()
        harbour.suffer(provider, fault)
        begun = time.monotonic()
        page = harbour.page(limit=40)
        taken.append(time.monotonic() - begun)
        assert source_of(page, provider)["state"] == "pending", page["sources"]

    assert min(taken) < PATIENCE_SECONDS + GRACE_SECONDS + NOISE_SECONDS, taken
    assert max(taken) < DEADLINE_SECONDS + GRACE_SECONDS + NOISE_SECONDS, taken


def test_where_all_are_slow_the_answer_comes_by_the_deadline(harbour: Harbour) -> None:
    (hole,) = [fault for fault in FAULTS if fault.name == "black hole"]
    taken: list[float] = []

    for _ in range(TRIES):
        harbour.heal()
        harbour.forget()
        for provider in PROVIDERS:
            harbour.suffer(provider, hole)
        begun = time.monotonic()
        answer = harbour.get(limit=40)
        taken.append(time.monotonic() - begun)
        assert answer.status_code == 503, answer.text

    assert min(taken) < DEADLINE_SECONDS + GRACE_SECONDS + NOISE_SECONDS, taken


def test_a_slow_source_of_which_enough_is_cached_costs_no_time(
    harbour: Harbour,
) -> None:
    (hole,) = [fault for fault in FAULTS if fault.name == "black hole"]
    harbour.page(limit=40)
    for provider in PROVIDERS:
        harbour.suffer(provider, hole)
    taken: list[float] = []

    for limit in (37, 38, 39):  # none of these has been rendered
        begun = time.monotonic()
        page = harbour.page(limit=limit)
        taken.append(time.monotonic() - begun)
        assert {source["state"] for source in page["sources"]} == {"fresh"}

    assert min(taken) < PATIENCE_SECONDS / 2, taken


def test_a_caller_who_goes_away_spoils_nothing_for_the_next(harbour: Harbour) -> None:
    (hole,) = [fault for fault in FAULTS if fault.name == "black hole"]
    harbour.forget()
    harbour.suffer("piktid", hole)
    with pytest.raises(httpx.ReadTimeout):
        harbour.client.get("/v1/gallery", params={"limit": 40}, timeout=0.05)

    page = harbour.page(limit=40)
    harbour.heal()

    assert source_of(page, "piktid")["state"] == "pending"
    ids = harbour.crawl(page)
    assert {item_id: n for item_id, n in Counter(ids).items() if n > 1} == {}
    assert set(ids) == {i for name in PROVIDERS for i in harbour.truth(name)}
