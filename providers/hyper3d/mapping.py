"""Hyper3D's cards to gallery items."""

from gateway.plugin import (
    AUTHOR,
    Asset,
    Author,
    Collection,
    GalleryItem,
    Kind,
    Media,
    Native,
    Role,
    Status,
    Visibility,
    privacy,
    times,
    to_item_id,
)
from providers.hyper3d.wire import Card

_MOST_JOBS = 100
"""How many of a card's jobs are shown as they are."""
_KINDS: dict[str | None, Kind] = {"Panorama": "image", "Media2Face": "video"}
_STATES: dict[str | None, Status] = {
    "Generating": "processing",
    "Packing": "processing",
    "Generated": "ready",
    "Liked": "ready",
    "Packed": "ready",
}
_STEPS: dict[str | None, Status] = {
    "Created": "queued",
    "Preprocess": "processing",
    "Generate": "processing",
    "ModelGenerate": "processing",
    "TextureGenerate": "processing",
    "ModelRefine": "processing",
    "TextureRefine": "processing",
}


def to_item(provider: str, card: Card) -> GalleryItem:
    """Translate a card.

    Raises:
        ValueError: it has no id.
    """
    if not card.task_uuid:
        raise ValueError("a card without task_uuid")
    assets = _to_assets(card)
    return GalleryItem(
        id=to_item_id(provider, card.task_uuid),
        provider=provider,
        kind=_to_kind(card),
        status=_to_status(card),
        title=privacy.to_text(card.title),
        prompt=privacy.to_text(card.prompt),
        created_at=times.parse(card.time),
        author=_to_author(card),
        collection=_to_collection(card),
        job_id=privacy.to_name(card.task_uuid),
        visibility=_to_visibility(card),
        licensed=card.licensed if card.lisenced is None else card.lisenced,
        likes=card.num_like,
        liked=card.is_like,
        cover=_to_cover(assets),
        asset_count=len(assets),
        assets=assets,
        native=_to_native(card),
    )


def to_media(card: Card) -> tuple[Media, ...]:
    """Point to the files, whose addresses may be signed and then last for days."""
    found = (
        Media("image", card.image_url),
        Media("video", card.video_url),
        Media(AUTHOR, card.author.avatar_url if card.author else None),
    )
    return tuple(media for media in found if media.full)


def _to_kind(card: Card) -> Kind:
    return _KINDS.get(card.type, "model")


def _to_status(card: Card) -> Status:
    if card.pending_jobs:
        return "processing"
    if state := _STATES.get(card.user_state):
        return state
    if card.image_url or card.video_url:
        return "ready"
    return _STEPS.get(card.step, "unknown")


def _to_assets(card: Card) -> tuple[Asset, ...]:
    """List the picture and the video, outputs first."""
    assets = []
    if card.image_url:
        role: Role = "output" if _to_kind(card) == "image" else "preview"
        assets.append(Asset(id="image", role=role, kind="image", status="ready"))
    if card.video_url:
        assets.append(Asset(id="video", role="output", kind="video", status="ready"))
    return tuple(sorted(assets, key=lambda asset: asset.role != "output"))


def _to_cover(assets: tuple[Asset, ...]) -> Asset | None:
    """Choose the picture, else the video."""
    return min(assets, key=lambda asset: asset.kind != "image", default=None)


def _to_author(card: Card) -> Author | None:
    if card.author is None:
        return None
    author = Author(
        id=privacy.to_name(card.author.user_uuid),
        name=privacy.to_name(card.author.username),
    )
    has_more = author.id or author.name or card.author.avatar_url
    return author if has_more else None


def _to_collection(card: Card) -> Collection | None:
    if card.group is None or not (uuid := privacy.to_text(card.group.uuid)):
        return None
    return Collection(id=uuid, name=privacy.to_text(card.group.name))


def _to_visibility(card: Card) -> Visibility | None:
    if card.is_hidden:
        return "hidden"
    if card.is_private is None:
        return None
    return "private" if card.is_private else "public"


def _to_native(card: Card) -> Native:
    return {
        "type": privacy.to_message(card.type),
        "style": privacy.to_message(card.style),
        "user_state": privacy.to_message(card.user_state),
        "step": privacy.to_message(card.step),
        "is_genme": card.is_genme,
        "allow_preview": card.allow_preview,
        "pending_jobs": [
            privacy.to_message(job) for job in (card.pending_jobs or ())[:_MOST_JOBS]
        ],
    }
