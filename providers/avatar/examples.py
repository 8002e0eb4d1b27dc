"""The bodies that the avatar service's document shows."""

from collections.abc import Mapping
from typing import Any, Final

_DIMENSIONS: Final = (
    ("main", "muscular", 0.5),
    ("main", "overweight", 1),
    ("main", "skinny", 0),
    ("Head", "Neck Thickness", 0),
    ("Head", "Neck Length", 1),
    ("Torso", "Shoulder Width", 0.3),
    ("Torso", "Chest Width", 0),
    ("Torso", "Breast Size", 2),
    ("Torso", "Waist Thickness", 0),
    ("Torso", "Belly Size", 2),
    ("Torso", "Hips Size", 0),
    ("Arms", "Upper Arm Length", 0),
    ("Arms", "Upper Arm Thickness", 0),
    ("Arms", "Forearm Length", 1),
    ("Arms", "Forearm Thickness", 0),
    ("Legs", "Thigh Length", 0),
    ("Legs", "Thigh Thickness", 1),
    ("Legs", "Shin Length", 0),
    ("Legs", "Shin Thickness", 0),
    ("Arms", "Hand Width", 0),
    ("Arms", "Hand Thickness", 0),
    ("Legs", "Foot Length", 1),
)
_TASK: Final[Mapping[str, Any]] = {
    "user_details": {
        "face_shape": "long",
        "skin_tone": 2,
        "pose": "I-Pose",
        "body_dimensions": [
            {"key": f"b_{{{part}}}_{shape}", "value": value}
            for part, shape, value in _DIMENSIONS
        ],
        "body_dimension_lengths": [
            {"key": "spine", "value": {"x": 1.1, "y": 1.2, "z": 1.1}}
        ],
        "hairstyle": "10",
        "hair_color": "6B4F30FF",
        "camera_view": "Front",
        "view_mode": 0,
        "expression": "Kiss",
        "background_color_hex": "FFE4DBFF",
        "gender": "Female",
    },
    "apparel_details": {
        "brand": "brand",
        "item_id": "LongSleeve",
        "color": "Black",
        "size": "M",
        "size2": "L",
    },
}
IMAGE_TASK: Final = {**_TASK, "image_options": {"quality": 100, "thumbnail_width": 128}}
VIDEO_TASK: Final = {
    **_TASK,
    "video_options": {
        "pixverse": True,
        "duration": 5,
        "negative_prompt": "",
        "prompt": "",
        "seed": 0,
    },
}
INFO: Final = {
    "full_name": "Ada Example",
    "date_of_birth": 1731754271,
    "ethnicity": "Prefer not to say",
    "gender": "Female",
}
DETAILS: Final = {
    "face_shape": "long",
    "skin_tone": 2,
    "body_dimensions": "[]",
    "real_world_measurements": "{}",
    "hair_style": "10",
    "hair_color": "6B4F30FF",
}
GARMENT_REQUEST: Final = {"url": "https://example.com/1", "name": "cloth1"}
GARMENT: Final = {
    "gender": "Male",
    "colors": ["Red", "Blue", "Green"],
    "sizes": ["S", "M", "L"],
    "name": "Cloth1",
    "brand": "BrandA",
    "colors_hex": ["#FF0000", "#0000FF", "#008000"],
}


def to_message(text: str) -> Mapping[str, str]:
    """Return an answer that says so."""
    return {"message": text}
