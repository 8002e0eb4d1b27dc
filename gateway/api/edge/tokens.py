"""Tokens for browsers and end users: what one claims to sealed text, and to a caller.

Nothing is stored anywhere: a token holds its key's name, its scopes, its time, its
subject, and the credentials that were brought for it.
"""

from collections.abc import Mapping, Sequence
from sys import getsizeof
from typing import get_args

import msgspec
from msgspec import Struct

from gateway.accounts.brought import AccountKinds
from gateway.accounts.credentials import Tenant
from gateway.api.caller import TOKENS, Caller
from gateway.api.edge.auth import TOKEN_PREFIX, KnownKey
from gateway.plugin.errors import (
    Fault,
    ForbiddenError,
    InvalidBodyError,
    InvalidTokenError,
)
from gateway.plugin.times import LATEST, from_epoch_ms
from gateway.ports.caches import Cache, Caches
from gateway.ports.clock import Clock
from gateway.sealing.digest import to_binding
from gateway.sealing.sealer import ForgedTextError, Sealer, UnknownSealError
from gateway.settings.schema import Scope

MOST_CHARACTERS = 2_048
_OPENED_BYTES, _ACCOUNT_BYTES = 1_500, 1_000
"""What an opened token takes besides its text, and each account of its own."""


class Wish(Struct, frozen=True, kw_only=True):
    """What a token is asked for; without credentials it sees what its key sees."""

    scopes: Sequence[str] | None = None
    ttl_seconds: int = 900
    subject: str | None = None
    credentials: Mapping[str, Struct] | None = None


class MintedToken(Struct, frozen=True, kw_only=True):
    """A token, until when it is good, what it may do, and what it sees."""

    token: str
    expires_at: str
    scopes: tuple[str, ...]
    providers: tuple[str, ...]


class _Claims(Struct, frozen=True, array_like=True):
    """What a token holds; `expires_ms` is in milliseconds since the epoch."""

    key: bytes
    scopes: tuple[str, ...]
    expires_ms: int
    subject: str | None
    credentials: dict[str, msgspec.Raw] | None


class _Opened(Struct, frozen=True, kw_only=True):
    """Who calls with a token, until when (epoch seconds)."""

    caller: Caller
    expires_at: float


class Tokens:
    """Makes tokens for callers with a key, and finds the callers that they stand for."""

    def __init__(
        self,
        signing_keys: Sequence[bytes],
        keys: Sequence[KnownKey],
        kinds: AccountKinds,
        caches: Caches,
        clock: Clock,
    ) -> None:
        most = MOST_CHARACTERS - len(TOKEN_PREFIX)
        self._sealer = Sealer(signing_keys, b"token", most_characters=most)
        self._keys = {_to_id(key.hash, key.tenant.name): key for key in keys}
        self._kinds = kinds
        self._opened: Cache[str, _Opened] = caches.make("tokens", _to_bytes)
        self._clock = clock
        self._decode = msgspec.msgpack.Decoder(_Claims).decode

    def mint(self, caller: Caller, wish: Wish) -> MintedToken:
        """Make a token that may do no more than the caller's key, and no longer.

        Raises:
            ForbiddenError: it asks for a scope that the key has not, or to make tokens.
            InvalidBodyError: its credentials are too long.
        """
        key_id = _to_id(caller.key or "", caller.tenant.name)
        claims = _Claims(
            key=key_id,
            scopes=_to_scopes(caller, wish),
            expires_ms=self._to_expiry(self._keys[key_id], wish),
            subject=wish.subject,
            credentials=_pack(wish.credentials),
        )
        text = TOKEN_PREFIX + self._sealer.seal(msgspec.msgpack.encode(claims))
        if len(text) > MOST_CHARACTERS:
            message = f"the token would be longer than {MOST_CHARACTERS} characters"
            raise InvalidBodyError([Fault(where="/credentials", message=message)])
        seen = caller.tenant.accounts if wish.credentials is None else wish.credentials
        return MintedToken(
            token=text,
            expires_at=from_epoch_ms(claims.expires_ms) or LATEST,
            scopes=claims.scopes,
            providers=tuple(name for name in self._kinds.credentials if name in seen),
        )

    def open(self, text: str) -> Caller:
        """Find the caller that a token stands for.

        Raises:
            InvalidTokenError: it is none, has expired, or its key is gone.
        """
        opened = self._opened.get(text)
        if opened is None:
            opened = self._open(text)
            self._opened.put(text, opened)
        if opened.expires_at <= self._clock.now():
            raise InvalidTokenError("the token has expired")
        return opened.caller

    def _open(self, text: str) -> _Opened:
        try:
            claims = self._decode(self._sealer.open(_to_sealed(text)))
            key = self._keys[claims.key]
            tenant = self._to_tenant(key.tenant, claims.credentials)
        except (
            ForgedTextError,
            UnknownSealError,
            msgspec.MsgspecError,
            KeyError,
        ) as error:
            raise InvalidTokenError(
                "not a token of this gateway, or its key is gone"
            ) from error
        expires_at = claims.expires_ms / 1000
        return _Opened(
            caller=Caller(
                tenant=tenant,
                scopes=key.scopes.intersection(claims.scopes) - {TOKENS},
                key=key.hash,
                subject=claims.subject,
            ),
            expires_at=min(expires_at, key.expires_at or expires_at),
        )

    def _to_tenant(
        self, tenant: Tenant, brought: Mapping[str, msgspec.Raw] | None
    ) -> Tenant:
        """Give a tenant the accounts that were brought, as far as there is a provider."""
        if brought is None:
            return tenant
        accounts = {
            name: self._kinds.to_account(
                name, msgspec.msgpack.decode(brought[name], type=kind)
            )
            for name, kind in self._kinds.credentials.items()
            if name in brought
        }
        return Tenant(name=tenant.name, accounts=accounts, is_brought=True)

    def _to_expiry(self, key: KnownKey, wish: Wish) -> int:
        expires_at = self._clock.now() + wish.ttl_seconds
        return int(min(expires_at, key.expires_at or expires_at) * 1000)


def _to_sealed(text: str) -> str:
    if not text.startswith(TOKEN_PREFIX):
        raise ForgedTextError("not spelt like a token")
    return text.removeprefix(TOKEN_PREFIX)


def _to_scopes(caller: Caller, wish: Wish) -> tuple[str, ...]:
    """Return the scopes of a token: those asked for, else all that a key may give."""
    may_be_given = caller.scopes - {TOKENS}
    if wish.scopes is None:
        return tuple(scope for scope in get_args(Scope) if scope in may_be_given)
    if not may_be_given.issuperset(wish.scopes):
        raise ForbiddenError(f"a token has scopes that its key has, and never {TOKENS}")
    return tuple(dict.fromkeys(wish.scopes))


def _pack(credentials: Mapping[str, Struct] | None) -> dict[str, msgspec.Raw] | None:
    if credentials is None:
        return None
    return {
        name: msgspec.Raw(msgspec.msgpack.encode(credential))
        for name, credential in credentials.items()
    }


def _to_id(key_hash: str, tenant: str) -> bytes:
    """Name a key in its tokens; in another tenant's hands it is another."""
    return to_binding(key_hash.encode(), tenant.encode())


def _to_bytes(text: str, opened: _Opened) -> int:
    tenant = opened.caller.tenant
    count = len(tenant.accounts) if tenant.is_brought else 0
    return _OPENED_BYTES + getsizeof(text) + count * _ACCOUNT_BYTES
