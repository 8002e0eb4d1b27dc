"""ThumbHash: a picture's average colour and coarsest shapes in some 25 bytes.

Written after the format's description at https://evanw.github.io/thumbhash/: the
picture as lightness, two colour differences and alpha, each by the few first terms of a
discrete cosine transform, packed in four bits a term.
"""

import math
from collections.abc import Sequence

from msgspec import Struct

PLACEHOLDER_PIXELS = 32
"""Sides of at most so many pixels are enough; the format allows 100."""


class _Channel(Struct, frozen=True):
    """A channel's average, and its other terms within 0..1 of `scale`."""

    constant: float
    terms: Sequence[float]
    scale: float


def to_thumbhash(width: int, height: int, rgba: bytes) -> bytes:
    """Return the hash of a picture of at most 100x100 pixels of four bytes each."""
    lightness, first, second, alpha = _to_channels(rgba)
    has_alpha = any(value < 1.0 for value in alpha)
    most = 5 if has_alpha else 7
    longest = max(width, height)
    across = max(1, round(most * width / longest))
    down = max(1, round(most * height / longest))
    shape = (width, height)
    l_part = _encode(lightness, shape, max(3, across), max(3, down))
    p_part = _encode(first, shape, 3, 3)
    q_part = _encode(second, shape, 3, 3)
    is_landscape = width > height
    head = (
        round(63 * l_part.constant)
        | round(31.5 + 31.5 * p_part.constant) << 6
        | round(31.5 + 31.5 * q_part.constant) << 12
        | round(31 * l_part.scale) << 18
        | has_alpha << 23
    )
    tail = (
        (down if is_landscape else across)
        | round(63 * p_part.scale) << 3
        | round(63 * q_part.scale) << 9
        | is_landscape << 15
    )
    packed = bytearray(head.to_bytes(3, "little") + tail.to_bytes(2, "little"))
    parts = [l_part, p_part, q_part]
    if has_alpha:
        a_part = _encode(alpha, shape, 5, 5)
        packed.append(round(15 * a_part.constant) | round(15 * a_part.scale) << 4)
        parts.append(a_part)
    return bytes(packed + _pack([term for part in parts for term in part.terms]))


def _to_channels(rgba: bytes) -> tuple[list[float], ...]:
    """Split into lightness, yellow-blue, red-green and alpha, over the average."""
    alphas = [value / 255 for value in rgba[3::4]]
    weight = sum(alphas)
    colours = [[value / 255 for value in rgba[i::4]] for i in range(3)]
    averages = [
        sum(a * c for a, c in zip(alphas, colour, strict=True)) / weight
        if weight
        else 0.0
        for colour in colours
    ]
    red, green, blue = (
        [average * (1 - a) + a * c for a, c in zip(alphas, colour, strict=True)]
        for average, colour in zip(averages, colours, strict=True)
    )
    rgb = list(zip(red, green, blue, strict=True))
    return (
        [(r + g + b) / 3 for r, g, b in rgb],
        [(r + g) / 2 - b for r, g, b in rgb],
        [r - g for r, g, _ in rgb],
        alphas,
    )


def _encode(
    channel: Sequence[float], shape: tuple[int, int], across: int, down: int
) -> _Channel:
    """Transform a channel; the terms' triangle is cut off at the diagonal."""
    width, height = shape
    waves_x = [_to_wave(width, k) for k in range(across)]
    waves_y = [_to_wave(height, k) for k in range(down)]
    rows = [channel[y * width : (y + 1) * width] for y in range(height)]
    constant, terms = 0.0, []
    for k_y, wave_y in enumerate(waves_y):
        for k_x, wave_x in enumerate(waves_x):
            if k_x * down >= across * (down - k_y):
                break
            term = sum(
                wave_y[y] * sum(map(float.__mul__, row, wave_x))
                for y, row in enumerate(rows)
            ) / (width * height)
            if k_x or k_y:
                terms.append(term)
            else:
                constant = term
    scale = max(map(abs, terms), default=0.0)
    if scale:
        terms = [0.5 + 0.5 / scale * term for term in terms]
    return _Channel(constant, terms, scale)


def _to_wave(length: int, number: int) -> list[float]:
    return [math.cos(math.pi / length * number * (i + 0.5)) for i in range(length)]


def _pack(terms: Sequence[float]) -> bytes:
    """Put two terms into a byte, the first one low."""
    nibbles = [round(15 * term) for term in terms]
    nibbles.append(0)
    return bytes(
        low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=False)
    )
