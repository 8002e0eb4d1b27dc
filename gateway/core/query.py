"""What a caller asked for, and the filters that the gateway applies itself."""

import unicodedata
from collections.abc import Mapping

from msgspec import Struct

from gateway.core.model import GalleryItem, Kind, Status


class Query(Struct, frozen=True, kw_only=True):
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
        """Tell whether `matches` can turn an item down."""
        return bool(
            self.kinds
            or self.statuses
            or self.words
            or self.created_after
            or self.created_before
        )

    def wants(self, provider: str) -> bool:
        return not self.providers or provider in self.providers

    def matches(self, item: GalleryItem) -> bool:
        """Apply the common filters; an item without a time is in no span of time."""
        return (
            (not self.kinds or item.kind in self.kinds)
            and (not self.statuses or item.status in self.statuses)
            and self._is_in_span(item.created_at)
            and self._has_words(item)
        )

    def _is_in_span(self, time: str | None) -> bool:
        if self.created_after is None and self.created_before is None:
            return True
        if time is None:
            return False
        return (self.created_after is None or self.created_after <= time) and (
            self.created_before is None or time < self.created_before
        )

    def _has_words(self, item: GalleryItem) -> bool:
        if not self.words:
            return True
        texts = [item.title, item.prompt, *(asset.filename for asset in item.assets)]
        searched = to_folded("\n".join(text for text in texts if text))
        return all(word in searched for word in self.words)


def to_folded(text: str) -> str:
    """Spell a text so that neither case nor Unicode's normal forms tell it apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
