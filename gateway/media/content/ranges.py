"""One byte range (RFC 9110, 14.1.2): what is asked for, against what there is."""

import re

from msgspec import Struct

from gateway.plugin.errors import RangeNotSatisfiableError

_RANGE = re.compile(
    r"\s*bytes\s*=\s*([0-9]{0,99})\s*-\s*([0-9]{0,99})\s*", re.IGNORECASE
)
_CONTENT_RANGE = re.compile(
    r"\s*bytes\s+([0-9]{1,18})-([0-9]{1,18})/(?:([0-9]{1,18})|\*)\s*"
)


class Span(Struct, frozen=True):
    """First and last byte, both inclusive, of so many; None: nobody says of how many."""

    first: int
    last: int
    size: int | None

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        size = "*" if self.size is None else self.size
        return f"bytes {self.first}-{self.last}/{size}"


class Range(Struct, frozen=True):
    """One range as it was asked for; without `first`, the last so many bytes."""

    first: int | None
    last: int | None

    def __str__(self) -> str:
        first = "" if self.first is None else self.first
        return f"bytes={first}-{'' if self.last is None else self.last}"

    def is_longer_than(self, size: int) -> bool:
        """Return whether it is the end of a file, and more than there is of that."""
        return self.first is None and (self.last or 0) >= size > 0

    def is_met_by(self, span: Span) -> bool:
        """Return whether a part is what was asked for, or its beginning.

        Raises:
            RangeNotSatisfiableError: nothing of it is there.
        """
        if span.size is not None:
            whole = self.resolve(span.size)
            return span.first == whole.first and span.last <= whole.last
        if self.first is None:
            return span.length <= (self.last or 0)
        is_within = self.last is None or span.last <= self.last
        return span.first == self.first and is_within

    def resolve(self, size: int) -> Span:
        """Lay it on what there is.

        Raises:
            RangeNotSatisfiableError: it begins behind the end.
        """
        if self.first is None:
            length = min(self.last or 0, size)
            first, last = size - length, size - 1
        else:
            first = self.first
            last = size - 1 if self.last is None else min(self.last, size - 1)
        if first > last or first >= size:
            raise RangeNotSatisfiableError(size)
        return Span(first, last, size)


def parse_range(text: str | None) -> Range | None:
    """Read one range; what is more, or no range, is to be ignored."""
    found = _RANGE.fullmatch(text or "")
    if found is None or not (found[1] or found[2]):
        return None
    first = int(found[1]) if found[1] else None
    last = int(found[2]) if found[2] else None
    if first is not None and last is not None and last < first:
        return None
    return Range(first, last)


def parse_size(text: str | None) -> int | None:
    """Read the length from the `Content-Range` of a range that cannot be had.

    Some servers leave its unit out.
    """
    found = re.fullmatch(r"\s*(?:bytes\s+)?\*/([0-9]{1,18})\s*", text or "")
    return int(found[1]) if found else None


def parse_span(text: str | None) -> Span | None:
    """Read a `Content-Range`; None unless it tells a part of what there is."""
    found = _CONTENT_RANGE.fullmatch(text or "")
    if found is None:
        return None
    size = None if found[3] is None else int(found[3])
    span = Span(int(found[1]), int(found[2]), size)
    is_sound = span.first <= span.last and (size is None or span.last < size)
    return span if is_sound else None
