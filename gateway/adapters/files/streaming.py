"""httpx over httpcore for files: streamed step by step, over connections of our own."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import cast

import httpcore
import httpx

from gateway.adapters.files.sockets import Network, Resolve, Steps
from gateway.adapters.http.certificates import to_context

_IDLE_CONNECTIONS = 20
_IDLE_SECONDS = 15.0


class Streaming(httpx.AsyncBaseTransport):
    """A transport whose answers take no more memory together than one alone.

    Errors are httpcore's own, and what `to_addresses` raises.
    """

    def __init__(self, to_addresses: Resolve, ca_file: str = "") -> None:
        self._steps = Steps()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=to_context(ca_file),
            max_connections=None,
            max_keepalive_connections=_IDLE_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=Network(self._steps, to_addresses),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme,
                    host=url.raw_host,
                    port=url.port,
                    target=url.raw_path,
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer, self._steps),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    """An answer's bytes; it counts as open until it is closed."""

    def __init__(self, answer: httpcore.Response, steps: Steps) -> None:
        self._answer = answer
        self._steps = steps
        self._is_open = True
        steps.open()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in cast(AsyncIterable[bytes], self._answer.stream):
            yield chunk

    async def aclose(self) -> None:
        if self._is_open:
            self._is_open = False
            self._steps.close()
        await self._answer.aclose()
