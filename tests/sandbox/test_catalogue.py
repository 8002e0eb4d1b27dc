from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st

from gateway.sandbox.catalogue import LAST_MOMENT, Catalogue, times_from

moments = st.datetimes(
    min_value=datetime(2001, 1, 1),  # noqa: DTZ001  hypothesis adds the zone
    max_value=datetime(2040, 1, 1),  # noqa: DTZ001  ditto
    timezones=st.just(UTC),
)


@given(seed=st.integers(0, 100), count=st.integers(0, 300))
def test_times_are_newest_first_and_end_at_the_last_moment(
    seed: int, count: int
) -> None:
    times = Catalogue("any", seed).times(count)

    assert len(times) == count
    assert times == sorted(times, reverse=True)
    assert all(moment <= LAST_MOMENT for moment in times)


def test_some_times_are_equal_and_they_span_years() -> None:
    times = Catalogue("any", 1).times(240)

    assert any(later == earlier for later, earlier in pairwise(times))
    assert times[0] - times[-1] > timedelta(days=365 * 3)


@given(moment=moments, newest=st.none() | moments, count=st.integers(1, 20))
def test_new_times_rise_by_a_millisecond_and_are_never_older(
    moment: datetime, newest: datetime | None, count: int
) -> None:
    times = times_from(moment, newest, count)

    steps = {later - earlier for earlier, later in pairwise(times)}
    assert len(times) == count
    assert steps <= {timedelta(milliseconds=1)}
    assert newest is None or times[0] >= newest


def test_some_titles_and_prompts_are_not_ascii() -> None:
    draw = Catalogue("any", 1)

    texts = [draw.title() + draw.prompt() for _ in range(100)]

    assert any(not text.isascii() for text in texts)
