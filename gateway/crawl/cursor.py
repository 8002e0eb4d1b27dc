"""The places of all sources to one sealed text, and back.

The text is base64url of: a format byte, four bytes that tell which key sealed it, the
ciphertext (AES-SIV: authenticated and deterministic), and a checksum. The checksum
tells a cursor that is whole but sealed by a forgotten key from one that is garbled.
"""

import base64
import re
import zlib
from collections.abc import Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from msgspec import Struct

from gateway.crawl.lane import Standing
from gateway.plugin.errors import ExpiredCursorError, InvalidCursorError
from gateway.sealing.derive import derive

_FORMAT = b"\x01"
_KEY_ID_BYTES = 4
_CHECK_BYTES = 4
_LEAST_BYTES = len(_FORMAT) + _KEY_ID_BYTES + 16 + _CHECK_BYTES
_MOST_CHARACTERS = 16_384
_SPELLING = re.compile(r"[A-Za-z0-9_-]+")


class Crawl(Struct, frozen=True, array_like=True):
    """Where a crawl stands: each source, and the oldest sort key returned so far."""

    standings: tuple[Standing, ...]
    frontier: str | None = None


class CursorSealer:
    """Seals with the first key, opens with all; each key has 32 bytes or more."""

    def __init__(self, signing_keys: Sequence[bytes]) -> None:
        ciphers = {
            derive(k, b"cursor id", _KEY_ID_BYTES): _cipher(k) for k in signing_keys
        }
        self._ciphers = ciphers
        self._sealing_id = next(iter(ciphers))

    def seal(self, crawl: Crawl, binding: bytes) -> str:
        """Spell a crawl as URL-safe text that only opens with the same binding."""
        cipher = self._ciphers[self._sealing_id]
        sealed = cipher.encrypt(msgspec.msgpack.encode(crawl), [binding])
        framed = _FORMAT + self._sealing_id + sealed
        return _spell(framed + _check(framed))

    def open(self, text: str, binding: bytes) -> Crawl:
        """Read a cursor.

        Raises:
            InvalidCursorError: it is not one, or not one for this binding.
            ExpiredCursorError: it was one, by a key or in a format now unknown.
        """
        framed = _unframe(text)
        key_id = framed[1 : 1 + _KEY_ID_BYTES]
        cipher = self._ciphers.get(key_id)
        if framed[:1] != _FORMAT or cipher is None:
            raise ExpiredCursorError("sealed by a key or in a format no longer known")
        try:
            opened = cipher.decrypt(framed[1 + _KEY_ID_BYTES :], [binding])
        except InvalidTag as error:
            raise InvalidCursorError("not a cursor of this query and caller") from error
        try:
            return msgspec.msgpack.decode(opened, type=Crawl)
        except msgspec.MsgspecError as error:
            raise ExpiredCursorError("in a format no longer known") from error


def _unframe(text: str) -> bytes:
    if not _SPELLING.fullmatch(text) or len(text) > _MOST_CHARACTERS:
        raise InvalidCursorError("not spelt like a cursor")
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise InvalidCursorError("not spelt like a cursor") from error
    framed, check = content[:-_CHECK_BYTES], content[-_CHECK_BYTES:]
    is_whole = len(content) >= _LEAST_BYTES and check == _check(framed)
    if not is_whole or _spell(content) != text:
        raise InvalidCursorError("garbled or cut short")
    return framed


def _spell(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _check(framed: bytes) -> bytes:
    return zlib.crc32(framed).to_bytes(_CHECK_BYTES, "big")


def _cipher(signing_key: bytes) -> AESSIV:
    return AESSIV(derive(signing_key, b"cursor", 64))
