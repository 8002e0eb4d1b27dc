"""A page is fresh, then stale, then for bad days only, then nothing."""

from hypothesis import given, strategies as st

from gateway.crawl.page import Page
from gateway.pages.freshness import Freshness, Keeping
from tests.fakes import FakeClock

SPANS = st.integers(0, 100).map(float)


def to_page(received_at: float) -> Page:
    return Page(entries=(), is_last=True, asked_at=received_at, received_at=received_at)


@given(fresh=SPANS, good=SPANS, error=SPANS, age=st.integers(0, 300).map(float))
def test_each_span_begins_where_the_fresh_one_ends(
    fresh: float, good: float, error: float, age: float
) -> None:
    clock = FakeClock()
    page = to_page(clock.now())
    keeping = Keeping(
        fresh_seconds=fresh,
        stale_while_revalidate_seconds=good,
        stale_if_error_seconds=error,
    )
    freshness = Freshness(keeping, clock)

    clock.turn(age)

    assert freshness.is_fresh(page) == (age < fresh)
    assert freshness.is_younger(page, keeping.good_seconds) == (age < fresh + good)
    assert freshness.is_for_errors(page) == (age < fresh + error)
    assert keeping.keep_seconds == fresh + max(good, error)


@given(fresh=SPANS, good=SPANS, age=st.integers(0, 300).map(float))
def test_until_a_page_is_no_longer_good_it_stays_what_it_is(
    fresh: float, good: float, age: float
) -> None:
    clock = FakeClock()
    page = to_page(clock.now())
    keeping = Keeping(fresh_seconds=fresh, stale_while_revalidate_seconds=good)
    freshness = Freshness(keeping, clock)
    clock.turn(age)
    before, until = freshness.is_fresh(page), freshness.good_until(page)

    clock.turn(max(0.0, until - clock.now() - 0.5))

    assert freshness.is_fresh(page) is before
    assert freshness.fresh_until(page) <= until
