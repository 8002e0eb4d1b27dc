"""How far one is, on the standard error stream: a line that changes, or lines."""

import sys
import time

from rich.console import Console

_STEP_SECONDS = 1.0
_BEGIN = "\r\x1b[2K"


class Progress:
    """On a terminal one line, gone at the end; elsewhere a line now and then."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._is_line = console.is_terminal and not console.is_dumb_terminal
        self._is_shown = False
        self._told_at = float("-inf")

    def show(self, text: str) -> None:
        if self._is_line:
            self._write(f"{_BEGIN}{text}")
            self._is_shown = True
        elif time.monotonic() - self._told_at >= _STEP_SECONDS:
            self._told_at = time.monotonic()
            self._write(f"{text}\n")

    def clear(self) -> None:
        """Make room for something else."""
        if self._is_shown:
            self._write(_BEGIN)
            self._is_shown = False

    def tell(self, text: str) -> None:
        """Write a line that stays."""
        self.clear()
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
