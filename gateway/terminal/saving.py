"""A cursor in a file, which is whole at every moment."""

import os
from pathlib import Path

from gateway.client import Items


class CursorFile:
    """Holds where to go on; there is none before the first item and after the last."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._reached: str | None = None
        self._is_reached = False

    def read(self) -> str | None:
        """Return where the last listing stopped."""
        if self._path is None or not self._path.exists():
            return None
        return self._path.read_text(encoding="ascii", errors="replace").strip() or None

    def reach(self, items: Items) -> None:
        """Remember that everything up to here was given."""
        if self._path is not None:
            self._reached, self._is_reached = items.cursor, True

    def save(self) -> None:
        """Write down what was reached: what was given has been written by now."""
        if self._path is None or not self._is_reached:
            return
        if self._reached is None:
            self._path.unlink(missing_ok=True)
            return
        begun = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        begun.write_text(f"{self._reached}\n", encoding="ascii")
        begun.replace(self._path)
