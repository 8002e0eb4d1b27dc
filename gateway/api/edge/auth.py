"""Who calls: a key, looked up by its hash, or a token to a tenant and scopes."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from gateway.accounts.credentials import Tenant
from gateway.api.caller import READ, Caller
from gateway.plugin.errors import ForbiddenError, UnauthenticatedError
from gateway.ports.clock import Clock

TOKEN_PREFIX = "ggt_"  # noqa: S105  # how all tokens begin


class KnownKey(Struct, frozen=True, kw_only=True, dict=True):
    """A key by its hash (64 hexadecimal digits); `expires_at` in epoch seconds."""

    hash: str
    tenant: Tenant
    scopes: frozenset[str]
    expires_at: float | None = None

    @cached_property
    def caller(self) -> Caller:
        return Caller(tenant=self.tenant, scopes=self.scopes, key=self.hash)


class Keyring:
    """Knows every key; without one, calls act as the anonymous tenant, if there is one."""

    def __init__(
        self,
        keys: Sequence[KnownKey],
        anonymous: Tenant | None,
        clock: Clock,
        open_token: Callable[[str], Caller] | None = None,
    ) -> None:
        self._keys: defaultdict[str, list[KnownKey]] = defaultdict(list)
        for key in keys:
            self._keys[key.hash].append(key)
        self._clock = clock
        self._open_token = open_token
        self._anonymous = (
            None
            if anonymous is None
            else Caller(tenant=anonymous, scopes=frozenset({READ}))
        )

    def authorize(self, headers: Mapping[str, str], scope: str) -> Caller:
        """Find the caller by a request's headers, who must have a scope.

        Raises:
            UnauthenticatedError: no key, or not a known one; or no good token.
            ForbiddenError: the key lacks the scope.
        """
        caller = self.identify(headers)
        if scope not in caller.scopes:
            raise ForbiddenError(f"the key lacks the scope {scope}")
        return caller

    def find(self, headers: Mapping[str, str]) -> Caller | None:
        """Find the caller by a request's headers; None for one who is not known."""
        try:
            return self.identify(headers)
        except UnauthenticatedError:
            return None

    def identify(self, headers: Mapping[str, str]) -> Caller:
        """Find the caller by a request's headers, whatever scopes they have.

        Raises:
            UnauthenticatedError: as `authorize`.
        """
        text = _to_key_text(headers)
        if text is None:
            if self._anonymous is None:
                raise UnauthenticatedError("a key is needed")
            return self._anonymous
        if text.startswith(TOKEN_PREFIX) and self._open_token is not None:
            return self._open_token(text)
        known = self._find(text)
        if known is None:
            raise UnauthenticatedError("the key is not known, or no longer")
        return known.caller

    def _find(self, text: str) -> KnownKey | None:
        # how long the look-up takes tells of the hash at most, which nobody can choose
        digest = hashlib.sha256(text.encode("latin-1", "replace")).hexdigest()
        matches, now = self._keys.get(digest, ()), self._clock.now()
        return next(
            (k for k in matches if k.expires_at is None or now < k.expires_at), None
        )


def _to_key_text(headers: Mapping[str, str]) -> str | None:
    authorization = headers.get("authorization")
    if authorization is None:
        return headers.get("x-api-key")
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise UnauthenticatedError("expected Authorization: Bearer KEY")
    return text.strip()
