"""Files that are drawn from, kept by the system: they take none of a process's memory."""

import os
import tempfile
from collections.abc import Iterator
from typing import BinaryIO, Self

from gateway.plugin.errors import UnavailableError

_STEP_BYTES = 2**18


class SystemSpool:
    """The `Spool` port.

    Raises (when it is made):
        UnavailableError: the system has no place for it.
    """

    def __init__(self) -> None:
        self.held = 0
        self.size: int | None = None
        self.tail_bytes = 0
        try:
            self._file = _open()
        except OSError as error:
            raise UnavailableError("no file can be had to draw from") from error

    @property
    def total(self) -> int:
        return self.held if self.size is None else self.size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, content: bytes) -> None:
        try:
            self._file.write(content)
        except OSError as error:
            raise UnavailableError("there is no place for the file") from error
        self.held += len(content)

    def read(self) -> Iterator[bytes]:
        self._file.seek(0)
        while step := self._file.read(_STEP_BYTES):
            yield step


def _open() -> BinaryIO:
    """Open a file without a name, so that nothing is left of it."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("original"), "w+b")
    return tempfile.TemporaryFile()
