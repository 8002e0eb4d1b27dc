"""How a body's measures depart from the ordinary: factors by part."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

# how much one unit of a dimension adds to each part
_EFFECTS: Final[Mapping[str, Mapping[str, float]]] = {
    "muscular": {"shoulders": 0.1, "chest": 0.08, "upper_arm": 0.2, "thigh": 0.1},
    "overweight": {
        "waist": 0.28,
        "hips": 0.16,
        "chest": 0.12,
        "neck": 0.12,
        "upper_arm": 0.14,
        "thigh": 0.14,
    },
    "skinny": {"waist": -0.1, "hips": -0.1, "upper_arm": -0.2, "thigh": -0.16},
    "neck thickness": {"neck": 0.2},
    "neck length": {"neck_length": 0.35},
    "shoulder width": {"shoulders": 0.12},
    "chest width": {"chest": 0.12},
    "breast size": {"chest": 0.05},
    "waist thickness": {"waist": 0.18},
    "belly size": {"waist": 0.1},
    "hips size": {"hips": 0.12},
    "upper arm length": {"upper_arm_length": 0.1},
    "upper arm thickness": {"upper_arm": 0.16},
    "forearm length": {"forearm_length": 0.1},
    "forearm thickness": {"forearm": 0.16},
    "thigh length": {"thigh_length": 0.08},
    "thigh thickness": {"thigh": 0.14},
    "shin length": {"shin_length": 0.08},
    "shin thickness": {"shin": 0.16},
    "hand width": {"hand": 0.15},
    "hand thickness": {"hand": 0.08},
    "foot length": {"foot": 0.18},
}
_LEAST, _MOST = -1.0, 2.0


class Build(Struct, frozen=True, kw_only=True):
    """Widths, and lengths where the name says so; 1 is ordinary."""

    shoulders: float = 1.0
    chest: float = 1.0
    waist: float = 1.0
    hips: float = 1.0
    neck: float = 1.0
    neck_length: float = 1.0
    spine_length: float = 1.0
    upper_arm: float = 1.0
    upper_arm_length: float = 1.0
    forearm: float = 1.0
    forearm_length: float = 1.0
    hand: float = 1.0
    thigh: float = 1.0
    thigh_length: float = 1.0
    shin: float = 1.0
    shin_length: float = 1.0
    foot: float = 1.0


def to_build(dimensions: Iterable[object], lengths: Iterable[object]) -> Build:
    """`dimensions` are `{"key": "b_{Torso}_Belly Size", "value": 2}`."""
    factors = dict.fromkeys(Build.__struct_fields__, 1.0)
    for key, value in _entries(dimensions):
        effects = _EFFECTS.get(key.rpartition("_")[2].lower(), {})
        for part, weight in effects.items():
            factors[part] += weight * _bound(value, _LEAST, _MOST)
    for key, value in _entries(lengths):
        if key == "spine" and isinstance(value, dict):
            factors["spine_length"] = _bound(value.get("y", 1), 0.8, 1.3)
            factors["waist"] *= _bound(value.get("x", 1), 0.8, 1.3)
    return Build(**{part: _bound(one, 0.5, 2.0) for part, one in factors.items()})


def _entries(told: Iterable[object]) -> Iterable[tuple[str, object]]:
    for entry in told:
        if isinstance(entry, dict) and isinstance(entry.get("key"), str):
            yield entry["key"], entry.get("value")


def _bound(value: object, least: float, most: float) -> float:
    """No number at all counts as none."""
    if not isinstance(value, int | float):
        return min(most, max(least, 0.0))
    return float(min(most, max(least, value)))
