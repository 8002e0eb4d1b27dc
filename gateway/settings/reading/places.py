"""Where a value stands, in which file or in a JSON body, and the faults found there."""

import json
import re
from collections.abc import Collection
from typing import Protocol

from gateway.plugin.errors import Fault

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Place(Protocol):
    """Where a value stands; all places of one text report to the same list.

    `table` is what its kind calls keys and their values. `has_whole_floats` tells that
    it knows one kind of number alone: there 2.0 is an integer.
    """

    @property
    def table(self) -> str: ...

    @property
    def has_whole_floats(self) -> bool: ...

    def key(self, key: str) -> "Place": ...

    def index(self, index: int) -> "Place": ...

    def report(self, message: str) -> None: ...

    def report_unknown(self, table: Collection[str], known: Collection[str]) -> None:
        """Report each key of a table that is not among the known ones."""
        ...


class FilePlace:
    """A key path in a TOML file."""

    table = "a table"
    has_whole_floats = False

    def __init__(self, file: str, faults: list[Fault], path: str = "") -> None:
        self._file = file
        self._faults = faults
        self._path = path

    def file(self, file: str) -> "FilePlace":
        return FilePlace(file, self._faults)

    def line(self, line: str) -> "FilePlace":
        return FilePlace(self._file, self._faults, line)

    def key(self, key: str) -> "FilePlace":
        spelt = key if _BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)
        path = f"{self._path}.{spelt}" if self._path else spelt
        return FilePlace(self._file, self._faults, path)

    def index(self, index: int) -> "FilePlace":
        return FilePlace(self._file, self._faults, f"{self._path}[{index}]")

    def report(self, message: str) -> None:
        where = f"{self._file}: {self._path}" if self._path else self._file
        self._faults.append(Fault(where=where, message=message))

    def report_unknown(self, table: Collection[str], known: Collection[str]) -> None:
        for key in table:
            if key not in known:
                names = ", ".join(known) or "none"
                self.key(key).report(f"unknown key; expected one of: {names}")


class PointerPlace:
    """A JSON pointer (RFC 6901) in a body; `is_open` lets unknown keys pass."""

    table = "an object"
    has_whole_floats = True

    def __init__(
        self, faults: list[Fault], pointer: str = "", *, is_open: bool = False
    ) -> None:
        self._faults = faults
        self._pointer = pointer
        self._is_open = is_open

    def key(self, key: str) -> "PointerPlace":
        return self._below(key.replace("~", "~0").replace("/", "~1"))

    def index(self, index: int) -> "PointerPlace":
        return self._below(str(index))

    def report(self, message: str) -> None:
        self._faults.append(Fault(where=self._pointer, message=message))

    def report_unknown(self, table: Collection[str], known: Collection[str]) -> None:
        if self._is_open:
            return
        for key in table:
            if key not in known:
                names = ", ".join(known) or "none"
                self.key(key).report(f"unknown; expected one of: {names}")

    def _below(self, step: str) -> "PointerPlace":
        pointer = f"{self._pointer}/{step}"
        return PointerPlace(self._faults, pointer, is_open=self._is_open)
