"""Which account a caller uses at each provider, and one login at a time for each."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from gateway.accounts.contests import Contest
from gateway.accounts.tokens import SharedTokens
from gateway.coordination.leases import Lease
from gateway.plugin.errors import (
    RejectedError,
    StoreError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from gateway.plugin.provider import Identified, Provider
from gateway.ports import budget
from gateway.ports.metrics import Unwatched, Watch, to_outcome
from gateway.ports.stores import Store
from gateway.sealing.digest import to_name

Answer = TypeVar("Answer")

_ID_BYTES = 8
_MOST_RENEWALS = 2
_PAUSES_SECONDS = (0.02, 0.08)
"""How long to wait at most before each further login for an account that was good."""
_REFUSED = 400
"""From this status on, an answer to a login refuses the credential."""


class Account(Struct, frozen=True, kw_only=True):
    """What one upstream login can see; its names are digests, keyed by secrets.

    `key` names it in stores. `ids` name it in media links: the first one in new ones,
    each of them in those that were made with an older signing key.
    """

    provider: str
    key: str
    ids: tuple[bytes, ...]
    credential: Struct

    def __repr__(self) -> str:
        return f"Account({self.provider}, {self.key[:8]})"


def to_account(
    provider: str, credential: Struct, name_keys: Sequence[bytes]
) -> Account:
    """Name an account by the keys that are derived from the signing keys, in their order.

    In stores it is named by the least of them, wherever that stands: with each key that
    comes or goes the name changes once at most.
    """
    spelt = msgspec.msgpack.encode(_to_identity(credential))
    names = {key: to_name(key, provider.encode(), spelt) for key in name_keys}
    return Account(
        provider=provider,
        key=names[min(names)].hex(),
        ids=tuple(name[:_ID_BYTES] for name in names.values()),
        credential=credential,
    )


def _to_identity(credential: Struct) -> object:
    """Return what tells one upstream user from another: two spellings may be the same."""
    return credential.identity() if isinstance(credential, Identified) else credential


class Tenant(Struct, frozen=True, kw_only=True):
    """Who calls; `accounts` by provider, in the configuration's order.

    They are the tenant's own, unless a token has brought them: then what is made for
    them is for nobody else of the tenant.
    """

    name: str
    accounts: Mapping[str, Account]
    is_brought: bool = False


class Logins:
    """Keeps each account's token, and logs in anew only when it is refused.

    With `tokens` and `store`, for all replicas together: one logs in, the others take
    what it got.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        tokens: SharedTokens | None = None,
        store: Store | None = None,
        watch: Watch | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._providers = providers
        self._shared = tokens
        self._store = store
        self._watch = watch or Unwatched()
        self._tokens: dict[str, str] = {}
        self._logged_in: dict[str, str] = {}
        self._unshared: set[str] = set()
        self._contests: defaultdict[str, Contest] = defaultdict(lambda: Contest(now))
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def call(
        self, account: Account, ask: Callable[[str], Awaitable[Answer]]
    ) -> Answer:
        """Ask with the account's token; again with a new one if it was voided.

        A token that another replica has shared may have been voided, too: only one that
        comes of a login tells of the credential, and while replicas cannot share theirs
        not even that one: another's login may have voided it. Nor while good tokens of
        the account are voided again and again, as somebody else logs in as the same.

        Raises:
            UnauthorizedError: the upstream refuses the credential.
            UnavailableError: it refuses one token after the other.
        """
        token = await self._token(account, refused=None)
        for _ in range(_MOST_RENEWALS):
            try:
                return await self._ask(account, token, ask)
            except UnauthorizedError:
                renewed = await self._token(account, refused=token)
                if renewed == token:
                    raise
                token = renewed
            if token == self._logged_in.get(account.key):
                break
        try:
            return await self._ask(account, token, ask)
        except UnauthorizedError as error:
            if account.key in self._unshared:
                raise UnavailableError("its token was voided just now") from error
            if not self._contests[account.key].was_good:
                raise
        return await self._contend(account, token, ask)

    async def _ask(
        self, account: Account, token: str, ask: Callable[[str], Awaitable[Answer]]
    ) -> Answer:
        contest = self._contests[account.key]
        try:
            answer = await ask(token)
        except UnauthorizedError:
            contest.note_refused(token, account.provider, account.key[:8])
            raise
        contest.note_good(token)
        return answer

    async def _contend(
        self, account: Account, token: str, ask: Callable[[str], Awaitable[Answer]]
    ) -> Answer:
        """Ask again with new tokens, at times that whoever voids them does not share."""
        for pause_seconds in _PAUSES_SECONDS:
            await asyncio.sleep(random.uniform(0.0, pause_seconds))  # noqa: S311  # no secret
            token = await self._token(account, refused=token)
            try:
                return await self._ask(account, token, ask)
            except UnauthorizedError:
                continue
        if self._contests[account.key].goes_on:
            raise UnavailableError("its tokens are voided at once", status=401)
        raise UnauthorizedError("one new token after the other is refused (401)")

    async def _token(self, account: Account, *, refused: str | None) -> str:
        token = self._tokens.get(account.key)
        if token is not None and token != refused:
            return token
        async with self._locks[account.key]:
            token = self._tokens.get(account.key)
            if token is None or token == refused:
                with budget.lifted():
                    token = await self._renew(account, refused)
                self._tokens[account.key] = token
            return token

    async def _renew(self, account: Account, refused: str | None) -> str:
        """Take the token that another replica has got, or log in as the only one."""
        shared = self._shared
        if shared is None or self._store is None:
            return await self._log_in(account)

        async def look() -> str | None:
            token = await shared.get(account.key)
            return None if token == refused else token

        lease = Lease(self._store, f"login:{account.key}", self._watch)
        try:
            token = await look() or await lease.wait(look) or await look()
            self._unshared.discard(account.key)
            if token is None:
                token = await self._log_in(account)
                await shared.put(account.key, token)
        except StoreError:
            self._unshared.add(account.key)
            token = await self._log_in(account)
        finally:
            await lease.drop()
        return token

    async def _log_in(self, account: Account) -> str:
        provider = account.provider
        try:
            token = await self._providers[provider].login(account.credential)
            _refuse_unsendable(token)
        except UpstreamError as error:
            self._watch.logged_in(provider, to_outcome(error))
            # a redirect says nothing of the credential
            if isinstance(error, RejectedError) and error.status >= _REFUSED:
                raise UnauthorizedError("the login is refused") from error
            raise
        self._watch.logged_in(provider, "ok")
        self._logged_in[account.key] = token
        return token


def _refuse_unsendable(token: str) -> None:
    """Let a token that fits no header be the credential's fault, not the upstream's."""
    if not (token.isascii() and token.isprintable()):
        raise UnauthorizedError("the token cannot be sent in a header")
