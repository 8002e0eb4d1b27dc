"""What stores keep, read back: garbage under our keys counts as nothing kept."""

from typing import TypeVar

import msgspec

Value = TypeVar("Value")


def unpack(packed: bytes | None, kind: type[Value]) -> Value | None:
    """Read a kept value of a kind; None where there is none, or something else."""
    if packed is None:
        return None
    try:
        return msgspec.msgpack.decode(packed, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
