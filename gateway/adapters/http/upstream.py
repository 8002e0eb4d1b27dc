"""Calls to one provider: httpx on aiohttp's transport, bounded in time and size.

This is the boundary where the libraries' errors become `gateway.plugin.errors`. The
texts of those never hold an address; the foreign error that caused one may, so its
text is for nobody's log.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime

import aiohttp
import httpx
import msgspec
from aiohttp.http_exceptions import HttpProcessingError
from msgspec import Struct

from gateway.adapters.http.calling import Around, unwatched
from gateway.adapters.http.inflating import ENCODINGS, inflate
from gateway.adapters.http.reasons import to_reason
from gateway.adapters.http.retry import repeat
from gateway.adapters.http.sessions import Sessions, to_client
from gateway.adapters.http.uploads import UploadBody
from gateway.concurrency.timeouts import within
from gateway.plugin.errors import (
    MisbehavedError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
)
from gateway.plugin.provider import HttpAnswer, HttpCall
from gateway.ports import sending
from gateway.ports.clock import Clock

LIST_LIMIT_BYTES = 64 * 2**20

_UNAUTHORIZED = 401
_PASSING = frozenset({408, 429})
_REDIRECTED = 300
_SEE_OTHER = frozenset({301, 302, 303})
"""What may lead to the outcome of what was done."""
_SERVER_FAULT = 500
_NOT_NOW = 503
_DAY_SECONDS = 86_400.0
_REFUSAL_BYTES = 2**16
"""How much is read of what a refusal says."""


class ResponseLimits(Struct, frozen=True, kw_only=True):
    """What calls to one provider may take.

    `timeout_seconds` bounds one call from connecting to the answer's last byte; to
    wait for one of the `max_concurrency` places comes before that. A call that may be
    repeated is, within `retry_seconds`. `body_bytes` holds for the body as it is sent
    and as it is once decompressed.
    """

    timeout_seconds: float
    max_concurrency: int
    retry_seconds: float = 0.0
    body_bytes: int = LIST_LIMIT_BYTES


class Upstream:
    """The `Http` port for one provider; `pace` is waited for before each call.

    `around` is what each try runs within. The certificates of `ca_file` are trusted
    beside the system's.
    """

    def __init__(  # noqa: PLR0913  # each one is a part
        self,
        base_url: str,
        limits: ResponseLimits,
        clock: Clock,
        pace: Callable[[], Awaitable[None]] | None = None,
        around: Around = unwatched,
        *,
        ca_file: str = "",
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._limits = limits
        self._places = asyncio.Semaphore(limits.max_concurrency)
        self._clock = clock
        self._pace = pace
        self._around = around
        self._sessions = Sessions(ca_file)
        self._client = to_client(self._sessions)
        # what a connection that was kept has lost may have been carried out
        self._fresh_sessions = Sessions(ca_file, is_kept=False)
        self._fresh_client = to_client(self._fresh_sessions)

    async def send(self, call: HttpCall) -> HttpAnswer:
        if not call.may_be_repeated or sending.is_once():
            return await self._send(call)
        return await repeat(
            lambda: self._send(call), most_seconds=self._limits.retry_seconds
        )

    async def _send(self, call: HttpCall) -> HttpAnswer:
        if self._pace is not None:
            await self._pace()
        with self._around(call.method) as headers:
            return await self._try(call, headers)

    async def _try(self, call: HttpCall, headers: Mapping[str, str]) -> HttpAnswer:
        try:
            async with self._places, within(self._limits.timeout_seconds):
                return await self._exchange(call, headers)
        except (httpx.TimeoutException, httpx.NetworkError, OSError) as error:
            raise UnavailableError(to_reason(error)) from error
        except (httpx.HTTPError, aiohttp.ClientError, HttpProcessingError) as error:
            raise MisbehavedError("the answer is not proper HTTP") from error
        except (httpx.InvalidURL, ValueError) as error:
            raise MisbehavedError("the exchange cannot be spelt as HTTP") from error

    async def aclose(self) -> None:
        await self._client.aclose()
        await self._sessions.aclose()
        await self._fresh_client.aclose()
        await self._fresh_sessions.aclose()

    async def _exchange(self, call: HttpCall, headers: Mapping[str, str]) -> HttpAnswer:
        request = self._to_request(call, headers)
        client = self._client if call.may_be_repeated else self._fresh_client
        answer = await client.send(request, stream=True, auth=_to_auth(call))
        try:
            await self._check(call, answer)
            return HttpAnswer(
                status=answer.status_code,
                headers=dict(answer.headers),
                body=await self._read(answer),
            )
        finally:
            await answer.aclose()

    def _to_request(self, call: HttpCall, more: Mapping[str, str]) -> httpx.Request:
        headers = dict(more)
        if call.token is not None:
            headers["authorization"] = f"Bearer {call.token}"
        content: bytes | UploadBody | None = None
        if call.json is not None:
            headers["content-type"] = "application/json"
            content = msgspec.json.encode(call.json)
        elif call.upload is not None:
            content = UploadBody(call.upload)
            headers |= content.headers
        return self._client.build_request(
            call.method,
            self._base_url + call.path,
            params=call.params or None,
            headers=headers,
            content=content,
        )

    async def _check(self, call: HttpCall, answer: httpx.Response) -> None:
        status = answer.status_code
        if status < _REDIRECTED:
            return
        if not call.may_be_repeated and _is_refused(status):
            sending.note_refused()
        if status == _UNAUTHORIZED:
            raise UnauthorizedError("the credential is refused (401)", status=status)
        if status in _PASSING or status >= _SERVER_FAULT:
            raise UnavailableError(
                f"it answered {status}",
                status=status,
                retry_after_seconds=to_seconds(
                    answer.headers.get("retry-after"), self._clock.now()
                ),
            )
        raise RejectedError(
            f"it answered {status}", status=status, body=await _read_refusal(answer)
        )

    async def _read(self, answer: httpx.Response) -> bytes:
        chunks = answer.aiter_raw()
        match answer.headers.get("content-encoding", "identity").strip().lower():
            case "identity" | "":
                pass
            case "gzip" | "x-gzip":
                chunks = inflate(_bound(chunks, self._limits.body_bytes))
            case _:
                raise MisbehavedError("the answer is packed in an unknown way")
        return b"".join(
            [chunk async for chunk in _bound(chunks, self._limits.body_bytes)]
        )


def _is_refused(status: int) -> bool:
    """Return whether it says that nothing was carried out."""
    return (status < _SERVER_FAULT or status == _NOT_NOW) and status not in _SEE_OTHER


async def _read_refusal(answer: httpx.Response) -> bytes:
    """Return how a refusal's words begin; what cannot be read says nothing."""
    body = b""
    chunks = answer.aiter_raw()
    if answer.headers.get("content-encoding", "").strip().lower() in ENCODINGS:
        chunks = inflate(chunks)
    with suppress(httpx.HTTPError, aiohttp.ClientError, OSError, MisbehavedError):
        async for chunk in chunks:
            body += chunk
            if len(body) >= _REFUSAL_BYTES:
                break
    return body[:_REFUSAL_BYTES]


def _to_auth(call: HttpCall) -> httpx.BasicAuth | None:
    return None if call.basic is None else httpx.BasicAuth(*call.basic)


async def _bound(
    chunks: AsyncIterator[bytes], limit_bytes: int
) -> AsyncIterator[bytes]:
    """Pass chunks on until they are more than the limit."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit_bytes:
            raise MisbehavedError("the answer is too large")
        yield chunk


def to_seconds(retry_after: str | None, now: float) -> float | None:
    """Read a `Retry-After`, seconds or an HTTP date, up to a day; None if neither."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return min(float(retry_after), _DAY_SECONDS)
    try:
        moment = parsedate_to_datetime(retry_after).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(moment - now, 0.0), _DAY_SECONDS)
