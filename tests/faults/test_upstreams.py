"""Each provider, each fault: what is answered, how soon, and what is lost: nothing."""

import os
import time
from collections import Counter
from typing import Any, NamedTuple

import pytest

from tests.api.world import PROVIDERS, Page, source_of
from tests.faults.conftest import DEADLINE_SECONDS, PATIENCE_SECONDS, Harbour
from tests.faults.faults import FAULTS, Fault
from tests.faults.processors import waited_since, waits_of

GRACE_SECONDS = 0.25
NOISE_SECONDS = 2.0
"""What a busy machine may add."""
TASK_PICTURES = 4
"""An avatar task's pictures are of one time, and in no order of the sandbox's."""

each = pytest.mark.parametrize("fault", FAULTS, ids=str)
everywhere = pytest.mark.parametrize("provider", PROVIDERS)


def expected(fault: Fault, provider: str) -> tuple[str, ...]:
    """A configured token is not renewed: one 401 refuses it."""
    if fault.name == "401 once" and provider == "piktid":
        return ("unauthorized",)
    return fault.states


class Timed(NamedTuple):
    """A page, how long it took, and how much of that a processor was waited for."""

    page: Page
    seconds: float
    waited_seconds: float


def timed_page(harbour: Harbour, **parameters: object) -> Timed:
    waits, begun = waits_of([os.getpid()]), time.monotonic()
    page = harbour.page(**parameters)
    seconds = time.monotonic() - begun
    return Timed(page, seconds, waited_since(waits, [os.getpid()]))


def assert_others_are_well(harbour: Harbour, timed: Timed, provider: str) -> None:
    """Hold the other sources' items to be the newest that they have."""
    page, seconds, waited = timed
    states = {"fresh"}
    if seconds > PATIENCE_SECONDS > seconds - waited:  # who had no processor was late
        states.add("pending")
    for other in PROVIDERS:
        if other == provider:
            continue
        report = source_of(page, other)
        assert report["state"] in states, report
        ids = [item["id"] for item in page["items"] if item["provider"] == other]
        newest = harbour.truth(other)[: len(ids) + TASK_PICTURES]
        assert set(ids) <= set(newest)


def assert_nothing_is_lost(harbour: Harbour, ids: list[str], names: list[str]) -> None:
    counted = Counter(ids)
    assert {item_id: n for item_id, n in counted.items() if n > 1} == {}
    for name in names:
        assert set(harbour.truth(name)) - set(ids) == set(), name


@pytest.mark.sampled(3)
@everywhere
@each
def test_a_fault_with_nothing_cached_is_told_in_time_and_loses_nothing(
    harbour: Harbour, provider: str, fault: Fault
) -> None:
    harbour.forget()
    harbour.suffer(provider, fault)

    page, seconds, _ = timed = timed_page(harbour, limit=40)

    report = source_of(page, provider)
    states = set(expected(fault, provider))
    if (
        seconds > PATIENCE_SECONDS and not fault.is_slow
    ):  # too slow a machine for what is tried again
        states |= {"pending", "unavailable"}
    assert report["state"] in states, report
    assert (report["error"] is None) == (report["state"] in {"fresh", "pending"})
    assert seconds < DEADLINE_SECONDS + GRACE_SECONDS + NOISE_SECONDS
    assert_others_are_well(harbour, timed, provider)
    harbour.heal()
    if not (fault.is_harmless or report["state"] == "fresh"):
        left = [n for n in PROVIDERS if source_of(page, n)["state"] != "unauthorized"]
        assert_nothing_is_lost(harbour, harbour.crawl(page), left)
    whole = harbour.crawl(harbour.page(limit=40))
    assert_nothing_is_lost(harbour, whole, list(PROVIDERS))


def told(item: dict[str, Any]) -> dict[str, Any]:
    """Leave out what holds links: these change at a boundary of the clock."""
    return {k: v for k, v in item.items() if k not in {"assets", "author", "cover"}}


@pytest.mark.sampled(3)
@everywhere
@pytest.mark.parametrize("fault", [f for f in FAULTS if not f.is_harmless], ids=str)
def test_a_fault_with_something_cached_is_served_stale(
    harbour: Harbour, provider: str, fault: Fault
) -> None:
    before = harbour.page(limit=40)
    harbour.clock.turn(100)
    harbour.suffer(provider, fault)

    page, seconds, _ = timed = timed_page(harbour, limit=40)

    report = source_of(page, provider)
    states = {"unauthorized"} if "unauthorized" in fault.states else {"stale"}
    assert report["state"] in states | ({"fresh"} & set(fault.states)), report
    if report["state"] == "stale":
        assert list(map(told, page["items"])) == list(map(told, before["items"]))
        was_known = seconds < PATIENCE_SECONDS and "pending" not in fault.states
        assert report["error"] is not None or not was_known
    assert seconds < DEADLINE_SECONDS + GRACE_SECONDS + NOISE_SECONDS
    assert_others_are_well(harbour, timed, provider)


@everywhere
def test_a_closed_port_is_unavailable_then_stale_then_well(
    harbour: Harbour, provider: str
) -> None:
    harbour.portal.call(harbour.proxies[provider].close)
    stale = harbour.page(limit=40)
    harbour.forget()

    page, seconds, _ = timed_page(harbour, limit=40)

    assert source_of(page, provider)["state"] == "unavailable"
    assert source_of(stale, provider)["state"] in {"stale", "fresh"}
    assert seconds < DEADLINE_SECONDS + GRACE_SECONDS + NOISE_SECONDS
    harbour.heal()
    assert_nothing_is_lost(harbour, harbour.crawl(page), list(PROVIDERS))


@everywhere
def test_a_time_to_retry_is_told_and_kept(harbour: Harbour, provider: str) -> None:
    (fault,) = [fault for fault in FAULTS if fault.name == "429 with Retry-After"]
    harbour.forget()
    harbour.suffer(provider, fault)
    first = source_of(harbour.page(limit=40), provider)
    calls = harbour.proxies[provider].calls

    harbour.clock.turn(6)
    waiting = source_of(harbour.page(limit=41), provider)

    assert waiting["retry_at"] == first["retry_at"] is not None
    assert harbour.proxies[provider].calls == calls


@everywhere
def test_a_redirect_to_another_address_is_not_followed(
    harbour: Harbour, provider: str
) -> None:
    harbour.forget()
    other = harbour.proxies["avatar" if provider != "avatar" else "piktid"]
    calls = other.calls

    async def redirect(call) -> None:
        address = f"http://127.0.0.1:{other.port}/get_gallery"
        await call.answer("307 Temporary Redirect", b"", f"Location: {address}")

    harbour.suffer(provider, Fault(name="redirect", play=redirect))
    answer = harbour.get(limit=40, provider=provider)

    assert answer.status_code == 503
    assert other.calls == calls
