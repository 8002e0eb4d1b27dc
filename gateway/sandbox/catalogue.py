"""The seeded source of all that an upstream's items say: who, what and when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, TypeVar
from uuid import UUID

from msgspec import Struct

from gateway.sandbox import words

ORIGIN: Final = "sandbox://origin"  # replaced by our address as the caller sees it
LAST_MOMENT: Final = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
FIRST_MOMENT: Final = datetime(2022, 3, 1, tzinfo=UTC)
# a run of equal times crosses the end of each upstream's first page (20, 24)
_RUN_FIRST: Final = 17
_RUN_LENGTH: Final = 9
_RUN_EVERY: Final = 120
_FOREIGN_SHARE: Final = 0.06
T = TypeVar("T")


def utc_now() -> datetime:
    """The sandbox's own clock: it stands in for another machine."""
    return datetime.now(UTC)  # noqa: TID251  a foreign machine has its own clock


class Person(Struct, frozen=True, kw_only=True):
    id: str
    name: str
    email: str


class Catalogue:
    """Draws in one fixed order, so one seed always tells one story."""

    def __init__(self, upstream: str, seed: int) -> None:
        self.rng = Random(f"{upstream}:{seed}")  # noqa: S311  it has to be repeatable
        self.people = [self._to_person(name) for name in words.PEOPLE]

    def _to_person(self, name: str) -> Person:
        plain = "".join(letter for letter in name.lower() if letter.isascii())
        address = ".".join(plain.split()) or "someone"
        return Person(id=self.uuid(), name=name, email=f"{address}@example.com")

    def uuid(self) -> str:
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        return self.rng.choice(choices)

    def weighted(self, weights: dict[T, int]) -> T:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def title(self) -> str:
        if self.chance(_FOREIGN_SHARE):
            return self.pick(words.FOREIGN_TITLES)
        return f"{self.pick(words.ADJECTIVES)} {self.pick(words.SUBJECTS)}"

    def prompt(self) -> str:
        if self.chance(_FOREIGN_SHARE):
            return self.pick(words.FOREIGN_PROMPTS)
        subject = f"a {self.pick(words.ADJECTIVES).lower()} {self.pick(words.SUBJECTS)}"
        return f"{subject} {self.pick(words.MANNERS)}, {self.pick(words.FINISHES)}"

    def times(self, count: int) -> list[datetime]:
        """`count` moments in whole milliseconds, newest first, some of them equal."""
        span = LAST_MOMENT - FIRST_MOMENT
        reach = int(span / timedelta(milliseconds=1))
        ages = sorted(int(reach * self.rng.random() ** 1.6) for _ in range(count))
        for first in range(_RUN_FIRST, count - _RUN_LENGTH, _RUN_EVERY):
            ages[first : first + _RUN_LENGTH] = [ages[first]] * _RUN_LENGTH
        return [LAST_MOMENT - timedelta(milliseconds=age) for age in ages]


def times_from(moment: datetime, newest: datetime | None, count: int) -> list[datetime]:
    """Moments for new items, oldest first, 1 ms apart, none older than `newest`."""
    start = moment if newest is None else max(moment, newest)
    start -= timedelta(microseconds=start.microsecond % 1000)
    if newest is not None and start < newest:
        start = newest
    return [start + timedelta(milliseconds=step) for step in range(count)]
