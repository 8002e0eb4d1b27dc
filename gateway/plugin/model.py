"""The gallery's own words: item, asset, source report, page.

These structs are the answers' JSON, field for field; times are canonical text
(see `times`). Fields that nothing knows yet are null, never missing. What lists are made
of is no work for the garbage collector (`gc=False`): it refers to nothing that could
refer to it, and a collection over a long list would hold everybody up.
"""

import base64
import re
from typing import Any, Literal, TypeAlias, get_args

from msgspec import Struct

Kind: TypeAlias = Literal["image", "video", "model"]
Status: TypeAlias = Literal[
    "queued", "processing", "ready", "partial", "failed", "canceled", "unknown"
]
Role: TypeAlias = Literal["output", "input", "preview"]
Visibility: TypeAlias = Literal["public", "private", "hidden"]
Action: TypeAlias = Literal["delete"]
SourceState: TypeAlias = Literal[
    "fresh", "stale", "pending", "unavailable", "unauthorized"
]
Native: TypeAlias = dict[str, Any]

KINDS: tuple[Kind, ...] = get_args(Kind)
STATUSES: tuple[Status, ...] = get_args(Status)

_MOST_ID_BYTES = 1_000
_PLAIN_ID = re.compile(r"[A-Za-z0-9._-][A-Za-z0-9._~-]*")


def to_item_id(provider: str, native_id: str) -> str:
    """Join provider and native id; other characters make it base64url behind `~`."""
    if _PLAIN_ID.fullmatch(native_id):
        return f"{provider}:{native_id}"
    spelt = base64.urlsafe_b64encode(native_id.encode("utf-8", "surrogatepass"))
    return f"{provider}:~{spelt.decode().rstrip('=')}"


def to_native_id(item_id: str) -> tuple[str, str] | None:
    """Part an item's id into provider and native id; None unless it is spelt so."""
    provider, _, native = item_id.partition(":")
    if native.startswith("~"):
        try:
            spelt = native[1:] + "=" * (-len(native[1:]) % 4)
            native = base64.urlsafe_b64decode(spelt).decode("utf-8", "surrogatepass")
        except ValueError:
            return None
    if not native or to_item_id(provider, native) != item_id:
        return None
    return provider, native


def may_be_asked_for(native_id: str) -> bool:
    """Return whether an upstream can be asked for an id: it fits an address, as text."""
    try:
        return len(native_id.encode()) <= _MOST_ID_BYTES
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


class Author(Struct, frozen=True, kw_only=True, gc=False):
    """Who made it; an e-mail address never gets this far."""

    id: str | None = None
    name: str | None = None
    avatar_url: str | None = None


class Collection(Struct, frozen=True, kw_only=True, gc=False):
    """What it belongs to: a Hyper3D group, a PiktID project."""

    id: str
    name: str | None = None


class Progress(Struct, frozen=True, kw_only=True, gc=False):
    """Counts of outputs; `position` counts the tasks ahead in the queue."""

    done: int | None = None
    failed: int | None = None
    total: int | None = None
    position: int | None = None


class Asset(Struct, frozen=True, kw_only=True, gc=False):
    """One picture, video or model inside an item; `id` is unique within it."""

    id: str
    role: Role
    output_id: str | None = None
    kind: Kind
    status: Status
    url: str | None = None
    preview_url: str | None = None
    thumbnail_url: str | None = None
    width: int | None = None
    height: int | None = None
    placeholder: str | None = None
    size_bytes: int | None = None
    duration_seconds: float | None = None
    filename: str | None = None
    media_type: str | None = None
    quality_score: float | None = None
    feedback: str | None = None
    error: str | None = None
    created_at: str | None = None
    native: Native | None = None


class GalleryItem(Struct, frozen=True, kw_only=True, gc=False):
    """One entry of the gallery, the same whatever service made it."""

    id: str
    provider: str
    kind: Kind
    status: Status
    title: str | None = None
    prompt: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    author: Author | None = None
    collection: Collection | None = None
    job_id: str | None = None
    visibility: Visibility | None = None
    licensed: bool | None = None
    likes: int | None = None
    liked: bool | None = None
    progress: Progress | None = None
    error: str | None = None
    actions: tuple[Action, ...] = ()
    cover: Asset | None = None
    asset_count: int = 0
    assets: tuple[Asset, ...] = ()
    native: Native | None = None


class SourceError(Struct, frozen=True, kw_only=True):
    """Why a provider could not be read."""

    code: str
    title: str


class SourceReport(Struct, frozen=True, kw_only=True):
    """One provider's part in one answered page."""

    provider: str
    state: SourceState
    exhausted: bool = False
    late: bool = False
    read_through: str | None = None
    total: int | None = None
    skipped: int = 0
    retry_at: str | None = None
    error: SourceError | None = None


class GalleryPage(Struct, frozen=True, kw_only=True):
    """One page of a crawl; `next_cursor` is null at its end."""

    items: tuple[GalleryItem, ...]
    next_cursor: str | None
    complete: bool
    links_expire_at: str | None
    sources: tuple[SourceReport, ...]
