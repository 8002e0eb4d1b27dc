from hypothesis import given, strategies as st

from gateway.plugin import sorting
from gateway.plugin.sorting import sort


@given(st.lists(st.tuples(st.integers(0, 5), st.integers())), st.booleans())
def test_it_is_what_sorted_gives(things: list[tuple[int, int]], reverse: bool) -> None:  # noqa: FBT001
    step, sorting._STEP = sorting._STEP, 3  # noqa: SLF001
    try:
        assert sort(things, lambda thing: thing[0], reverse=reverse) == sorted(
            things, key=lambda thing: thing[0], reverse=reverse
        )
    finally:
        sorting._STEP = step  # noqa: SLF001
