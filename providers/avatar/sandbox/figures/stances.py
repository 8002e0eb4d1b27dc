"""How a figure stands and from where it is seen."""

from hashlib import sha256
from math import tau
from typing import Final

from msgspec import Struct

_ARMS: Final = {"i": 7.0, "a": 42.0, "t": 90.0}
_TURNS: Final = {
    "threequarter": 38.0,
    "right": -90.0,
    "left": 90.0,
    "side": 90.0,
    "profile": 90.0,
    "back": 180.0,
    "rear": 180.0,
}
_WHOLE: Final = 7.6
_HEADS: Final = {
    "face": 1.7,
    "head": 1.7,
    "close": 1.7,
    "portrait": 2.4,
    "bust": 2.4,
    "half": 4.0,
    "upper": 4.0,
}


class Stance(Struct, frozen=True, kw_only=True):
    """Degrees from straight down, outwards."""

    left_arm: float
    right_arm: float
    legs: float


class View(Struct, frozen=True, kw_only=True):
    """`turn` is in degrees, 0 from the front; `heads` is how much is in the picture."""

    turn: float
    heads: float

    @property
    def is_whole(self) -> bool:
        return self.heads == _WHOLE

    @property
    def radians(self) -> float:
        return self.turn * tau / 360


def to_stance(pose: str) -> Stance:
    """`I-Pose`, `A-Pose`, `T-Pose`; any other name has a stance of its own."""
    letter = _to_word(pose).removesuffix("pose")
    if letter in _ARMS:
        arm = _ARMS[letter]
        return Stance(left_arm=arm, right_arm=arm, legs=3.0)
    left, right, legs = sha256(letter.encode()).digest()[:3]
    return Stance(left_arm=15 + left / 2, right_arm=15 + right / 2, legs=4 + legs / 25)


def to_view(camera: str) -> View:
    """By the words in its name; from the front, whole, where none is known."""
    word = _to_word(camera)
    turn = next((_TURNS[part] for part in _TURNS if part in word), 0.0)
    heads = next((_HEADS[part] for part in _HEADS if part in word), _WHOLE)
    return View(turn=turn, heads=heads)


def _to_word(told: str) -> str:
    return "".join(letter for letter in told.lower() if letter.isalnum())
