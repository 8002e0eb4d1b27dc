"""A plugin's call on behalf of an account: its token, and what becomes of its errors."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar, cast

import structlog

from gateway.accounts.breakers import Breakers
from gateway.accounts.credentials import Account, Logins
from gateway.accounts.health import Health
from gateway.concurrency.aside import MEDIUM, SMALL, aside, let_go
from gateway.plugin.decoding import Translation
from gateway.plugin.errors import GatewayError, MisbehavedError, UpstreamError
from gateway.plugin.provider import (
    Deleting,
    Entry,
    Listing,
    PageKey,
    Provider,
    UpstreamPage,
)

Answer = TypeVar("Answer")

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
        provider = self._providers[account.provider]
        return await self._ask(
            account, lambda token: provider.look_up(token, native_id)
        )

    async def delete(self, account: Account, native_id: str) -> None:
        provider = cast("Deleting", self._providers[account.provider])
        await self._ask(account, lambda token: provider.delete(token, native_id))

    async def fetch(
        self, account: Account, ask: Callable[[str], Awaitable[Answer]]
    ) -> Answer:
        """Fetch media with an account's token; how that fares opens no breaker.

        Raises:
            UpstreamError: it could not be fetched.
        """
        return await self._logins.call(account, ask)

    async def _ask(
        self, account: Account, ask: Callable[[str], Awaitable[Answer]]
    ) -> Answer:
        provider = account.provider
        async with self._breakers.admitted(provider):
            try:
                answer = await self._try(account, ask)
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
        self, account: Account, ask: Callable[[str], Awaitable[Answer]]
    ) -> Answer:
        try:
            return await self._logins.call(account, ask)
        except GatewayError:
            raise
        except Exception as error:  # foreign code ends here
            log.exception("plugin.failed", provider=account.provider)
            raise MisbehavedError("the plugin could not read the answer") from error


def _is_understood(entries: Sequence[Entry]) -> bool:
    """Return whether there is an item, or nothing at all; this translates them."""
    is_empty = True
    for entry in entries:
        if entry.item is not None:
            return True
        is_empty = False
    return is_empty
