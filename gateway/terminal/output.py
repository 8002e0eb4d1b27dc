"""What goes to the standard output: rows for people, lines for machines."""

import os
import sys
from collections.abc import Iterable
from datetime import datetime

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from gateway.adapters.clock import SystemClock
from gateway.plugin.model import GalleryItem, SourceReport

MISSING = frozenset({"pending", "unavailable", "unauthorized"})
"""The states of sources whose items are not there."""
_STYLES = {
    "ready": "green",
    "fresh": "green",
    "failed": "red",
    "unavailable": "bold red",
    "unauthorized": "bold red",
    "pending": "yellow",
    "partial": "yellow",
    "stale": "yellow",
}
_LEAST_TITLE, _PIPED_TITLE = 16, 40
_UNITS = ((31_557_600, "y"), (604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "m"))
_BEFORE_TITLE = 25
"""How many cells kind, status and age take."""


class _Console(Console):
    """A console that leaves a broken pipe to the command."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Output:
    """Writes items as they come; `as_json` leaves nothing else on the output."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = _Console(highlight=False)
        self._now = SystemClock().now()
        self._id_cells: int | None = None

    def give(self, item: GalleryItem, page: Iterable[GalleryItem]) -> None:
        """Write an item; the page that it is of tells how wide ids are."""
        if self._as_json:
            sys.stdout.buffer.write(msgspec.json.encode(item) + b"\n")
            return
        if self._id_cells is None:
            self._id_cells = max((len(one.id) for one in page), default=0)
            self._print(
                Text(self._join("kind", "status", "age", "title", "id"), "bold")
            )
        age = to_age(item.created_at, self._now)
        title = to_line(item.title or item.prompt or "")
        row = Text(self._join(item.kind, item.status, age, title, item.id))
        row.stylize(_STYLES.get(item.status, ""), 7, 17)
        self._print(row)

    def tell(self, sources: Iterable[SourceReport]) -> None:
        """Write how each source fared, under the rows."""
        if self._as_json:
            return
        self._print(Text())
        for line in to_lines(sources):
            self._print(line)

    @staticmethod
    def flush() -> None:
        sys.stdout.flush()

    @staticmethod
    def give_up() -> None:
        """Let nothing be written any more: nobody reads it, and the end would flush."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True)

    def _join(self, kind: str, status: str, age: str, title: str, item_id: str) -> str:
        begun = f"{kind:<5}  {status:<10}  {age:>4}"
        width = self._console.width if self._console.is_terminal else None
        if width is None:
            return f"{begun}  {_pad(title, _PIPED_TITLE)}  {item_id}"
        left = width - _BEFORE_TITLE - (self._id_cells or 0) - 2
        if left >= _LEAST_TITLE:
            return f"{begun}  {to_cropped(title, left)}  {item_id}"
        cropped = to_cropped(title, max(width - _BEFORE_TITLE, 1)).rstrip()
        return f"{begun}  {cropped}\n  {item_id}"


def to_lines(sources: Iterable[SourceReport]) -> list[Text]:
    """Return a line for each source: its state, and why if it is missing."""
    reports = list(sources)
    width = max((len(one.provider) for one in reports), default=0)
    return [_to_line_of(one, width) for one in reports]


def to_missing(sources: Iterable[SourceReport]) -> list[str]:
    return [one.provider for one in sources if one.state in MISSING]


def to_age(created_at: str | None, now: float) -> str:
    """Return how long ago it was, in one unit; `-` where nobody knows."""
    if created_at is None:
        return "-"
    try:
        seconds = max(0, int(now - datetime.fromisoformat(created_at).timestamp()))
    except ValueError:
        return "-"
    for unit, name in _UNITS:
        if seconds >= unit:
            return f"{seconds // unit}{name}"
    return f"{seconds}s"


def to_line(text: str) -> str:
    """Return a text that moves no cursor and rings no bell, in one line."""
    plain = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(plain.split())


def _to_line_of(report: SourceReport, width: int) -> Text:
    line = Text(f"{report.provider:<{width}}  ")
    line.append(report.state, _STYLES.get(report.state, ""))
    if report.error is not None:
        line.append(f"  {to_line(report.error.title)} ({report.error.code})")
    if report.retry_at is not None:
        line.append(f", again at {report.retry_at}")
    if report.skipped:
        line.append(f"  {report.skipped} not understood")
    return line


def to_cropped(title: str, cells: int) -> str:
    """Return a title that takes just so many cells of a terminal."""
    if cell_len(title) > cells:
        title = set_cell_size(title, cells - 1) + "…"
    return set_cell_size(title, cells)


def _pad(title: str, cells: int) -> str:
    return title + " " * max(0, cells - cell_len(title))
