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

    full_name: Annotated[MaybeText, Meta(description="The user's name")] = UNSET
    date_of_birth: Annotated[MaybeWhole, Meta(description="In epoch seconds")] = UNSET
    ethnicity: Annotated[MaybeText, Meta(description="In the user's own words")] = UNSET
    gender: Annotated[MaybeText, Meta(description="As `Female` or `Male`")] = UNSET


class Registration(UserInfo, frozen=True, kw_only=True):
    """Who registers; the e-mail address is the account's own, and need not be named."""

    email: Annotated[
        Text, Meta(description="The account's own, if it is named at all")
    ] = UNSET


class UserDetails(Struct, frozen=True, kw_only=True):
    """What somebody looks like."""

    face_shape: Annotated[MaybeText, Meta(description="As `long` or `oval`")] = UNSET
    skin_tone: Annotated[MaybeWhole, Meta(description="From light to dark, from 0")] = (
        UNSET
    )
    body_dimensions: Annotated[
        MaybeText, Meta(description="As the service keeps them: a text")
    ] = UNSET
    real_world_measurements: Annotated[
        MaybeText, Meta(description="As the service keeps them: a text")
    ] = UNSET
    hair_style: Annotated[MaybeText, Meta(description="The number of a hairstyle")] = (
        UNSET
    )
    hair_color: Annotated[
        MaybeText, Meta(description="Hexadecimal, with opacity, as 6B4F30FF")
    ] = UNSET


class Dimension(Struct, frozen=True, kw_only=True):
    """How strong one of a body's shapes is."""

    key: Annotated[str, Meta(description="As `b_{Head}_Neck Length`")]
    value: Annotated[float, Meta(description="How strong it is; 0: not at all")]


class Vector(Struct, frozen=True, kw_only=True):
    """A length in each direction."""

    x: Annotated[Number, Meta(description="Across")] = UNSET
    y: Annotated[Number, Meta(description="Upwards")] = UNSET
    z: Annotated[Number, Meta(description="To the front")] = UNSET


class DimensionLength(Struct, frozen=True, kw_only=True):
    """How long one of a body's parts is."""

    key: Annotated[str, Meta(description="As `spine`")]
    value: Annotated[Vector, Meta(description="How long it is; 1: as it is by itself")]


class Person(Struct, frozen=True, kw_only=True):
    """Who is to be seen, and how; colours are hexadecimal, with opacity."""

    face_shape: Annotated[Text, Meta(description="As `long` or `oval`")] = UNSET
    skin_tone: Annotated[Whole, Meta(description="From light to dark, from 0")] = UNSET
    pose: Annotated[Text, Meta(description="As `I-Pose`, `A-Pose` or `T-Pose`")] = UNSET
    body_dimensions: Annotated[
        tuple[Dimension, ...] | UnsetType, Meta(description="The body's shapes")
    ] = UNSET
    body_dimension_lengths: Annotated[
        tuple[DimensionLength, ...] | UnsetType,
        Meta(description="The lengths of the body's parts"),
    ] = UNSET
    hairstyle: Annotated[Text, Meta(description="The number of a hairstyle")] = UNSET
    hair_color: Annotated[
        Text, Meta(description="Hexadecimal, with opacity, as 6B4F30FF")
    ] = UNSET
    camera_view: Annotated[Text, Meta(description="As `Front`, `Left` or `Back`")] = (
        UNSET
    )
    view_mode: Annotated[
        Whole, Meta(description="A mode of the service's; 0 in its document")
    ] = UNSET
    expression: Annotated[Text, Meta(description="As `Kiss` or `Smile`")] = UNSET
    background_color_hex: Annotated[
        Text, Meta(description="Hexadecimal, with opacity, as FFE4DBFF")
    ] = UNSET
    gender: Annotated[Text, Meta(description="As `Female` or `Male`")] = UNSET


class Apparel(Struct, frozen=True, kw_only=True):
    """What they wear."""

    brand: Annotated[MaybeText, Meta(description="The garment's brand")] = UNSET
    item_id: Annotated[MaybeText, Meta(description="The garment, as `LongSleeve`")] = (
        UNSET
    )
    color: Annotated[MaybeText, Meta(description="Its colour, by name")] = UNSET
    size: Annotated[MaybeText, Meta(description="Its size, as `M`")] = UNSET
    size2: Annotated[MaybeText, Meta(description="Another size, where it has two")] = (
        UNSET
    )


