"""The C library's allocator, told what suits a process, where it is glibc's.

Its numbers are those of glibc's `mallopt`.
"""

import contextlib
import ctypes

_TRIM_THRESHOLD = -1
_MMAP_THRESHOLD = -3
_ARENA_MAX = -8
_LARGE_BYTES = 2**19


def use_arenas(most: int) -> None:
    """Have no more arenas than that: each takes 64 MiB of addresses, used or not."""
    _set(_ARENA_MAX, most)


def give_back_large() -> None:
    """Give whatever is large back to the system when it is freed.

    By itself glibc keeps up to 32 MB once something as large has been freed, and what
    is allocated next to it keeps it from going.
    """
    _set(_MMAP_THRESHOLD, _LARGE_BYTES)
    # what is smaller is kept, lest each step of a file is asked for anew
    _set(_TRIM_THRESHOLD, 16 * _LARGE_BYTES)


def _set(parameter: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(parameter, value)
