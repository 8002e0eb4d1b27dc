"""Sorting a long list in short steps: one call of `sorted` would let nobody else on."""

import heapq
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

_STEP = 2_000

T = TypeVar("T")


def sort(
    things: Sequence[T], key: Callable[[T], Any], *, reverse: bool = False
) -> list[T]:
    """Sort as `sorted` does, and as stably."""
    runs = [
        sorted(things[at : at + _STEP], key=key, reverse=reverse)
        for at in range(0, len(things), _STEP)
    ]
    return list(heapq.merge(*runs, key=key, reverse=reverse))
