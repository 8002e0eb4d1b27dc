"""What a caller asked for, and the filters that the gateway applies itself."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct

from gateway.plugin.model import GalleryItem, Kind, Status

SEARCHED_CHARACTERS = 20_000
"""How much of each text is searched, from its beginning."""
_MOST_SEARCHED = 200_000
"""And of all of them together."""
_MOST_MARKS = 30
_JOINER = "\u034f"
_FOREIGN_RUN = re.compile(r"[^\x00-\u02ff]{31,}")
"""What may hold so many marks: the first one is U+0300."""


class Query(Struct, frozen=True, kw_only=True, dict=True):
    """A gallery query; the defaults ask for everything.

    `words` are folded (`to_folded`). `filters` holds a provider's own filters by its name.
    `created_after` is inclusive, `created_before` exclusive, both canonical times.
    """

    providers: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    statuses: frozenset[Status] = frozenset()
    words: tuple[str, ...] = ()
    created_after: str | None = None
    created_before: str | None = None
    filters: Mapping[str, Struct] = {}

    @property
    def is_filtering(self) -> bool:
        """Return whether `matches` can turn an item down."""
        return bool(self._checks)

    def wants(self, provider: str) -> bool:
        return not self.providers or provider in self.providers

    def matches(self, item: GalleryItem) -> bool:
        """Apply the common filters; an item without a time is in no span of time."""
        return all(check(wanted, item) for check, wanted in self._checks)

    @cached_property
    def _checks(self) -> Sequence[tuple[Callable[[Any, GalleryItem], bool], Any]]:
        """The filters that are asked for: what decides is also what counts as one."""
        checks = (
            (_has_kind, self.kinds),
            (_has_status, self.statuses),
            (_is_after, self.created_after),
            (_is_before, self.created_before),
            (_has_words, self.words),
        )
        return tuple((check, wanted) for check, wanted in checks if wanted)


def _has_kind(kinds: frozenset[Kind], item: GalleryItem) -> bool:
    return item.kind in kinds


def _has_status(statuses: frozenset[Status], item: GalleryItem) -> bool:
    return item.status in statuses


def _is_after(time: str, item: GalleryItem) -> bool:
    return item.created_at is not None and time <= item.created_at


def _is_before(time: str, item: GalleryItem) -> bool:
    return item.created_at is not None and item.created_at < time


def _has_words(words: Sequence[str], item: GalleryItem) -> bool:
    texts = [item.title, item.prompt, *(asset.filename for asset in item.assets)]
    joined = "\n".join(text[:SEARCHED_CHARACTERS] for text in texts if text)
    searched = to_folded(joined[:_MOST_SEARCHED])
    return all(word in searched for word in words)


def to_folded(text: str) -> str:
    """Spell a text so that neither case nor Unicode's normal forms tell it apart.

    Linear in the text's length: normalisation alone sorts each run of marks on a letter,
    which takes quadratic time. Runs that are longer than any language has are broken, as
    in Unicode's stream-safe format (UAX 15, 13).
    """
    if text.isascii():
        return text.casefold()
    safe = _FOREIGN_RUN.sub(_break_marks, text)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", safe).casefold())


def _break_marks(run: re.Match[str]) -> str:
    broken, marks = [], 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > _MOST_MARKS:
            broken.append(_JOINER)
            marks = 1
        broken.append(character)
    return "".join(broken)
