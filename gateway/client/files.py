"""A half file beside the one that it becomes, and which version it is of."""

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


class PartFile:
    """`PATH.part`, and `PATH.part.etag`; a process that is killed leaves both.

    What is in a part whose version is not known is of no use, and is not kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._noted = path.with_name(f"{path.name}.part.etag")
        self.etag = self._read_etag()
        self._file: BinaryIO = self._part.open("r+b" if self._is_kept() else "w+b")
        self.size = self._file.seek(0, os.SEEK_END)

    def begin(self, etag: str | None) -> None:
        """Be empty, and of that version: none is noted while bytes of another lie there."""
        self._noted.unlink(missing_ok=True)
        self._file.seek(0)
        self._file.truncate()
        self.size, self.etag = 0, etag
        if etag is not None:
            self._noted.write_text(etag, encoding="utf-8")

    def append(self, content: bytes) -> None:
        self._file.write(content)
        self.size += len(content)

    def finish(self) -> None:
        self._file.close()
        self._part.replace(self._path)
        self._noted.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave what has come for a later download, or nothing where it is of no use."""
        self._file.close()
        if not self.size or self.etag is None:
            self._noted.unlink(missing_ok=True)
            self._part.unlink(missing_ok=True)

    def _is_kept(self) -> bool:
        return self.etag is not None and self._part.exists()

    def _read_etag(self) -> str | None:
        with suppress(OSError, ValueError):
            return self._noted.read_text(encoding="utf-8") or None
        return None
