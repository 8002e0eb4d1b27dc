"""Draws the sandboxes' videos: `python tests/sandbox/make_clips.py`, from the root."""

from fractions import Fraction
from pathlib import Path

import av

from gateway.sandbox.painting.pictures import Motif, paint
from gateway.sandbox.painting.portraits import portrait
from gateway.sandbox.painting.scenes import Scene, dunes, facets, orbs, ribbons, studio

FOLDER = Path(__file__).parents[2] / "gateway" / "sandbox" / "clips"
WIDE, TALL, SQUARE = (480, 270), (270, 480), (360, 360)
FRAMES_PER_SECOND = 20
CLIPS: tuple[tuple[str, Scene, tuple[int, int], int], ...] = (
    ("dunes-wide", dunes, WIDE, 4),
    ("dunes-tall", dunes, TALL, 3),
    ("facets-wide", facets, WIDE, 2),
    ("orbs-square", orbs, SQUARE, 3),
    ("orbs-tall", orbs, TALL, 3),
    ("portrait-tall", portrait, TALL, 2),
    ("ribbons-wide", ribbons, WIDE, 3),
    ("studio-square", studio, SQUARE, 3),
)


def make_clip(name: str, scene: Scene, size: tuple[int, int], seconds: int) -> Path:
    """One turn of the scene's phase, so that the clip loops."""
    path = FOLDER / f"{name}.mp4"
    motif = Motif(scenes=(scene,), sizes=(size,))
    with av.open(path, "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        stream.width, stream.height = (side - side % 2 for side in size)
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, FRAMES_PER_SECOND)
        stream.options = {"crf": "32", "preset": "veryslow", "threads": "1"}
        count = seconds * FRAMES_PER_SECOND
        for number in range(count):
            frame = av.VideoFrame.from_image(paint(name, motif, phase=number / count))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for clip in CLIPS:
        path = make_clip(*clip)
        print(path.name, path.stat().st_size)  # noqa: T201  a script's answer


if __name__ == "__main__":
    main()
