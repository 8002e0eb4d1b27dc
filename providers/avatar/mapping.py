"""The avatar service's gallery entries to gallery items, and its other answers to ours."""

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import structs

from gateway.plugin import (
    Asset,
    Entry,
    GalleryItem,
    Kind,
    Media,
    MisbehavedError,
    Polled,
    TaskProgress,
    privacy,
    sort,
    times,
    to_item_id,
)
from providers.avatar.bodies import Garment, Message, TaskState
from providers.avatar.wire import GalleryUrl, Refusal, RefusedField, Removal

_KINDS: dict[str | None, Kind] = {"image": "image", "video": "video"}
_SUFFIXES: dict[Kind, str] = {"image": ".jpg", "video": ".mp4"}
_KINDS_BY_SUFFIX: dict[str, Kind] = {
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp", ".gif"), "image"),
    **dict.fromkeys((".mp4", ".webm", ".mov"), "video"),
}
_MEDIA: dict[Kind, tuple[Media, ...]] = {
    "image": (Media("0", "/get_gallery_image/{id}", "/get_thumbnail/{id}"),),
    "video": (Media("0", "/get_gallery_video/{id}"),),
}
_PROGRESS: dict[int, TaskProgress] = {
    0: "queued",
    1: "processing",
    2: "succeeded",
    3: "failed",
}
_GLANCE_BYTES = 4_096
_EPOCH_MS = re.compile(r"[0-9]{1,16}(?![0-9])")
_NUMBER = re.compile(r"-([0-9]{1,9})$")
_MOST_SECONDS = 1e11


def to_item(provider: str, entry: GalleryUrl) -> GalleryItem:
    """Translate an entry; one of an unknown type is a model with nothing to show.

    Raises:
        ValueError: it has no id.
    """
    if entry.source_url:
        return _to_file(provider, entry, to_file_name(entry.source_url))
    if not entry.url:
        raise ValueError("an entry without url")
    kind = _KINDS.get(entry.type, "model")
    assets = _to_assets(kind, privacy.to_name(f"{entry.url}{_SUFFIXES.get(kind, '')}"))
    return GalleryItem(
        id=to_item_id(provider, entry.url),
        provider=provider,
        kind=kind,
        status="ready",
        actions=("delete",) if kind == "image" else (),
        created_at=_to_time(entry.url),
        job_id=privacy.to_name(_NUMBER.sub("", entry.url)),
        cover=assets[0] if assets else None,
        asset_count=len(assets),
        assets=assets,
        native={},
    )


def to_made(
    provider: str, task_id: str, entries: Sequence[msgspec.Raw]
) -> tuple[str, ...]:
    """Return the ids of the items that a task made, in the order of their numbers."""
    found = [
        entry.url
        for raw in entries
        if (entry := _to_entry(raw)) is not None
        and entry.url is not None
        and _NUMBER.sub("", entry.url) == task_id
    ]
    return tuple(to_item_id(provider, url) for url in sorted(found, key=_to_number))


def to_polled(state: TaskState) -> Polled:
    """Translate a task's state.

    Raises:
        MisbehavedError: it is none that the document knows.
    """
    progress = _PROGRESS.get(state.status)
    if progress is None:
        raise MisbehavedError("a task in a state that is not documented")
    position = state.position
    is_ahead = position is not None and position >= 0
    return Polled(
        progress=progress,
        position=position
        if is_ahead and progress in {"queued", "processing"}
        else None,
        error="the service failed to make it" if progress == "failed" else None,
    )


def to_message(said: Message) -> Message:
    """Return what the service says, without addresses."""
    return Message(message=privacy.to_message(said.message))


def to_garment(found: Garment) -> Garment:
    """Trim what a garment's lists hold: the document's own example has a blank."""
    return structs.replace(
        found,
        colors=_trim(found.colors),
        sizes=_trim(found.sizes),
        colors_hex=_trim(found.colors_hex),
    )


def to_words(body: bytes) -> str | None:
    """Return what a refusal says, without addresses: a text, or faults by field."""
    try:
        detail = msgspec.json.decode(body, type=Refusal).detail
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if isinstance(detail, str) or detail is None:
        return privacy.to_message(detail)
    return privacy.to_message("; ".join(map(_to_said, detail)))


def to_failure(body: bytes) -> Removal | None:
    """Return the failure that an answer of 200 tells of, if it does."""
    if b'"status_code"' not in body[:_GLANCE_BYTES]:
        return None
    try:
        return msgspec.json.decode(body, type=Removal)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def to_media(entry: GalleryUrl) -> tuple[Media, ...]:
    """Point to the endpoint of its type, which has thumbnails of pictures alone.

    Or to the addresses that the service's later state lists.
    """
    if entry.source_url:
        return (Media("0", entry.source_url, entry.thumbnail_url),)
    return _MEDIA.get(_KINDS.get(entry.type, "model"), ())


def is_file_name(native_id: str) -> bool:
    """Return whether an id is of the later state: a `url` has no suffix."""
    return "." in native_id


def to_file_name(address: str) -> str:
    """Read the name of the file that an address ends in, as `/` parts it.

    Raises:
        ValueError: there is none, or it is no file's.
    """
    name = unquote(urlsplit(address).path.rpartition("/")[2])
    if not is_file_name(name):
        raise ValueError("an address without a file name")
    return name


def to_newest_first(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Sort by time, then a task's pictures by number; those without time go last."""
    by_number = sort(entries, lambda entry: (_to_number(entry.id), entry.id))
    return tuple(sort(by_number, _to_time_or_none, reverse=True))


def _to_number(entry_id: str) -> int:
    """Read the number of a task's picture, 0 for its first."""
    match = _NUMBER.search(entry_id)
    return 0 if match is None else int(match[1])


def _to_entry(raw: msgspec.Raw) -> GalleryUrl | None:
    try:
        return msgspec.json.decode(raw, type=GalleryUrl)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _to_said(fault: RefusedField) -> str:
    where = ".".join(str(step) for step in fault.loc if step != "body")
    return f"{where}: {fault.msg}" if where else fault.msg


def _trim(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts)


def _to_time_or_none(entry: Entry) -> str:
    return (entry.item and entry.item.created_at) or ""


def _to_file(provider: str, entry: GalleryUrl, name: str) -> GalleryItem:
    """Translate an entry of the later state, where whatever is listed can be deleted."""
    suffix = name[name.rindex(".") :].lower()
    kind = _KINDS_BY_SUFFIX.get(suffix, "model")
    assets = _to_assets(kind, privacy.to_name(name))
    return GalleryItem(
        id=to_item_id(provider, name),
        provider=provider,
        kind=kind,
        status="ready",
        actions=("delete",),
        created_at=_from_seconds(entry.last_modified),
        cover=assets[0] if assets else None,
        asset_count=len(assets),
        assets=assets,
        native={},
    )


def _to_assets(kind: Kind, filename: str | None) -> tuple[Asset, ...]:
    """Return the one file, which is named as the service names it."""
    if kind not in _SUFFIXES:
        return ()
    return (Asset(id="0", role="output", kind=kind, status="ready", filename=filename),)


def _from_seconds(seconds: float | None) -> str | None:
    if seconds is None or not 0 <= seconds < _MOST_SECONDS:
        return None
    return times.from_epoch_ms(int(seconds * 1000))


def _to_time(url: str) -> str | None:
    """Read the epoch milliseconds that begin a `url`; None if it does not begin so."""
    match = _EPOCH_MS.match(url)
    return None if match is None else times.from_epoch_ms(int(match[0]))
