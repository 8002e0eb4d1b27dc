"""The bodies of the document's example, word for word."""

from typing import Any, Final

import msgspec

REGISTER_BODY: Final = """\
{
  "email": "string",
  "full_name": "string",
  "date_of_birth": 1731754271,
  "ethnicity": "string",
  "gender": "string"
}
"""
LOGIN_BODY: Final = """\
{
  "email": "string"
}
"""
DETAILS_BODY: Final = """\
{
  "face_shape": "string",
  "skin_tone": 0,
  "body_dimensions": "string",
  "real_world_measurements": "string",
  "hair_style": "string",
  "hair_color": "string"
}
"""
GENERATE_BODY: Final = """\
{
  \t"user_details": {
      "face_shape": "long",
      "skin_tone": 2,
      "pose":"I-Pose",
      "body_dimensions": [
              {"key": "b_{main}_muscular", "value": 0.5},
              {"key": "b_{main}_overweight", "value": 1},
              {"key": "b_{main}_skinny", "value": 0},
              {"key": "b_{Head}_Neck Thickness", "value": 0},
              {"key": "b_{Head}_Neck Length", "value": 1},
              {"key": "b_{Torso}_Shoulder Width", "value": 0.3},
              {"key": "b_{Torso}_Chest Width", "value": 0},
              {"key": "b_{Torso}_Breast Size", "value": 2},
              {"key": "b_{Torso}_Waist Thickness", "value": 0},
              {"key": "b_{Torso}_Belly Size", "value": 2},
              {"key": "b_{Torso}_Hips Size", "value": 0},
              {"key": "b_{Arms}_Upper Arm Length", "value": 0},
              {"key": "b_{Arms}_Upper Arm Thickness", "value": 0},
              {"key": "b_{Arms}_Forearm Length", "value": 1},
              {"key": "b_{Arms}_Forearm Thickness", "value": 0},
              {"key": "b_{Legs}_Thigh Length", "value": 0},
              {"key": "b_{Legs}_Thigh Thickness", "value": 1},
              {"key": "b_{Legs}_Shin Length", "value": 0},
              {"key": "b_{Legs}_Shin Thickness", "value": 0},
              {"key": "b_{Arms}_Hand Width", "value": 0},
              {"key": "b_{Arms}_Hand Thickness", "value": 0},
              {"key": "b_{Legs}_Foot Length", "value": 1}
          ],
          "body_dimension_lengths": [
              {"key": "spine", "value": {"x":1.1, "y":1.2, "z":1.1}}
          ],
          "hairstyle": "10",
          "hair_color": "6B4F30FF",
          "camera_view": "Front",
          "view_mode": 0,
          "expression": "Kiss",
          "background_color_hex": "FFE4DBFF",
          "gender": "Female"
      },
      "apparel_details": {
          "brand": "brand",
          "item_id": "LongSleeve",
          "color": "Black",
          "size": "M",
          "size2": "L"
      },
      "image_options":{
          "quality": 100,
          "thumbnail_width": 128
      }
}
"""
GENERATE: Final[dict[str, Any]] = msgspec.json.decode(GENERATE_BODY)
PERSON: Final[dict[str, Any]] = GENERATE["user_details"]
APPAREL: Final[dict[str, Any]] = GENERATE["apparel_details"]
