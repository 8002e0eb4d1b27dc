"""Content to sealed text and back: authenticated, encrypted, with one valid spelling.

The text is base64url of: a format byte, four bytes that tell which key sealed it, the
ciphertext (AES-SIV: authenticated and deterministic, so that the same content always
gives the same text), and a checksum where one is wanted. Keys are derived from the
signing keys for each purpose (HKDF): what is sealed for one never opens for another.
"""

import base64
import re
import zlib
from collections.abc import Sequence
from typing import TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from gateway.sealing.derive import derive

_FORMAT = b"\x01"
_KEY_ID_BYTES = 4
_TAG_BYTES = 16
_CHECKSUM_BYTES = 4
_SPELLING = re.compile(r"[A-Za-z0-9_-]+")

Binding: TypeAlias = bytes | Sequence[bytes] | None
"""What text only opens with; several are one for each signing key, in their order."""


class ForgedTextError(ValueError):
    """It was never sealed, is garbled or not spelt as it was, or is bound otherwise."""


class UnknownSealError(ValueError):
    """It was sealed by a key or in a format that is not known.

    Without a checksum it may as well be garbled.
    """


class Sealer:
    """Seals with the first signing key, opens with all; each has 32 bytes or more.

    With a checksum, text that is whole but sealed by a forgotten key can be told from
    text that is garbled. Text longer than `most_characters` is not looked at.
    """

    def __init__(
        self,
        signing_keys: Sequence[bytes],
        purpose: bytes,
        *,
        most_characters: int,
        has_checksum: bool = False,
    ) -> None:
        self._ciphers = {
            derive(key, purpose + b" id", _KEY_ID_BYTES): (
                place,
                AESSIV(derive(key, purpose, 64)),
            )
            for place, key in enumerate(dict.fromkeys(signing_keys))
        }
        self._sealing_id = next(iter(self._ciphers))
        self._most_characters = most_characters
        self._has_checksum = has_checksum

    def seal(self, content: bytes, binding: Binding = None) -> str:
        """Spell content as URL-safe text that only opens with the same binding."""
        place, cipher = self._ciphers[self._sealing_id]
        sealed = cipher.encrypt(content, _to_associated(binding, place))
        framed = _FORMAT + self._sealing_id + sealed
        return _spell(framed + _check(framed) if self._has_checksum else framed)

    def open(self, text: str, binding: Binding = None) -> bytes:
        """Return the content that was sealed with the same binding.

        Raises:
            ForgedTextError: there is none.
            UnknownSealError: by a key or in a format that is not known.
        """
        framed = self._unframe(text)
        known = self._ciphers.get(framed[1 : 1 + _KEY_ID_BYTES])
        if framed[:1] != _FORMAT or known is None:
            raise UnknownSealError("sealed by a key or in a format that is not known")
        place, cipher = known
        try:
            return cipher.decrypt(
                framed[1 + _KEY_ID_BYTES :], _to_associated(binding, place)
            )
        except InvalidTag as error:
            raise ForgedTextError("not sealed here, or bound otherwise") from error

    def _unframe(self, text: str) -> bytes:
        if len(text) > self._most_characters or not _SPELLING.fullmatch(text):
            raise ForgedTextError("not spelt like sealed text")
        try:
            content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError as error:
            raise ForgedTextError("not spelt like sealed text") from error
        if _spell(content) != text:
            raise ForgedTextError("not spelt like sealed text")
        framed, checksum = content, b""
        if self._has_checksum:
            framed, checksum = content[:-_CHECKSUM_BYTES], content[-_CHECKSUM_BYTES:]
        is_long = len(framed) >= len(_FORMAT) + _KEY_ID_BYTES + _TAG_BYTES
        if not is_long or (self._has_checksum and checksum != _check(framed)):
            raise ForgedTextError("garbled or cut short")
        return framed


def _to_associated(binding: Binding, place: int) -> list[bytes] | None:
    """Return the binding for the key at a place as AES-SIV takes it."""
    if binding is None:
        return None
    return [binding if isinstance(binding, bytes) else binding[place]]


def _spell(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _check(framed: bytes) -> bytes:
    return zlib.crc32(framed).to_bytes(_CHECKSUM_BYTES, "big")
