"""Which version of a file an upstream sends, by what it tells of it (RFC 9110, 8.8)."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from msgspec import Struct

from gateway.sealing.digest import to_key

_SURE = timedelta(seconds=1)
"""So long after it was modified, a file's time tells it from what it was before."""


class Validators(Struct, frozen=True, kw_only=True):
    """An answer's `ETag`, `Last-Modified` and `Date`, as they are spelt."""

    etag: str | None = None
    last_modified: str | None = None
    date: str | None = None

    def to_etag(self, base: str) -> str:
        """Return the tag of a file's version: `base` itself where the upstream has none.

        It is weak where the upstream's own is: two versions may share it then, whose
        parts must not be joined.
        """
        if not self.etag and not self.last_modified:
            return base
        validator = (self.etag or self.last_modified or "").removeprefix("W/")
        tag = to_key(base.encode(), validator.encode())
        return f'W/"{tag}"' if self._is_weak else f'"{tag}"'

    @property
    def _is_weak(self) -> bool:
        if self.etag:
            return self.etag.startswith("W/")
        modified, sent = _to_time(self.last_modified), _to_time(self.date)
        return modified is None or sent is None or sent - modified < _SURE


def is_same(etag: str, wanted: str | None) -> bool:
    """Compare tags strongly, as parts of one file must be of one version."""
    return etag == wanted and not etag.startswith("W/")


def _to_time(text: str | None) -> datetime | None:
    try:
        time = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return time if time.tzinfo is not None else None