class ImageOptions(Struct, frozen=True, kw_only=True):
    """The picture's quality in percent, and its thumbnail's width in pixels."""

    quality: Annotated[
        Annotated[int, Meta(ge=1, le=100)] | UnsetType,
        Meta(description="Of the JPEG, in percent"),
    ] = UNSET
    thumbnail_width: Annotated[Positive | UnsetType, Meta(description="In pixels")] = (
        UNSET
    )


class VideoOptions(Struct, frozen=True, kw_only=True):
    """How the film is made; its duration is in seconds."""

    pixverse: Annotated[
        bool | UnsetType, Meta(description="Whether the service's film maker is used")
    ] = UNSET
    duration: Annotated[Positive | UnsetType, Meta(description="In seconds")] = UNSET
    negative_prompt: Annotated[Text, Meta(description="What is not to be seen")] = UNSET
    prompt: Annotated[Text, Meta(description="What is to be seen")] = UNSET
    seed: Annotated[Whole, Meta(description="The same seed gives the same film")] = (
        UNSET
    )


class ImageTask(Struct, frozen=True, kw_only=True):
    """A picture to make."""

    user_details: Annotated[
        Person | UnsetType, Meta(description="Who is to be seen, and how")
    ] = UNSET
    apparel_details: Annotated[
        Apparel | UnsetType, Meta(description="What they wear")
    ] = UNSET
    image_options: Annotated[
        ImageOptions | UnsetType, Meta(description="How the picture is made")
    ] = UNSET


class VideoTask(Struct, frozen=True, kw_only=True):
    """A film to make."""

    user_details: Annotated[
        Person | UnsetType, Meta(description="Who is to be seen, and how")
    ] = UNSET
    apparel_details: Annotated[
        Apparel | UnsetType, Meta(description="What they wear")
    ] = UNSET
    video_options: Annotated[
        VideoOptions | UnsetType, Meta(description="How the film is made")
    ] = UNSET


class GarmentRequest(Struct, frozen=True, kw_only=True):
    """A garment by its address, or by its brand and name."""

    url: Annotated[str, Meta(description="The garment's address")]
    name: Annotated[str, Meta(description="The garment's name")]
    brand: Annotated[Text, Meta(description="The garment's brand, if known")] = UNSET


class Message(Struct, frozen=True, kw_only=True):
    """What the service says."""

    message: Annotated[
        str | None, Meta(description="What the service says, without addresses")
    ] = None


class FoundInfo(Struct, frozen=True, kw_only=True):
    """Who somebody is; without the e-mail address."""

    full_name: Annotated[str | None, Meta(description="The user's name")] = None
    date_of_birth: Annotated[int | None, Meta(description="In epoch seconds")] = None
    ethnicity: Annotated[str | None, Meta(description="In the user's own words")] = None
    gender: Annotated[str | None, Meta(description="As `Female` or `Male`")] = None


class FoundDetails(Struct, frozen=True, kw_only=True):
    """What somebody looks like."""

    face_shape: Annotated[str | None, Meta(description="As `long` or `oval`")] = None
    skin_tone: Annotated[int | None, Meta(description="From light to dark, from 0")] = (
        None
    )
    body_dimensions: Annotated[
        str | None, Meta(description="As the service keeps them: a text")
    ] = None
    real_world_measurements: Annotated[
        str | None, Meta(description="As the service keeps them: a text")
    ] = None
    hair_style: Annotated[str | None, Meta(description="The number of a hairstyle")] = (
        None
    )
    hair_color: Annotated[
        str | None, Meta(description="Hexadecimal, with opacity, as 6B4F30FF")
    ] = None


class Garment(Struct, frozen=True, kw_only=True):
    """A garment, and how it can be had."""

    gender: Annotated[str | None, Meta(description="Whom it is made for")] = None
    colors: Annotated[tuple[str, ...], Meta(description="By name")] = ()
    sizes: Annotated[tuple[str, ...], Meta(description="As `S` or `XL`")] = ()
    name: Annotated[str | None, Meta(description="The garment's name")] = None
    brand: Annotated[str | None, Meta(description="The garment's brand")] = None
    colors_hex: Annotated[
        tuple[str, ...], Meta(description="The same colours as `#RRGGBB`")
    ] = ()


class Submission(Struct, frozen=True, kw_only=True):
    """The id of a task that was taken on."""

    task_id: str | None = None


class TaskState(Struct, frozen=True, kw_only=True):
    """How far a task has come: 0 queued, 1 at work, 2 done, 3 failed.

    `position` counts the tasks ahead; -1: it is not in the queue.
    """

    status: int
    position: int | None = None
