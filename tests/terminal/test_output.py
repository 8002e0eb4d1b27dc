"""Rows for people: widths, ages, and texts that move no cursor."""

import pytest
from rich.cells import cell_len

from gateway.plugin.model import SourceError, SourceReport
from gateway.terminal.output import (
    to_age,
    to_cropped,
    to_line,
    to_lines,
    to_missing,
)

NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z


@pytest.mark.parametrize(
    ("created_at", "age"),
    [
        ("2025-12-31T23:59:55.000Z", "5s"),
        ("2025-12-31T23:55:00.000Z", "5m"),
        ("2025-12-31T19:00:00.000Z", "5h"),
        ("2025-12-27T00:00:00.000Z", "5d"),
        ("2025-11-27T00:00:00.000Z", "5w"),
        ("2020-11-27T00:00:00.000Z", "5y"),
        ("2026-01-01T00:00:05.000Z", "0s"),
        (None, "-"),
        ("later", "-"),
    ],
)
def test_an_age_is_one_number_and_its_unit(created_at: str | None, age: str) -> None:
    assert to_age(created_at, NOW) == age


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a hat", "a hat"),
        ("two\nlines\tand more", "two lines and more"),
        ("\x1b[2J\x07gone", "[2J gone"),
        ("\u202egnihtyna\u2066", "gnihtyna"),
        ("  ", ""),
        ("\ud83d half", "half"),
    ],
    ids=ascii,
)
def test_a_text_moves_no_cursor(text: str, line: str) -> None:
    assert to_line(text) == line


@pytest.mark.parametrize(
    "text", ["", "short", "x" * 99, "帽子" * 30, "👒" * 30, "é" * 30]
)
@pytest.mark.parametrize("cells", [1, 2, 16, 17])
def test_a_title_takes_the_cells_that_there_are(text: str, cells: int) -> None:
    cropped = to_cropped(text, cells)

    assert cell_len(cropped) == cells
    assert cropped.rstrip().endswith("…") is (cell_len(text) > cells)


def test_sources_are_told_with_what_is_wrong_with_them() -> None:
    away = SourceReport(
        provider="avatar",
        state="unavailable",
        retry_at="2026-01-01T00:00:05.000Z",
        error=SourceError(code="upstream-unavailable", title="It is away"),
    )
    odd = SourceReport(provider="b", state="fresh", skipped=3)

    lines = [line.plain for line in to_lines([away, odd])]

    assert lines == [
        "avatar  unavailable  It is away (upstream-unavailable), again at 2026-01-01T00:00:05.000Z",
        "b       fresh  3 not understood",
    ]
    assert to_missing([away, odd]) == ["avatar"]


@pytest.mark.parametrize("state", ["pending", "unavailable", "unauthorized"])
def test_a_source_without_its_items_is_missing(state) -> None:
    assert to_missing([SourceReport(provider="a", state=state)]) == ["a"]


@pytest.mark.parametrize("state", ["fresh", "stale", "frozen"])
def test_a_source_with_them_is_not(state) -> None:
    assert to_missing([SourceReport(provider="a", state=state)]) == []
