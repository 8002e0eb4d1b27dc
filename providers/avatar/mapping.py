"""The avatar service's gallery entries to gallery items."""

import re

from gateway.core import times
from gateway.core.model import Asset, GalleryItem, Kind, to_item_id, to_native_id
from gateway.core.ports import Entry
from gateway.core.privacy import to_name
from providers.avatar.wire import GalleryUrl

_KINDS: dict[str | None, Kind] = {"image": "image", "video": "video"}
_EPOCH_MS = re.compile(r"[0-9]{1,16}(?![0-9])")
_NUMBER = re.compile(r"-([0-9]{1,9})$")


def to_item(provider: str, entry: GalleryUrl) -> GalleryItem:
    """Translate an entry; one of an unknown type is a model with nothing to show.

    Raises:
        ValueError: it has no id.
    """
    if not entry.url:
        raise ValueError("an entry without url")
    kind = _KINDS.get(entry.type, "model")
    assets = _to_assets(kind)
    return GalleryItem(
        id=to_item_id(provider, entry.url),
        provider=provider,
        kind=kind,
        status="ready",
        created_at=_to_time(entry.url),
        job_id=to_name(_NUMBER.sub("", entry.url)),
        cover=assets[0] if assets else None,
        asset_count=len(assets),
        assets=assets,
        native={},
    )


def to_newest_first(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Sort by time, then a task's pictures by number; those without time go last."""
    return tuple(sorted(entries, key=_to_rank))


def _to_rank(entry: Entry) -> tuple[int, int, str]:
    _, url = to_native_id(entry.id) or ("", "")
    time = None if entry.item is None else entry.item.created_at
    number = _NUMBER.search(url)
    return (
        1 if time is None else -times.to_epoch_ms(time),
        int(number[1]) if number else 0,
        entry.id,
    )


def _to_assets(kind: Kind) -> tuple[Asset, ...]:
    if kind == "model":
        return ()
    return (Asset(id="0", role="output", kind=kind, status="ready"),)


def _to_time(url: str) -> str | None:
    """Read the epoch milliseconds that begin a `url`; None if it does not begin so."""
    match = _EPOCH_MS.match(url)
    return None if match is None else times.from_epoch_ms(int(match[0]))
