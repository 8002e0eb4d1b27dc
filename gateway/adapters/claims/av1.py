"""The frame size that an AV1 stream tells its decoder (AV1 specification, 5.3 to 5.5)."""

from collections.abc import Iterator

_SEQUENCE_HEADER = 1
_MOST_UNITS = 256


def find_sides(stream: bytes) -> Iterator[tuple[int, int]]:
    """Yield the most width and height, in pixels, that each sequence header tells.

    One that breaks off tells none.
    """
    at = 0
    for _ in range(_MOST_UNITS):
        if at >= len(stream):
            return
        head = stream[at]
        kind, has_extension, has_size = head >> 3 & 15, head >> 2 & 1, head >> 1 & 1
        at += 1 + has_extension
        size = len(stream) - at
        if has_size:
            size, at = _read_leb128(stream, at)
        if kind == _SEQUENCE_HEADER:
            bits = _Bits(stream[at : at + size])
            sides = _read_sides(bits)
            if not bits.is_over:
                yield sides
        at += size


def _read_leb128(stream: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 56, 7):
        byte = stream[at] if at < len(stream) else 0
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:  # noqa: PLR2004  # the bit that says that more follows
            break
    return value, at


class _Bits:
    """Bits one after another, the first one the highest; zeros behind the end."""

    def __init__(self, content: bytes) -> None:
        self._bits = int.from_bytes(content[:256].ljust(256, b"\0"), "big")
        self._left = 256 * 8
        self._held = len(content) * 8

    @property
    def is_over(self) -> bool:
        return 256 * 8 - self._left > self._held

    def take(self, count: int) -> int:
        self._left = max(self._left - count, 0)
        return self._bits >> self._left & ((1 << count) - 1)


def _read_sides(bits: _Bits) -> tuple[int, int]:
    bits.take(4)  # profile, still picture
    if bits.take(1):  # reduced header
        bits.take(5)
    else:
        _pass_operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(width_bits) + 1, bits.take(height_bits) + 1


def _pass_operating_points(bits: _Bits) -> None:
    delay_bits = _pass_timing(bits)
    has_display_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:  # noqa: PLR2004  # levels from 4.0 on have a tier
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if has_display_delay and bits.take(1):
            bits.take(4)


def _pass_timing(bits: _Bits) -> int:
    """Return how many bits a decoder's delay has; 0 without a model of it."""
    if not bits.take(1):
        return 0
    bits.take(64)
    if bits.take(1):
        _pass_uvlc(bits)
    if not bits.take(1):
        return 0
    delay_bits = bits.take(5) + 1
    bits.take(42)
    return delay_bits


def _pass_uvlc(bits: _Bits) -> None:
    zeros = 0
    while zeros < 32 and not bits.take(1):  # noqa: PLR2004  # the longest number
        zeros += 1
    bits.take(zeros)
