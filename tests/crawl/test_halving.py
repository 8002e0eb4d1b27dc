import pytest
from hypothesis import given, strategies as st

from gateway.crawl.halving import Halving


def count(first: int, start: int, wanted: int) -> int:
    """Look for a page; give how many were looked at."""
    halving = Halving(first=first, start=start)
    for looked in range(1, 100):
        page = halving.page
        assert page is not None
        if page == wanted:
            return looked
        halving.tell(page, is_later=page < wanted)
    raise AssertionError("it is never found")


@given(st.integers(0, 1), st.integers(0, 400), st.integers(0, 400))
def test_any_page_is_found_from_anywhere_in_few_steps(
    first: int, start: int, wanted: int
) -> None:
    assert count(first, first + start, first + wanted) <= 16


def test_the_right_page_is_found_at_once() -> None:
    assert count(0, 375, 375) == 1


@pytest.mark.parametrize("first", [0, 1])
def test_there_is_nothing_before_the_first_page(first: int) -> None:
    halving = Halving(first=first, start=first)

    halving.tell(first, is_later=False)

    assert halving.page is None


def test_there_is_nothing_between_two_neighbours() -> None:
    halving = Halving(first=0, start=3)

    halving.tell(3, is_later=True)
    halving.tell(4, is_later=False)

    assert halving.page is None
