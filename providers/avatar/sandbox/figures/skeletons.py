"""Where a figure's joints are, in lengths of its head, the crown at 0."""

from math import cos, radians, sin
from typing import Final

from msgspec import Struct

from providers.avatar.sandbox.figures.looks import Gender, Look

Point = tuple[float, float]
_DEPTH: Final = 0.62  # of a body's width, as seen from the side
_NECK, _SPINE = 0.22, 2.4
_THIGH, _SHIN = 1.72, 1.72
_UPPER_ARM, _FOREARM = 1.22, 1.08
# half widths of shoulders and hips
_FRAMES: Final[dict[Gender, Point]] = {
    "female": (0.82, 0.7),
    "male": (0.98, 0.62),
    "other": (0.9, 0.66),
}


class Limb(Struct, frozen=True, kw_only=True):
    """From the body outwards; `side` is -1 or 1 in the picture."""

    root: Point
    joint: Point
    end: Point
    side: int


class Skeleton(Struct, frozen=True, kw_only=True):
    """Half widths of the body by part, heights from the crown down, four limbs."""

    shoulders: float
    chest: float
    waist: float
    hips: float
    shoulder_line: float
    hip_line: float
    arms: tuple[Limb, Limb]
    legs: tuple[Limb, Limb]

    @property
    def height(self) -> float:
        return max(leg.end[1] for leg in self.legs) + 0.25

    @property
    def reach(self) -> float:
        """Half of the width that it needs."""
        return max(abs(arm.end[0]) for arm in self.arms) + 0.9


def to_skeleton(look: Look) -> Skeleton:
    build, turn = look.build, look.view.radians
    breadth, hip = _FRAMES[look.gender]
    flat = (cos(turn) ** 2 + (_DEPTH * sin(turn)) ** 2) ** 0.5
    shoulder_line = 1.0 + _NECK * build.neck_length + 0.12
    hip_line = shoulder_line + _SPINE * build.spine_length
    shoulders, hips = breadth * build.shoulders, hip * build.hips
    return Skeleton(
        shoulders=shoulders * flat,
        chest=breadth * 0.82 * build.chest * flat,
        waist=(breadth + hip) * 0.36 * build.waist * flat,
        hips=hips * flat,
        shoulder_line=shoulder_line,
        hip_line=hip_line,
        arms=(
            _to_arm(look, -1, shoulders * 0.8 * cos(turn), shoulder_line + 0.2),
            _to_arm(look, 1, shoulders * 0.8 * cos(turn), shoulder_line + 0.2),
        ),
        legs=(
            _to_leg(look, -1, hips * 0.5 * cos(turn), hip_line - 0.1),
            _to_leg(look, 1, hips * 0.5 * cos(turn), hip_line - 0.1),
        ),
    )


def _to_arm(look: Look, side: int, x: float, y: float) -> Limb:
    build, stance = look.build, look.stance
    angle = stance.left_arm if side < 0 else stance.right_arm
    upper = _UPPER_ARM * build.upper_arm_length
    fore = _FOREARM * build.forearm_length
    return _to_limb((x * side, y), _to_way(look, angle, side), (upper, fore), side)


def _to_leg(look: Look, side: int, x: float, y: float) -> Limb:
    build, way = look.build, _to_way(look, look.stance.legs, side)
    thigh, shin = _THIGH * build.thigh_length, _SHIN * build.shin_length
    return _to_limb((x * side, y), way, (thigh, shin), side)


def _to_way(look: Look, degrees: float, side: int) -> Point:
    """Where a limb of length 1 leads, as seen."""
    angle = radians(degrees)
    return sin(angle) * cos(look.view.radians) * side, cos(angle)


def _to_limb(root: Point, way: Point, lengths: Point, side: int) -> Limb:
    joint = (root[0] + way[0] * lengths[0], root[1] + way[1] * lengths[0])
    end = (joint[0] + way[0] * lengths[1], joint[1] + way[1] * lengths[1])
    return Limb(root=root, joint=joint, end=end, side=side)
