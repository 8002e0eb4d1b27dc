"""Upstream tokens that all replicas share, encrypted at rest."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from gateway.coordination import keys
from gateway.plugin.errors import StoreError
from gateway.ports.stores import Store
from gateway.sealing.derive import derive

_KEEP_SECONDS = 30 * 86_400.0
_KEY_BYTES = 32


class SharedTokens:
    """Encrypts with the first signing key, decrypts with all."""

    def __init__(self, store: Store, signing_keys: Sequence[bytes]) -> None:
        self._store = store
        self._box = MultiFernet([_to_box(key) for key in signing_keys])

    async def get(self, account_key: str) -> str | None:
        """Return an account's token; what cannot be opened counts as none.

        Raises:
            StoreError: nobody can be asked.
        """
        sealed = await self._store.get(keys.token(account_key))
        if sealed is None:
            return None
        try:
            return self._box.decrypt(sealed).decode()
        except (InvalidToken, UnicodeDecodeError):
            return None

    async def put(self, account_key: str, token: str) -> None:
        """Share an account's token, if anybody can be told."""
        sealed = self._box.encrypt(token.encode("utf-8", "surrogatepass"))
        try:
            await self._store.put(
                keys.token(account_key), sealed, keep_seconds=_KEEP_SECONDS
            )
        except StoreError:
            return


def _to_box(signing_key: bytes) -> Fernet:
    key = derive(signing_key, b"upstream tokens", _KEY_BYTES)
    return Fernet(base64.urlsafe_b64encode(key))
