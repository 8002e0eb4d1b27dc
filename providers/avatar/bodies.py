"""What the avatar service's operations take and give, in the words of its document.

Where the document shows an example alone, a field may be left out: the service itself
tells what it needs. Fields beyond these pass.
"""

from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

Text: TypeAlias = str | UnsetType
Number: TypeAlias = float | UnsetType
Whole: TypeAlias = int | UnsetType
MaybeText: TypeAlias = str | UnsetType | None
MaybeWhole: TypeAlias = int | UnsetType | None
Positive: TypeAlias = Annotated[int, Meta(ge=1)]


class UserInfo(Struct, frozen=True, kw_only=True):
    """Who somebody is; `date_of_birth` is in epoch seconds."""

    full_name: MaybeText = UNSET
    date_of_birth: MaybeWhole = UNSET
    ethnicity: MaybeText = UNSET
    gender: MaybeText = UNSET


class Registration(UserInfo, frozen=True, kw_only=True):
    """Who registers; the e-mail address is the account's own, and need not be named."""

    email: Text = UNSET


class UserDetails(Struct, frozen=True, kw_only=True):
    """What somebody looks like."""

    face_shape: MaybeText = UNSET
    skin_tone: MaybeWhole = UNSET
    body_dimensions: MaybeText = UNSET
    real_world_measurements: MaybeText = UNSET
    hair_style: MaybeText = UNSET
    hair_color: MaybeText = UNSET


class Dimension(Struct, frozen=True, kw_only=True):
    """How strong one of a body's shapes is."""

    key: str
    value: float


class Vector(Struct, frozen=True, kw_only=True):
    """A length in each direction."""

    x: Number = UNSET
    y: Number = UNSET
    z: Number = UNSET


class DimensionLength(Struct, frozen=True, kw_only=True):
    """How long one of a body's parts is."""

    key: str
    value: Vector


class Person(Struct, frozen=True, kw_only=True):
    """Who is to be seen, and how; colours are hexadecimal, with opacity."""

    face_shape: Text = UNSET
    skin_tone: Whole = UNSET
    pose: Text = UNSET
    body_dimensions: tuple[Dimension, ...] | UnsetType = UNSET
    body_dimension_lengths: tuple[DimensionLength, ...] | UnsetType = UNSET
    hairstyle: Text = UNSET
    hair_color: Text = UNSET
    camera_view: Text = UNSET
    view_mode: Whole = UNSET
    expression: Text = UNSET
    background_color_hex: Text = UNSET
    gender: Text = UNSET


class Apparel(Struct, frozen=True, kw_only=True):
    """What they wear."""

    brand: MaybeText = UNSET
    item_id: MaybeText = UNSET
    color: MaybeText = UNSET
    size: MaybeText = UNSET
    size2: MaybeText = UNSET


class ImageOptions(Struct, frozen=True, kw_only=True):
    """The picture's quality in percent, and its thumbnail's width in pixels."""

    quality: Annotated[int, Meta(ge=1, le=100)] | UnsetType = UNSET
    thumbnail_width: Positive | UnsetType = UNSET


class VideoOptions(Struct, frozen=True, kw_only=True):
    """How the film is made; its duration is in seconds."""

    pixverse: bool | UnsetType = UNSET
    duration: Positive | UnsetType = UNSET
    negative_prompt: Text = UNSET
    prompt: Text = UNSET
    seed: Whole = UNSET


class ImageTask(Struct, frozen=True, kw_only=True):
    """A picture to make."""

    user_details: Person | UnsetType = UNSET
    apparel_details: Apparel | UnsetType = UNSET
    image_options: ImageOptions | UnsetType = UNSET


class VideoTask(Struct, frozen=True, kw_only=True):
    """A film to make."""

    user_details: Person | UnsetType = UNSET
    apparel_details: Apparel | UnsetType = UNSET
    video_options: VideoOptions | UnsetType = UNSET


class GarmentRequest(Struct, frozen=True, kw_only=True):
    """A garment by its address, or by its brand and name."""

    url: str
    name: str
    brand: Text = UNSET


class Message(Struct, frozen=True, kw_only=True):
    """What the service says."""

    message: str | None = None


class FoundInfo(Struct, frozen=True, kw_only=True):
    """Who somebody is; without the e-mail address."""

    full_name: str | None = None
    date_of_birth: int | None = None
    ethnicity: str | None = None
    gender: str | None = None


class FoundDetails(Struct, frozen=True, kw_only=True):
    """What somebody looks like."""

    face_shape: str | None = None
    skin_tone: int | None = None
    body_dimensions: str | None = None
    real_world_measurements: str | None = None
    hair_style: str | None = None
    hair_color: str | None = None


class Garment(Struct, frozen=True, kw_only=True):
    """A garment, and how it can be had."""

    gender: str | None = None
    colors: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    name: str | None = None
    brand: str | None = None
    colors_hex: tuple[str, ...] = ()


class Submission(Struct, frozen=True, kw_only=True):
    """The id of a task that was taken on."""

    task_id: str | None = None


class TaskState(Struct, frozen=True, kw_only=True):
    """How far a task has come: 0 queued, 1 at work, 2 done, 3 failed.

    `position` counts the tasks ahead; -1: it is not in the queue.
    """

    status: int
    position: int | None = None
