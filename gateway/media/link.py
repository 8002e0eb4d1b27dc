"""Media links: what a link stands for to one sealed text, and back.

One asset's link stays the same until it expires. It names the asset, never its
upstream address.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct, structs

from gateway.plugin.errors import ExpiredLinkError, ForgedLinkError
from gateway.sealing.sealer import ForgedTextError, Sealer, UnknownSealError

Rendition: TypeAlias = Literal["full", "preview", "thumbnail"]

PERIOD_SECONDS = 43_200
"""Links expire at a boundary of so many seconds, and the grace after it."""
GRACE_SECONDS = 3_600
MOST_SECONDS = PERIOD_SECONDS + GRACE_SECONDS
"""How long a link lives at the most."""

_MOST_CHARACTERS = 4_096
_VERSION_BYTES = 6


class Link(Struct, frozen=True, array_like=True, dict=True):
    """Which bytes a link stands for, for whom, and until when (epoch seconds).

    `is_brought`: a token has brought the account, the tenant has no such one.
    """

    tenant: str
    account: bytes
    item_id: str
    created_at: str | None
    asset_id: str
    rendition: Rendition
    version: bytes
    expires_at: int
    is_brought: bool = False

    @cached_property
    def etag(self) -> str:
        """The same for whoever asks for the same version of the same bytes."""
        named = (self.account, self.item_id, self.asset_id, self.rendition)
        return f'"{_digest((named, self.version))}"'

    @property
    def provider(self) -> str:
        return self.item_id.partition(":")[0]

    @property
    def file_key(self) -> str:
        """Name the version of a file that this is, or is made of."""
        return _digest((self.account, self.item_id, self.asset_id, self.version))


def _digest(named: object) -> str:
    packed = msgspec.msgpack.encode(named)
    return hashlib.blake2b(packed, digest_size=12).hexdigest()


def to_expiry(now: float) -> int:
    """Return when a link that is made now expires: a boundary and an hour."""
    return (int(now) // PERIOD_SECONDS + 1) * PERIOD_SECONDS + GRACE_SECONDS


def to_boundary(now: float) -> int:
    """Return when links that are made now are last made so."""
    return to_expiry(now) - GRACE_SECONDS


def to_version(updated_at: str | None, address: str | None) -> bytes:
    """Digest what changes when the picture does; a signature in a query does not."""
    path = (address or "").partition("?")[0]
    named = f"{updated_at or ''}\n{path}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(named, digest_size=_VERSION_BYTES).digest()


class LinkSealer:
    """Seals with the first key, opens with all; each key has 32 bytes or more."""

    def __init__(self, signing_keys: Sequence[bytes]) -> None:
        self._sealer = Sealer(signing_keys, b"link", most_characters=_MOST_CHARACTERS)
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Link).decode

    def seal(self, link: Link) -> str:
        """Spell a link as URL-safe text."""
        content = link if link.is_brought else structs.astuple(link)[:-1]
        return self._sealer.seal(self._encode(content))

    def open(self, text: str, now: float) -> Link:
        """Read a link.

        Raises:
            ForgedLinkError: it is none, or sealed by a key that is not known.
            ExpiredLinkError: it was one.
        """
        try:
            link = self._decode(self._sealer.open(text))
        except (ForgedTextError, UnknownSealError, msgspec.MsgspecError) as error:
            raise ForgedLinkError("not a link of this gateway") from error
        if link.expires_at <= now:
            raise ExpiredLinkError("the link has expired")
        return link
