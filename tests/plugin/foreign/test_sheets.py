import pytest

from gateway.plugin.errors import Fault
from gateway.plugin.foreign.sheets import to_fault, to_letters


@pytest.mark.parametrize(
    ("column", "letters"),
    [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")],
)
def test_columns_are_called_as_sheets_show_them(column: int, letters: str) -> None:
    assert to_letters(column) == letters


def test_a_fault_points_to_its_row_and_heading() -> None:
    assert to_fault(5, "a/b~c d", "no") == Fault(
        where="/rows/5/a~1b~0c d", message="no"
    )
