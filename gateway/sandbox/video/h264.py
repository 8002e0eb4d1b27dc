"""Encodes a still picture, and its moves, as H.264 of the baseline profile.

A macroblock is predicted from its neighbours where that is exact, else its samples are
sent plain (`I_PCM`); so nothing is lost, and drawings with even areas are small. The
following frames are the first one, moved as a whole. ITU-T H.264, 7.3 and 7.4.
"""

from typing import Final

from PIL import Image

from gateway.sandbox.video.bits import BitWriter
from gateway.sandbox.video.planes import Block, Plane, to_planes

SIDE: Final = 16  # of a macroblock
_PROFILE: Final = bytes((66, 0xC0, 30))  # constrained baseline, level 3
_PLAIN: Final = 25  # the macroblock type I_PCM
_FRAME_NUMBER_BITS: Final = 8
_BT_601: Final = 6
_CHROMA_MODE = {"left": 1, "above": 2}
_LUMA_TYPE = {"above": 1, "left": 2}
# "no coefficients", when both neighbours have none, and when one is plain
_NONE, _NONE_BESIDE_PLAIN = "1", "000011"


def sequence_parameters(width: int, height: int) -> bytes:
    out = BitWriter()
    out.aligned(_PROFILE)
    out.unsigned(0, _FRAME_NUMBER_BITS - 4)
    out.unsigned(2, 1)  # pictures come in order; one is referred to
    out.bits("0")
    out.unsigned(width // SIDE - 1, height // SIDE - 1)
    out.bits("110")  # whole frames, nothing cropped
    out.bits("100110101")  # what is told of their use is the colours alone
    for _ in range(3):
        out.fixed(_BT_601, 8)
    out.bits("000000")
    return _to_unit(0x67, out)


def picture_parameters() -> bytes:
    out = BitWriter()
    out.unsigned(0, 0)
    out.bits("00")
    out.unsigned(0, 0, 0)
    out.bits("000")
    out.unsigned(0, 0, 0)
    out.bits("100")  # slices may turn the deblocking filter off
    return _to_unit(0x68, out)


def still(image: Image.Image) -> bytes:
    """A frame that needs no other; the sides are multiples of 16."""
    out = BitWriter()
    out.unsigned(0, 7, 0)
    out.fixed(0, _FRAME_NUMBER_BITS)
    out.unsigned(0)
    out.bits("00")
    _end_header(out)
    planes = to_planes(image)
    columns, rows = image.width // SIDE, image.height // SIDE
    plain: set[tuple[int, int]] = set()
    for row in range(rows):
        for column in range(columns):
            beside = {(column - 1, row), (column, row - 1)} & plain
            if not _write_block(out, planes, (column, row), beside=bool(beside)):
                plain.add((column, row))
    return _to_unit(0x65, out)


def moved(size: tuple[int, int], number: int, right: int, down: int) -> bytes:
    """The frame before, moved by so many pixels; `number` counts from the still."""
    out = BitWriter()
    out.unsigned(0, 5, 0)
    out.fixed(number % (1 << _FRAME_NUMBER_BITS), _FRAME_NUMBER_BITS)
    out.bits("000")
    _end_header(out)
    count = size[0] // SIDE * (size[1] // SIDE)
    out.unsigned(0, 0)
    # where it comes from, in quarters; the others are expected to do the same
    out.signed(-4 * right)
    out.signed(-4 * down)
    out.unsigned(0)
    for _ in range(count - 1):
        out.bits("11111")
    return _to_unit(0x61, out)


def _end_header(out: BitWriter) -> None:
    out.signed(0)
    out.unsigned(1)  # no deblocking: it would blur what is exact


def _write_block(
    out: BitWriter,
    planes: tuple[Plane, Plane, Plane],
    place: tuple[int, int],
    *,
    beside: bool,
) -> bool:
    """Predict the macroblock, or send it plain; whether it was predicted."""
    sides = (SIDE, SIDE // 2, SIDE // 2)
    luma, blue, red = (
        plane.block(*place, side) for plane, side in zip(planes, sides, strict=True)
    )
    light, colour = _to_mode(luma), _to_mode(blue, red)
    if light is None or colour is None:
        out.unsigned(_PLAIN)
        out.aligned(b"".join((*luma.rows, *blue.rows, *red.rows)))
        return False
    out.unsigned(_LUMA_TYPE[light], _CHROMA_MODE[colour])
    out.signed(0)
    out.bits(_NONE_BESIDE_PLAIN if beside else _NONE)
    return True


def _to_mode(*blocks: Block) -> str | None:
    """From where all of the blocks are told exactly."""
    if all(block.repeats_above for block in blocks):
        return "above"
    return "left" if all(block.repeats_left for block in blocks) else None


def _to_unit(head: int, out: BitWriter) -> bytes:
    """Nothing in it looks like a unit's beginning: no sample is less than 16."""
    return bytes((head,)) + out.finish()
