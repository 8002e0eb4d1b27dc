"""A film of one picture: it shows it, then sways it gently."""

from math import sin, tau
from typing import Final

from PIL import Image

from gateway.sandbox.video.h264 import (
    SIDE,
    moved,
    picture_parameters,
    sequence_parameters,
    still,
)
from gateway.sandbox.video.mp4 import Track, to_mp4

FRAMES_PER_SECOND: Final = 10
_STEP: Final = 2  # pixels: an odd one would blur the colours
_SWAY: Final = 6  # steps to each side


def make_film(image: Image.Image, seconds: int) -> bytes:
    """An MP4 whose first frame is the picture, cut to multiples of 16 pixels."""
    width, height = (side // SIDE * SIDE for side in image.size)
    places = [
        round(_SWAY * sin(tau * number / (2 * FRAMES_PER_SECOND))) * _STEP
        for number in range(seconds * FRAMES_PER_SECOND)
    ]
    moves = [
        moved((width, height), number, places[number] - places[number - 1], 0)
        for number in range(1, len(places))
    ]
    return to_mp4(
        Track(
            size=(width, height),
            sequence=sequence_parameters(width, height),
            picture=picture_parameters(),
            frames=[still(image.crop((0, 0, width, height))), *moves],
            frame_milliseconds=1000 // FRAMES_PER_SECOND,
        )
    )
