"""The clients that calls go through: httpx on aiohttp's transport, and its sessions."""

import asyncio
import http.cookiejar
import logging
from collections.abc import Callable
from typing import Any, cast

import aiohttp
import httpx
from aiohttp.client_proto import ResponseHandler
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from gateway.adapters.http.certificates import to_context
from gateway.adapters.http.preliminary import without_floods
from gateway.concurrency.timeouts import within
from gateway.ports import sending

_HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip",
    "user-agent": "gallery-gateway",
}
_CONNECT_SECONDS = 3.0


class Sessions:
    """Makes the one aiohttp session, inside the event loop, at its first use.

    It stands where httpx-aiohttp asks for a factory of sessions and gives itself as
    the session: only so do addresses go out as they are spelt, for the session's own
    `request` would unquote parts of what httpx hands over as text.
    """

    def __init__(self, ca_file: str = "", *, is_kept: bool = True) -> None:
        """Keep connections for the next call, or make one for each."""
        self._is_kept = is_kept
        self._session: aiohttp.ClientSession | None = None
        self.ssl_context = to_context(ca_file)

    def __call__(self) -> "Sessions":
        return self

    def request(self, *, url: str, **options: Any) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=without_floods(
                    _Connector(
                        limit=0, ssl=self.ssl_context, force_close=not self._is_kept
                    )
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[] if self._is_kept else [_to_tracing()],
            )
            # by itself it repeats what broke off, on top of our own tries
            self._session._retry_connection = False  # noqa: SLF001
        return self._session.request(url=URL(url, encoded=True), **options)

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


class _Connector(aiohttp.TCPConnector):
    """aiohttp's, whose own time-out would look at the clock alone."""

    async def _wrap_create_connection(
        self, *args: Any, **options: Any
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        async with within(_CONNECT_SECONDS):
            return await super()._wrap_create_connection(*args, **options)


def to_client(sessions: Sessions) -> httpx.AsyncClient:
    """Build a client that keeps no cookies, follows nothing and logs no addresses."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    factory = cast(Callable[[], aiohttp.ClientSession], sessions)
    no_cookies = http.cookiejar.DefaultCookiePolicy(allowed_domains=[])
    return httpx.AsyncClient(
        transport=AiohttpTransport(verify=sessions.ssl_context, client=factory),
        headers=_HEADERS,
        cookies=http.cookiejar.CookieJar(policy=no_cookies),
        timeout=httpx.Timeout(None),  # the whole call has one, and a connection another
        follow_redirects=False,
        trust_env=False,
    )


def _to_tracing() -> aiohttp.TraceConfig:
    """Tell of each call that is about to be written to its connection."""

    async def note(*_: object) -> None:
        sending.note_sent()

    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(note)
    return tracing
