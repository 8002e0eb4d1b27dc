"""An account's token: one login at a time for it, over all replicas, and no more than needed."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from sys import getsizeof
from typing import TypeVar

from gateway.accounts.contests import Contest
from gateway.accounts.credentials import Account
from gateway.accounts.tokens import SharedTokens
from gateway.concurrency.single_flight import SingleFlight
from gateway.coordination import keys
from gateway.coordination.leases import Lease
from gateway.plugin.errors import (
    RejectedError,
    StoreError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from gateway.plugin.provider import Provider
from gateway.ports.caches import Caches, States
from gateway.ports.metrics import LoggedIn, Watch, to_outcome, unwatched
from gateway.ports.stores import Store

Result = TypeVar("Result")

_MOST_RENEWALS = 2
_PAUSES_SECONDS = (0.02, 0.08)
"""How long to wait at most before each further login for an account that was good."""
_SESSION_BYTES = 600
_REFUSED = 400
"""From this status on, an answer to a login refuses the credential."""


class _Session:
    """What is known of one account's logins: its token, and what became of others.

    `is_unshared`: its token could not be shared, so that another replica's login may
    have voided it. `logged_in` is the last token that a login here has brought.
    """

    __slots__ = ("__weakref__", "contest", "is_unshared", "logged_in", "token", "turn")

    def __init__(self, now: Callable[[], float]) -> None:
        self.token: str | None = None
        self.logged_in: str | None = None
        self.is_unshared = False
        self.contest = Contest(now)
        self.turn = asyncio.Lock()

    def other_than(self, refused: str | None) -> str | None:
        """Return the token, unless that is the refused one."""
        return None if self.token == refused else self.token


class Logins:
    """Keeps each account's token, and logs in anew only when it is refused.

    With `tokens` and `store`, for all replicas together: one logs in, the others take
    what it got. Accounts that were used longest ago are forgotten for others.
    """

    def __init__(  # noqa: PLR0913  # each one is a part
        self,
        providers: Mapping[str, Provider],
        tokens: SharedTokens | None = None,
        store: Store | None = None,
        watch: Watch = unwatched,
        now: Callable[[], float] = time.monotonic,
        *,
        caches: Caches | None = None,
    ) -> None:
        self._providers = providers
        self._shared = tokens
        self._store = store
        self._watch = watch
        self._renewing = SingleFlight[str]()
        self._sessions: States[_Session] = States(
            (caches or Caches()).make("logins", _to_bytes), lambda: _Session(now)
        )

    async def call(
        self, account: Account, ask: Callable[[str], Awaitable[Result]]
    ) -> Result:
        """Ask with the account's token; again with a new one if it was voided.

        A token that another replica has shared may have been voided, too: only one that
        comes of a login tells of the credential, and while replicas cannot share theirs
        not even that one: another's login may have voided it. Nor while good tokens of
        the account are voided again and again, as somebody else logs in as the same.

        Raises:
            UnauthorizedError: the upstream refuses the credential.
            UnavailableError: it refuses one token after the other.
        """
        session = self._sessions.at(account.key)
        token = await self._token(account, session, refused=None)
        for _ in range(_MOST_RENEWALS):
            try:
                return await self._ask(account, session, token, ask)
            except UnauthorizedError:
                renewed = await self._token(account, session, refused=token)
                if renewed == token:
                    raise
                token = renewed
            if token == session.logged_in:
                break
        try:
            return await self._ask(account, session, token, ask)
        except UnauthorizedError as error:
            if session.is_unshared:
                raise UnavailableError(
                    "its token was voided just now", status=401
                ) from error
            if not session.contest.was_good:
                raise
        return await self._contend(account, session, token, ask)

    async def _ask(
        self,
        account: Account,
        session: _Session,
        token: str,
        ask: Callable[[str], Awaitable[Result]],
    ) -> Result:
        try:
            answer = await ask(token)
        except UnauthorizedError:
            session.contest.note_refused(token, account.provider, account.key[:8])
            raise
        session.contest.note_good(token)
        return answer

    async def _contend(
        self,
        account: Account,
        session: _Session,
        token: str,
        ask: Callable[[str], Awaitable[Result]],
    ) -> Result:
        """Ask again with new tokens, at times that whoever voids them does not share."""
        for pause_seconds in _PAUSES_SECONDS:
            await asyncio.sleep(random.uniform(0.0, pause_seconds))  # noqa: S311  # no secret
            token = await self._token(account, session, refused=token)
            try:
                return await self._ask(account, session, token, ask)
            except UnauthorizedError:
                continue
        if session.contest.goes_on:
            raise UnavailableError("its tokens are voided at once", status=401)
        raise UnauthorizedError("one new token after the other is refused (401)")

    async def _token(
        self, account: Account, session: _Session, *, refused: str | None
    ) -> str:
        """Return a token other than the refused one, if there is another to be had.

        Each in its turn: who comes after a login takes what it has brought, but not its
        failure, which may have been another's fault, or be mended since.
        """
        token = session.other_than(refused)
        if token is not None:
            return token
        async with session.turn:
            left = self._renewing.find(session)
            if left is not None:  # whoever began it waits for it no longer
                await asyncio.wait({left})
            token = session.other_than(refused)
            if token is not None:
                return token
            return await self._renewing.share(
                session, lambda: self._renew(account, session, refused)
            )

    async def aclose(self) -> None:
        """End the logins under way."""
        await self._renewing.aclose()

    async def _renew(
        self, account: Account, session: _Session, refused: str | None
    ) -> str:
        token = await self._find_or_log_in(account, session, refused)
        session.token = token
        self._sessions.weigh(account.key, session)
        return token

    async def _find_or_log_in(
        self, account: Account, session: _Session, refused: str | None
    ) -> str:
        """Take the token that another replica has got, or log in as the only one."""
        shared = self._shared
        if shared is None or self._store is None:
            return await self._log_in(account, session)

        async def look() -> str | None:
            token = await shared.get(account.key)
            return None if token == refused else token

        lease = Lease(self._store, keys.login(account.key), self._watch)
        try:
            token = await look() or await lease.wait(look) or await look()
            session.is_unshared = False
            if token is None:
                token = await self._log_in(account, session)
                await shared.put(account.key, token)
        except StoreError:
            session.is_unshared = True
            token = await self._log_in(account, session)
        finally:
            await lease.drop()
        return token

    async def _log_in(self, account: Account, session: _Session) -> str:
        provider = account.provider
        try:
            token = await self._providers[provider].login(account.credential)
            _refuse_unsendable(token)
        except UpstreamError as error:
            self._watch(LoggedIn(provider, to_outcome(error)))
            # a redirect says nothing of the credential
            if isinstance(error, RejectedError) and error.status >= _REFUSED:
                raise UnauthorizedError("the login is refused") from error
            raise
        self._watch(LoggedIn(provider, "ok"))
        session.logged_in = token
        return token


def _to_bytes(key: str, session: _Session) -> int:
    """Count a token once: `logged_in` and the contest's good one are mostly the same."""
    return _SESSION_BYTES + getsizeof(key) + getsizeof(session.token)


def _refuse_unsendable(token: str) -> None:
    """Let a token that fits no header be the credential's fault, not the upstream's."""
    if not (token.isascii() and token.isprintable()):
        raise UnauthorizedError("the token cannot be sent in a header")
