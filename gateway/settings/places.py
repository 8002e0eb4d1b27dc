"""Where in which file a value stands, and the faults found there."""

import json
import re
from collections.abc import Collection

from gateway.plugin.errors import Fault

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Place:
    """A key path in a file; all places of one load report to the same list."""

    def __init__(self, file: str, faults: list[Fault], path: str = "") -> None:
        self._file = file
        self._faults = faults
        self._path = path

    def file(self, file: str) -> "Place":
        return Place(file, self._faults)

    def line(self, line: str) -> "Place":
        return Place(self._file, self._faults, line)

    def key(self, key: str) -> "Place":
        spelt = key if _BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)
        path = f"{self._path}.{spelt}" if self._path else spelt
        return Place(self._file, self._faults, path)

    def index(self, index: int) -> "Place":
        return Place(self._file, self._faults, f"{self._path}[{index}]")

    def report(self, message: str) -> None:
        where = f"{self._file}: {self._path}" if self._path else self._file
        self._faults.append(Fault(where=where, message=message))

    def report_unknown(self, table: Collection[str], known: Collection[str]) -> None:
        """Report each key of a table that is not among the known ones."""
        for key in table:
            if key not in known:
                names = ", ".join(known) or "none"
                self.key(key).report(f"unknown key; expected one of: {names}")
