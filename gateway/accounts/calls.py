"""A plugin's call on behalf of an account: its token, and what becomes of its errors."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import structlog

from gateway.accounts.breakers import Breakers
from gateway.accounts.credentials import Account
from gateway.accounts.health import Health
from gateway.accounts.logins import Logins
from gateway.concurrency.aside import MEDIUM, SMALL, aside, let_go
from gateway.plugin.errors import (
    CallerError,
    GatewayError,
    MisbehavedError,
    OutcomeUnknownError,
    RefusedError,
    UnauthorizedError,
    UnsupportedByProviderError,
    UpstreamError,
)
from gateway.plugin.foreign.decoding import Translation
from gateway.plugin.operations import Access
from gateway.plugin.provider import (
    Deletes,
    Entry,
    Listing,
    LooksUp,
    PageKey,
    Provider,
    UpstreamPage,
)
from gateway.ports import sending

Result = TypeVar("Result")

_BAD_REQUEST, _TOO_MANY, _SERVER_FAULT = 400, 429, 500

log = structlog.get_logger()


class Calls:
    """Calls providers; each method raises `UpstreamError` where one cannot answer."""

    def __init__(
        self,
        providers: Mapping[str, Provider],
        logins: Logins,
        health: Health,
        breakers: Breakers,
    ) -> None:
        self._providers = providers
        self._breakers = breakers
        self._logins = logins
        self._health = health

    async def read(
        self, account: Account, listing: Listing, page: PageKey
    ) -> UpstreamPage:
        provider = self._providers[account.provider]

        async def read(token: str) -> UpstreamPage:
            found = await provider.read(token, listing, page)
            entries, weight = found.entries, SMALL
            if isinstance(entries, Translation):
                weight = entries.weigh(MEDIUM)
            if not await aside(weight, lambda: _is_understood(entries)):
                let_go(list(entries))
                raise MisbehavedError("no entry of the page could be understood")
            return found

        return await self._ask(account, read)

    async def look_up(self, account: Account, native_id: str) -> Entry | None:
        """Find one item.

        Raises:
            UnsupportedByProviderError: the provider has no look-up.
        """
        provider = self._providers[account.provider]
        if not isinstance(provider, LooksUp):
            raise UnsupportedByProviderError("the provider has no look-up")
        return await self._ask(
            account, lambda token: provider.look_up(token, native_id)
        )

    async def delete(self, account: Account, native_id: str) -> None:
        """Delete one item.

        Raises:
            UnsupportedByProviderError: the provider cannot delete.
        """
        provider = self._providers[account.provider]
        if not isinstance(provider, Deletes):
            raise UnsupportedByProviderError("the provider cannot delete")
        await self._ask(account, lambda token: provider.delete(token, native_id))

    async def operate(
        self,
        account: Account,
        ask: Callable[[Access], Awaitable[Result]],
        *,
        needs_login: bool = True,
    ) -> Result:
        """Carry out an operation, or ask after its job, on behalf of an account.

        Raises:
            RefusedError: the upstream refuses it, which opens no breaker.
            CallerError: the plugin refuses what was sent.
            OutcomeUnknownError: it may have been carried out, or not.
        """

        async def run(token: str) -> Result | RefusedError:
            access = Access(credential=account.credential, token=token)
            return await _to_answer_or_refusal(ask, access)

        answer = await self._ask(account, run, needs_login=needs_login)
        if isinstance(answer, RefusedError):
            raise answer
        return answer

    async def fetch(
        self, account: Account, ask: Callable[[str], Awaitable[Result]]
    ) -> Result:
        """Fetch media with an account's token; how that fares opens no breaker.

        Raises:
            UpstreamError: it could not be fetched.
        """
        return await self._logins.call(account, ask)

    async def _ask(
        self,
        account: Account,
        ask: Callable[[str], Awaitable[Result]],
        *,
        needs_login: bool = True,
    ) -> Result:
        provider = account.provider
        async with self._breakers.admitted(provider):
            try:
                answer = await self._try(account, ask, needs_login=needs_login)
            except UpstreamError as error:
                self._health.note_failure(account, error)
                log.warning(
                    "provider.failed",
                    provider=provider,
                    code=error.code,
                    reason=str(error),
                )
                raise
            self._health.note_success(provider)
        return answer

    async def _try(
        self,
        account: Account,
        ask: Callable[[str], Awaitable[Result]],
        *,
        needs_login: bool,
    ) -> Result:
        try:
            if needs_login:
                return await self._logins.call(account, ask)
            return await ask("")
        except GatewayError:
            raise
        except Exception as error:  # foreign code ends here
            log.exception("plugin.failed", provider=account.provider)
            raise MisbehavedError("the plugin could not read the answer") from error


async def _to_answer_or_refusal(
    ask: Callable[[Access], Awaitable[Result]], access: Access
) -> Result | RefusedError:
    """Ask once; tell a refusal from a failure, and both from what nobody knows.

    Raises:
        OutcomeUnknownError: it was sent, and what became of it cannot be told.
    """
    with sending.watched() as sent:
        try:
            return await ask(access)
        except UpstreamError as error:
            if isinstance(error, UnauthorizedError) or error.status == _TOO_MANY:
                raise
            status = error.status or 0
            if _BAD_REQUEST <= status < _SERVER_FAULT:
                return (
                    error if isinstance(error, RefusedError) else RefusedError(status)
                )
            if sent.may_have_changed:
                raise OutcomeUnknownError(str(error), status=error.status) from error
            raise
        except CallerError:
            raise
        except Exception as error:
            if sent.may_have_changed:
                log.exception("plugin.failed")
                raise OutcomeUnknownError(
                    "the plugin could not read the answer"
                ) from error
            raise


def _is_understood(entries: Sequence[Entry]) -> bool:
    """Return whether there is an item, or nothing at all; this translates them."""
    is_empty = True
    for entry in entries:
        if entry.item is not None:
            return True
        is_empty = False
    return is_empty
