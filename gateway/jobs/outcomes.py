"""What became of an operation, as it is remembered for whoever asks again."""

from typing import TypeAlias

from msgspec import Struct


class Answered(Struct, frozen=True, array_like=True, tag="answered"):
    """The upstream's answer, in JSON."""

    body: bytes


class Submitted(Struct, frozen=True, array_like=True, tag="submitted"):
    """A task, by the upstream's id of it; `created_at` is in epoch milliseconds."""

    native_id: str
    created_at: int


class Refused(Struct, frozen=True, array_like=True, tag="refused"):
    """The upstream's refusal, in its own words where it had some."""

    status: int
    detail: str | None


class Unknown(Struct, frozen=True, array_like=True, tag="unknown"):
    """It was sent, and nobody knows what became of it."""

    reason: str


Outcome: TypeAlias = Answered | Submitted | Refused | Unknown
"""What is remembered; what certainly was not carried out is none."""
