"""Accounts that tokens brought, known for as long as links to their media live.

A media link names its account by a digest, and is asked for without the token. So the
credential is kept in memory and, sealed, in the shared store, written as links are made.
"""

from collections.abc import Callable, Mapping, Sequence
from sys import getsizeof

import msgspec
from msgspec import Struct

from gateway.accounts.credentials import Account, Tenant
from gateway.coordination import keys
from gateway.plugin.errors import StoreError
from gateway.ports.caches import Cache
from gateway.ports.clock import Clock
from gateway.ports.stores import Stores
from gateway.sealing.sealer import ForgedTextError, Sealer, UnknownSealError

_AGAIN_SECONDS = 60.0
"""For how long an account that was shared is not shared again: a store may lose it."""
_MOST_CHARACTERS = 8_192
_TOPIC = "accounts"
_ACCOUNT_BYTES = 1_000


class AccountKinds(Struct, frozen=True, kw_only=True):
    """How accounts are made of brought credentials.

    `credentials` are each provider's kind of them, in the configuration's order.
    """

    credentials: Mapping[str, type[Struct]]
    to_account: Callable[[str, Struct], Account]


class _Kept(Struct, frozen=True):
    account: Account
    shared_at: float


class _Sealed(Struct, frozen=True, array_like=True):
    provider: str
    credential: msgspec.Raw


class BroughtAccounts:
    """Remembers accounts by their first id, in all replicas where they share a store."""

    def __init__(
        self,
        kinds: AccountKinds,
        signing_keys: Sequence[bytes],
        stores: Stores,
        clock: Clock,
        *,
        keep_seconds: float,
    ) -> None:
        self._kinds = kinds
        self._sealer = Sealer(
            signing_keys, b"account at rest", most_characters=_MOST_CHARACTERS
        )
        self._shared = stores.shared
        self._clock = clock
        self._keep_seconds = keep_seconds
        self._doubted_at = 0.0
        stores.news.listen(_TOPIC, self._hear)
        self._kept: Cache[bytes, _Kept] = stores.caches.make(
            "accounts", _to_bytes, keep_seconds, clock
        )

    async def keep(self, tenant: Tenant) -> None:
        """Have the accounts known that a token has brought, from now on for long enough."""
        if not tenant.is_brought:
            return
        now = self._clock.now()
        new = [a for a in tenant.accounts.values() if self._is_due(a, now)]
        if not new:
            return
        shared_at = now if await self._share(new) else 0.0
        for account in new:
            self._kept.put(account.ids[0], _Kept(account, shared_at))

    async def find(self, account_id: bytes) -> Account | None:
        """Find an account by the first of its ids, if it is known still."""
        kept = self._kept.get(account_id)
        if kept is not None:
            return kept.account
        account = await self._fetch(account_id)
        if account is not None:
            self._kept.put(account_id, _Kept(account, 0.0))
        return account

    def _is_due(self, account: Account, now: float) -> bool:
        kept = self._kept.get(account.ids[0])
        if kept is None or kept.shared_at <= self._doubted_at:
            return True
        return now - kept.shared_at >= _AGAIN_SECONDS

    def _hear(self, text: str) -> None:
        """Share again what the store may have lost while it was away."""
        if not text:
            self._doubted_at = self._clock.now()

    async def _share(self, accounts: Sequence[Account]) -> bool:
        """Tell the other replicas, if anybody can be told."""
        if self._shared is None:
            return True
        sealed = {keys.brought(one.ids[0].hex()): self._seal(one) for one in accounts}
        try:
            await self._shared.put_many(sealed, keep_seconds=self._keep_seconds)
        except StoreError:
            return False
        return True

    async def _fetch(self, account_id: bytes) -> Account | None:
        if self._shared is None:
            return None
        try:
            sealed = await self._shared.get(keys.brought(account_id.hex()))
        except StoreError:
            return None
        return None if sealed is None else self._open(sealed, account_id)

    def _seal(self, account: Account) -> bytes:
        credential = msgspec.Raw(msgspec.msgpack.encode(account.credential))
        content = msgspec.msgpack.encode(_Sealed(account.provider, credential))
        return self._sealer.seal(content, account.ids[0]).encode()

    def _open(self, sealed: bytes, account_id: bytes) -> Account | None:
        """Read what is kept under an id; garbage counts as nothing."""
        try:
            content = self._sealer.open(sealed.decode("latin-1"), account_id)
            kept = msgspec.msgpack.decode(content, type=_Sealed)
            kind = self._kinds.credentials[kept.provider]
            credential = msgspec.msgpack.decode(kept.credential, type=kind)
        except (ForgedTextError, UnknownSealError, msgspec.MsgspecError, KeyError):
            return None
        return self._kinds.to_account(kept.provider, credential)


def _to_bytes(account_id: bytes, kept: _Kept) -> int:  # noqa: ARG001  # a credential is a text or two
    return _ACCOUNT_BYTES + getsizeof(account_id)
