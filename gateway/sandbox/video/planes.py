"""A picture as a video has it: brightness, and colour at half of the resolution."""

from typing import Final

from msgspec import Struct
from PIL import Image

_DEPTH: Final = 255
_LUMA: Final = [round(16 + level * 219 / _DEPTH) for level in range(_DEPTH + 1)]
_CHROMA: Final = [
    round(128 + (level - 128) * 224 / _DEPTH) for level in range(_DEPTH + 1)
]


class Block(Struct, frozen=True, kw_only=True):
    """A square of samples, with those left of it and above it if there are any."""

    rows: tuple[bytes, ...]
    above: bytes | None
    left: tuple[bytes, ...] | None

    @property
    def repeats_above(self) -> bool:
        return self.above is not None and all(row == self.above for row in self.rows)

    @property
    def repeats_left(self) -> bool:
        if self.left is None:
            return False
        side = len(self.rows)
        pairs = zip(self.rows, self.left, strict=True)
        return all(row == sample * side for row, sample in pairs)


class Plane(Struct, frozen=True, kw_only=True):
    width: int
    samples: bytes

    def block(self, column: int, row: int, side: int) -> Block:
        first, top = column * side, row * side
        starts = [(top + line) * self.width + first for line in range(side)]
        read = self.samples
        over = starts[0] - self.width
        return Block(
            rows=tuple(read[start : start + side] for start in starts),
            above=read[over : over + side] if row else None,
            left=tuple(read[at - 1 : at] for at in starts) if column else None,
        )


def to_planes(image: Image.Image) -> tuple[Plane, Plane, Plane]:
    """BT.601 in the narrow range; the sides have to be even."""
    luma, blue, red = image.convert("YCbCr").split()
    narrow = [band.reduce(2).point(_CHROMA) for band in (blue, red)]
    first, second, third = (
        Plane(width=band.width, samples=band.tobytes())
        for band in (luma.point(_LUMA), *narrow)
    )
    return first, second, third
