"""Hyper3D's JSON in its own words, as `POST /task/cards` and `/user/login` have it.

The document's `"text"` and `1` are placeholders. Fields may be absent or null, and
unknown ones pass. Three enums are easily confused: the gallery's `type`, the card's
status (`user_type`), and the card's own `type`, which is its task's.
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

GalleryType: TypeAlias = Literal["Recent", "Featured", "Mine", "Group", "Story"]
CardStatusType: TypeAlias = Literal["All", "Generated", "Liked", "Packing", "Packed"]
TaskType: TypeAlias = Literal[
    "DreamFace", "ImagineFace", "API", "Panorama", "Rodin", "Media2Face"
]
TaskStep: TypeAlias = Literal[
    "Created",
    "Preprocess",
    "Generate",
    "ModelGenerate",
    "TextureGenerate",
    "ModelRefine",
    "TextureRefine",
]
Whole: TypeAlias = Annotated[int, Meta(ge=-(2**53), le=2**53)]
"""A whole number that every JSON reader can hold."""


class LoginRequest(Struct, frozen=True, kw_only=True):
    email: str
    password: str


class LoginAnswer(Struct, frozen=True, kw_only=True):
    """An `error` may come with a 2xx; null, "" and "OK" mean success."""

    token: str | None = None
    error: str | None = None


class CardsRequest(Struct, frozen=True, kw_only=True):
    """`task_step` goes out flat, as the public client sends it."""

    type: GalleryType
    page_num: int | UnsetType = UNSET
    user_type: CardStatusType | UnsetType = UNSET
    task_type: TaskType | UnsetType = UNSET
    task_step: tuple[TaskStep, ...] | UnsetType = UNSET
    group_uuid: str | UnsetType = UNSET
    tag_ids: tuple[Whole, ...] | UnsetType = UNSET
    user_override: str | UnsetType = UNSET
    is_hidden: bool | UnsetType = UNSET


class Failure(Struct, frozen=True, kw_only=True):
    """What comes in place of the bare array when a call fails."""

    error: str | None = None
    message: str | None = None


class User(Struct, frozen=True, kw_only=True):
    """The author's `email` is not even read."""

    user_uuid: str | None = None
    username: str | None = None
    avatar_url: str | None = None


class Group(Struct, frozen=True, kw_only=True):
    uuid: str | None = None
    name: str | None = None


class Card(Struct, frozen=True, kw_only=True):
    task_uuid: str
    type: str | None = None
    image_url: str | None = None
    video_url: str | None = None
    prompt: str | None = None
    num_like: Whole | None = None
    is_like: bool | None = None
    time: str | None = None
    author: User | None = None
    user_state: str | None = None
    lisenced: bool | None = None
    licensed: bool | None = None
    title: str | None = None
    style: str | None = None
    is_private: bool | None = None
    is_hidden: bool | None = None
    group: Group | None = None
    is_genme: bool | None = None
    allow_preview: bool | None = None
    step: str | None = None
    pending_jobs: list[str] | None = None
