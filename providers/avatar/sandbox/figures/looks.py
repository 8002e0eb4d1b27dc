"""The person that a task describes, as far as it is drawn."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final, Literal, TypeVar

import msgspec
from msgspec import Struct

from gateway.sandbox.painting.palettes import Colour
from providers.avatar.sandbox.figures.builds import Build, to_build
from providers.avatar.sandbox.figures.colours import read_colour, to_skin
from providers.avatar.sandbox.figures.garments import Garment, to_garment
from providers.avatar.sandbox.figures.stances import Stance, View, to_stance, to_view
from providers.avatar.sandbox.validation import Json

Expression = Literal["neutral", "smile", "sad", "kiss", "surprise", "angry"]
Face = Literal["oval", "long", "round", "square", "heart"]
Gender = Literal["female", "male", "other"]
_FACES: Final[dict[str, Face]] = {
    "oval": "oval",
    "long": "long",
    "oblong": "long",
    "rectang": "long",
    "round": "round",
    "square": "square",
    "heart": "heart",
    "triang": "heart",
}
_GENDERS: Final[dict[str, Gender]] = {"female": "female", "male": "male"}
_EXPRESSIONS: Final[dict[str, Expression]] = {
    "smil": "smile",
    "happ": "smile",
    "laugh": "smile",
    "sad": "sad",
    "kiss": "kiss",
    "surpris": "surprise",
    "shock": "surprise",
    "ang": "angry",
}
_PLAIN: Final = "Gray"
HAIRSTYLES: Final = 8
C = TypeVar("C", bound=str)


class Look(Struct, frozen=True, kw_only=True):
    background: Colour
    skin: Colour
    hair: Colour
    cloth: Colour
    hairstyle: int
    face: Face
    expression: Expression
    gender: Gender
    stance: Stance
    view: View
    build: Build
    garment: Garment

    @property
    def key(self) -> str:
        """The same for the same picture."""
        return sha256(msgspec.json.encode(self)).hexdigest()


def to_look(person: Json, apparel: Json) -> Look:
    """Read a task's `user_details` and `apparel_details`, which have been checked."""
    tone = person["skin_tone"]
    return Look(
        background=read_colour(_to_text(person["background_color_hex"])),
        skin=to_skin(tone if isinstance(tone, int) else 0),
        hair=read_colour(_to_text(person["hair_color"])),
        cloth=read_colour(_to_text(apparel["color"]) or _PLAIN),
        hairstyle=_to_hairstyle(_to_text(person["hairstyle"])),
        face=_choose(_FACES, _to_text(person["face_shape"]), "oval"),
        expression=_choose(_EXPRESSIONS, _to_text(person["expression"]), "neutral"),
        gender=_choose(_GENDERS, _to_text(person["gender"]), "other"),
        stance=to_stance(_to_text(person["pose"])),
        view=to_view(_to_text(person["camera_view"])),
        build=to_build(
            _to_list(person["body_dimensions"]),
            _to_list(person["body_dimension_lengths"]),
        ),
        garment=to_garment(_to_text(apparel["item_id"]), _to_text(apparel["size"])),
    )


def _to_text(told: object) -> str:
    return told if isinstance(told, str) else ""


def _to_list(told: object) -> list[object]:
    return told if isinstance(told, list) else []


def _to_hairstyle(told: str) -> int:
    """By the number that it is, or by its name."""
    text = told.strip()
    if text.isascii() and text.isdigit():
        return int(text[-3:]) % HAIRSTYLES
    return sha256(text.lower().encode()).digest()[0] % HAIRSTYLES


def _choose(choices: Mapping[str, C], told: str, usual: C) -> C:
    """The first choice whose word is in what was told."""
    word = told.lower()
    return next((choices[part] for part in choices if part in word), usual)
