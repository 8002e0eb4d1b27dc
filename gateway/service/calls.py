"""A plugin's call on behalf of an account: its token, and what becomes of its errors."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import structlog

from gateway.core.errors import GatewayError, MisbehavedError, UpstreamError
from gateway.core.model import GalleryItem
from gateway.core.ports import Listing, PageKey, Provider, UpstreamPage
from gateway.service.credentials import Account, Logins
from gateway.service.health import Health

Answer = TypeVar("Answer")

log = structlog.get_logger()


class Calls:
    """Calls providers; each method raises `UpstreamError` where one cannot answer."""

    def __init__(
        self, providers: Mapping[str, Provider], logins: Logins, health: Health
    ) -> None:
        self._providers = providers
        self._logins = logins
        self._health = health

    async def read(
        self, account: Account, listing: Listing, page: PageKey
    ) -> UpstreamPage:
        provider = self._providers[account.provider]
        return await self._ask(
            account, lambda token: provider.read(token, listing, page)
        )

    async def look_up(self, account: Account, native_id: str) -> GalleryItem | None:
        provider = self._providers[account.provider]
        return await self._ask(
            account, lambda token: provider.look_up(token, native_id)
        )

    async def _ask(
        self, account: Account, ask: Callable[[str], Awaitable[Answer]]
    ) -> Answer:
        try:
            answer = await self._logins.call(account, ask)
        except UpstreamError as error:
            self._health.note_failure(account.provider, error)
            raise
        except GatewayError:
            raise
        except Exception as error:  # foreign code ends here
            log.exception("plugin.failed", provider=account.provider)
            misbehaved = MisbehavedError("the plugin could not read the answer")
            self._health.note_failure(account.provider, misbehaved)
            raise misbehaved from error
        self._health.note_success(account.provider)
        return answer
