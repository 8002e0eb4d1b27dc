"""The places of all sources to one sealed text, and back.

The text has a checksum: it tells a cursor that is whole but sealed by a forgotten key
from one that is garbled.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from gateway.crawl.lane import Standing
from gateway.plugin.errors import ExpiredCursorError, InvalidCursorError
from gateway.sealing.sealer import Binding, ForgedTextError, Sealer, UnknownSealError

_MOST_CHARACTERS = 16_384


class Crawl(Struct, frozen=True, array_like=True):
    """Where a crawl stands: each source, and the oldest sort key returned so far."""

    standings: tuple[Standing, ...]
    frontier: str | None = None


class CursorSealer:
    """Seals with the first key, opens with all; each key has 32 bytes or more."""

    def __init__(self, signing_keys: Sequence[bytes]) -> None:
        self._sealer = Sealer(
            signing_keys,
            b"cursor",
            most_characters=_MOST_CHARACTERS,
            has_checksum=True,
        )

    def seal(self, crawl: Crawl, binding: Binding) -> str:
        """Spell a crawl as URL-safe text that only opens with the same binding."""
        return self._sealer.seal(msgspec.msgpack.encode(crawl), binding)

    def open(self, text: str, binding: Binding) -> Crawl:
        """Read a cursor.

        Raises:
            InvalidCursorError: it is not one, or not one for this binding.
            ExpiredCursorError: it was one, by a key or in a format now unknown.
        """
        try:
            opened = self._sealer.open(text, binding)
            return msgspec.msgpack.decode(opened, type=Crawl)
        except ForgedTextError as error:
            raise InvalidCursorError("not a cursor of this query and caller") from error
        except UnknownSealError as error:
            raise ExpiredCursorError(str(error)) from error
        except msgspec.MsgspecError as error:
            raise ExpiredCursorError("in a format no longer known") from error
