"""A figure below the head: limbs, what they wear, and the trunk."""

from math import cos, sin
from typing import Final

from gateway.sandbox.painting.palettes import Colour, mix
from providers.avatar.sandbox.figures.garments import Garment
from providers.avatar.sandbox.figures.looks import Look
from providers.avatar.sandbox.figures.pen import Pen, Point, shade
from providers.avatar.sandbox.figures.skeletons import Limb, Skeleton

_PLAIN_TOP: Final = (236, 232, 226)
_PLAIN_LEGS: Final = (92, 98, 112)
_SHOES: Final = (58, 56, 66)
_PLAIN_SLEEVES: Final = 0.35


def draw_body(pen: Pen, look: Look, bones: Skeleton) -> None:
    for leg in bones.legs:
        _draw_leg(pen, look, leg)
    far, near = bones.arms if sin(look.view.radians) >= 0 else bones.arms[::-1]
    _draw_arm(pen, look, far)
    if not _is_aside(look):
        _draw_arm(pen, look, near)
    _draw_trunk(pen, look, bones)
    _draw_skirt(pen, look, bones)
    _draw_collar(pen, look, bones)
    if _is_aside(look):
        _draw_arm(pen, look, near)


def _is_aside(look: Look) -> bool:
    """Whether one arm is before the body."""
    return abs(sin(look.view.radians)) > 0.5  # noqa: PLR2004  30 degrees


def _top_of(look: Look) -> Colour:
    return look.cloth if look.garment.is_top else _PLAIN_TOP


def _draw_arm(pen: Pen, look: Look, arm: Limb) -> None:
    build, garment = look.build, look.garment
    upper, elbow = 0.2 * build.upper_arm, 0.15 * build.upper_arm
    wrist, hand = 0.1 * build.forearm, 0.14 * build.hand
    way = (arm.root, arm.joint, arm.end)
    pen.limb(way, (upper, elbow, wrist), look.skin)
    pen.limb((arm.end, _along(arm.joint, arm.end, 1.18)), (wrist, hand), look.skin)
    share = garment.sleeves if garment.is_top else _PLAIN_SLEEVES
    slack = garment.looseness * 1.14
    widths = (upper * slack, elbow * slack, wrist * slack * 1.25)
    _draw_tube(pen, way, widths, share, _top_of(look))


def _draw_leg(pen: Pen, look: Look, leg: Limb) -> None:
    build, garment = look.build, look.garment
    thigh, knee, ankle = 0.32 * build.thigh, 0.2 * build.shin, 0.12 * build.shin
    way = (leg.root, leg.joint, leg.end)
    pen.limb(way, (thigh, knee, ankle), look.skin)
    turn = sin(look.view.radians)
    ahead = turn * 0.34 * build.foot + leg.side * 0.07 * (1 - abs(turn))
    toe = (leg.end[0] + ahead, leg.end[1] + 0.1 * build.foot)
    pen.limb((leg.end, toe), (ankle * 1.15, 0.14), _SHOES)
    share, colour = garment.trousers, look.cloth
    if not share and not _is_bare(garment):
        share, colour = 1.0, _PLAIN_LEGS
    slack = garment.looseness if garment.trousers else 1.0
    widths = (thigh * slack * 1.05, knee * slack * 1.1, ankle * slack * 1.3)
    _draw_tube(pen, way, widths, share, colour)


def _is_bare(garment: Garment) -> bool:
    """Whether legs are bare below a skirt; under a coat are trousers."""
    return bool(garment.skirt) and not garment.is_open


def _draw_tube(
    pen: Pen,
    way: tuple[Point, Point, Point],
    widths: tuple[float, float, float],
    share: float,
    colour: Colour,
) -> None:
    """Cover the first `share` of a limb of two parts."""
    root, joint, end = way
    if not share:
        return
    first, second = min(1.0, share * 2), max(0.0, share * 2 - 1)
    joints = [root, _along(root, joint, first)]
    halves = [widths[0], widths[0] + (widths[1] - widths[0]) * first]
    if second:
        joints.append(_along(joint, end, second))
        halves.append(widths[1] + (widths[2] - widths[1]) * second)
    pen.limb(joints, halves, colour)


def _along(first: Point, last: Point, share: float) -> Point:
    x, y = (a + (b - a) * share for a, b in zip(first, last, strict=True))
    return x, y


def _draw_trunk(pen: Pen, look: Look, bones: Skeleton) -> None:
    slack = look.garment.looseness if look.garment.is_top else 1.0
    top, low = bones.shoulder_line, bones.hip_line
    span = low - top
    legs = look.cloth if look.garment.trousers else _PLAIN_LEGS
    hips = [(low - 0.5, bones.hips * 0.7), (low, bones.hips), (low + 0.3, 0.12)]
    pen.column(hips, legs)
    chest, waist = bones.chest * slack, bones.waist * slack
    torso = [
        (top - 0.04, bones.shoulders * 0.34),
        (top + 0.06, bones.shoulders * 0.76),
        (top + 0.24, bones.shoulders * 0.97),
        (top + span * 0.38, chest),
        (top + span * 0.66, waist),
        (low - 0.12, max(bones.hips, waist) * slack),
        (low + 0.02, max(bones.hips, waist) * slack * 0.97),
    ]
    pen.column(torso, _top_of(look))
    if look.garment.is_open and _front(look):
        _draw_placket(pen, look, top, low)


def _front(look: Look) -> bool:
    return cos(look.view.radians) > 0.5  # noqa: PLR2004  60 degrees


def _draw_placket(pen: Pen, look: Look, top: float, low: float) -> None:
    """The line where an open garment closes, and its buttons."""
    x = sin(look.view.radians) * 0.3
    dark = shade(look.cloth, 0.45)
    pen.line((x, top + 0.2), (x, low), dark, 0.03)
    for step in range(4):
        y = top + 0.55 + step * (low - top - 0.6) / 4
        pen.ellipse(
            (x + 0.09, y), (0.035, 0.035), mix(look.cloth, (255, 255, 255), 0.6)
        )


def _draw_skirt(pen: Pen, look: Look, bones: Skeleton) -> None:
    garment = look.garment
    if not garment.skirt:
        return
    top = bones.hip_line - 0.75
    floor = max(leg.end[1] for leg in bones.legs)
    low = bones.hip_line + (floor - bones.hip_line) * garment.skirt
    wide = bones.hips * garment.looseness
    levels = [
        (top, bones.waist * garment.looseness),
        (bones.hip_line - 0.1, wide * 1.06),
        (low, wide * (1.15 + garment.skirt * 0.35)),
    ]
    pen.column(levels, look.cloth)
    if garment.is_open and _front(look):
        x = sin(look.view.radians) * 0.3
        pen.line((x, top), (x, low), shade(look.cloth, 0.45), 0.03)


def _draw_collar(pen: Pen, look: Look, bones: Skeleton) -> None:
    build, line = look.build, bones.shoulder_line
    wide = 0.165 * build.neck
    skin = shade(look.skin, 0.16)
    if look.garment.has_hood:
        pen.ellipse((0, line), (0.5, 0.24), shade(look.cloth, 0.3))
    if _front(look):
        pen.ellipse((sin(look.view.radians) * 0.1, line + 0.02), (0.3, 0.2), look.skin)
    pen.limb(((0, 0.8), (0, line)), (wide, wide * 1.1), skin)
