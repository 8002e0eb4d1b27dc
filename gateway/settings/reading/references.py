"""References to the environment and to files, inside the configuration's text.

`${NAME}` and `${NAME:-default}` (also where NAME is set to nothing) are variables,
`${file:PATH}` is a file's text without its last newline; a relative PATH starts at
the folder of the file that it stands in. What they give is not looked at again.
"""

import os
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Final, Literal, TypeAlias

from gateway.settings.reading.places import Place

_REFERENCE = re.compile(r"\$\{([^}]*)\}|\$\{")
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
_DEPTH_LIMIT = 32


class _Faulty(Enum):
    FAULTY = "faulty"


FAULTY: Final = _Faulty.FAULTY
"""Stands for a value whose fault is reported already."""
Faulty: TypeAlias = Literal[_Faulty.FAULTY]


class Resolved(str):
    """Text that came out of a reference, and so may stand for a number too."""

    __slots__ = ()


def names_any(
    variables: Iterable[str], environment: Mapping[str, str] | None = None
) -> bool:
    """Return whether the environment, the process's own, has one of these, not empty."""
    given = os.environ if environment is None else environment
    return any(given.get(variable) for variable in variables)


class References:
    """Where references lead to; the process's environment unless told another."""

    def __init__(self, environment: Mapping[str, str] | None) -> None:
        self._environment = os.environ if environment is None else environment

    def resolve(
        self, table: dict[str, object], place: Place, folder: Path
    ) -> dict[str, object]:
        """Return a table with its references replaced, by `FAULTY` where one fails."""
        return _Resolution(self._environment, folder).table(table, place, 0)


class _Resolution:
    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder

    def table(
        self, table: dict[str, object], place: Place, depth: int
    ) -> dict[str, object]:
        return {
            key: self._value(value, place.key(key), depth + 1)
            for key, value in table.items()
        }

    def _value(self, value: object, place: Place, depth: int) -> object:
        if depth > _DEPTH_LIMIT:
            place.report(f"expected at most {_DEPTH_LIMIT} levels")
            return FAULTY
        match value:
            case str():
                return self._text(value, place)
            case dict():
                return self.table(value, place, depth)
            case list():
                return [
                    self._value(inner, place.index(index), depth + 1)
                    for index, inner in enumerate(value)
                ]
        return value

    def _text(self, text: str, place: Place) -> str | Faulty:
        if "${" not in text:
            return text
        faults: list[str] = []

        def replace(match: re.Match[str]) -> str:
            try:
                return self._target(match[1])
            except ValueError as error:
                faults.append(str(error))
                return ""

        resolved = _REFERENCE.sub(replace, text)
        for fault in faults:
            place.report(fault)
        return FAULTY if faults else Resolved(resolved)

    def _target(self, reference: str | None) -> str:
        if reference and reference.startswith("file:"):
            return self._file(reference.removeprefix("file:"))
        variable = _VARIABLE.fullmatch(reference or "")
        if not variable:
            raise ValueError("expected ${NAME}, ${NAME:-default} or ${file:PATH}")
        return self._variable(variable[1], variable[2])

    def _variable(self, name: str, default: str | None) -> str:
        text = self._environment.get(name)
        if text is None and default is None:
            raise ValueError(f"expected the environment variable {name} to be set")
        if not text and default is not None:
            return default
        text = text or ""
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValueError(f"expected UTF-8 text in the environment variable {name}")
        return text

    def _file(self, path: str) -> str:
        try:
            text = (self._folder / path).read_bytes().decode()
        except UnicodeDecodeError:
            raise ValueError(f"expected UTF-8 text in the file {path}") from None
        except (OSError, ValueError):
            raise ValueError(f"expected a readable file {path}") from None
        return text.removesuffix("\n").removesuffix("\r")
