"""What is known of files that have been looked into: type, size, dimensions."""

from cachetools import LRUCache
from msgspec import Struct, structs

from gateway.core.links import Link
from gateway.core.sniff import Format

_KEPT = 50_000


class Known(Struct, frozen=True, kw_only=True):
    """The fields of an asset that only its bytes tell."""

    width: int | None = None
    height: int | None = None
    placeholder: str | None = None
    size_bytes: int | None = None
    duration_seconds: float | None = None
    media_type: str | None = None


class Facts:
    """Remembers facts by account, item, asset and version; the least used go first."""

    def __init__(self) -> None:
        self._known: LRUCache[tuple[bytes, str, str, bytes], Known] = LRUCache(_KEPT)
        self._formats: LRUCache[tuple[bytes, str, str, bytes], Format] = LRUCache(_KEPT)

    def find(self, link: Link) -> Known | None:
        return self._known.get(_to_key(link))

    def find_format(self, link: Link) -> Format | None:
        return self._formats.get(_to_key(link))

    def note_format(self, link: Link, found: Format) -> None:
        self._formats[_to_key(link)] = found

    def note(self, link: Link, **told: object) -> None:
        """Add what was found out; None tells nothing."""
        known = self._known.get(_to_key(link), Known())
        new = {name: value for name, value in told.items() if value is not None}
        self._known[_to_key(link)] = structs.replace(known, **new)


def _to_key(link: Link) -> tuple[bytes, str, str, bytes]:
    return link.account, link.item_id, link.asset_id, link.version
