"""One provider's media over HTTP: streamed, from allowed addresses alone.

Like `upstream`, this is a boundary: no foreign error leaves it, and no text of an error
holds an address.
"""

import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpcore
import httpx
from msgspec import Struct, structs

from gateway.adapters.files.guard import Hosts, to_guarded
from gateway.adapters.files.sockets import Resolve, resolve
from gateway.adapters.files.streaming import Streaming
from gateway.adapters.http.calling import Around, unwatched
from gateway.adapters.http.inflating import ENCODINGS, inflate_if_packed
from gateway.adapters.http.reasons import to_reason
from gateway.concurrency.timeouts import within
from gateway.media.content.ranges import parse_size
from gateway.media.content.validators import Validators
from gateway.media.files import MediaCall
from gateway.plugin.errors import (
    ForbiddenAddressError,
    MisbehavedError,
    RangeNotSatisfiableError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
)

MOST_REDIRECTS = 3

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PART = 206
_FOUND = frozenset({200, _PART})
_HUNG_UP = "Server disconnected"
"""How httpcore begins to tell of a connection that ended before an answer."""
_BROKEN = (
    httpcore.ReadError,
    httpcore.WriteError,
    httpcore.RemoteProtocolError,
)
_UNAUTHORIZED, _NOT_SATISFIABLE, _SERVER_FAULT = 401, 416, 500
_PASSING = frozenset({408, 425, 429})


class Fetching(Struct, frozen=True, kw_only=True):
    """Where one provider's media may come from, and how long each step may take."""

    base_url: str
    media_hosts: tuple[str, ...]
    allow_private_addresses: bool
    timeout_seconds: float
    ca_file: str = ""


class Fetch:
    """The `MediaHttp` port for one provider; `to_addresses` finds a host's addresses.

    `around` is what each call runs within, to its answer's head.
    """

    def __init__(
        self,
        fetching: Fetching,
        to_addresses: Resolve = resolve,
        around: Around = unwatched,
    ) -> None:
        self._around = around
        self._base_url = fetching.base_url.rstrip("/")
        self._hosts = Hosts(fetching.base_url, fetching.media_hosts)
        self._timeout_seconds = fetching.timeout_seconds
        if not fetching.allow_private_addresses:
            to_addresses = to_guarded(to_addresses)
        self._transport = Streaming(to_addresses, fetching.ca_file)
        self._client = httpx.AsyncClient(
            transport=self._transport,
            headers={"user-agent": "gallery-gateway"},
            timeout=fetching.timeout_seconds,
            trust_env=False,
        )

    async def open(self, call: MediaCall) -> "FileResponse":
        address, token = call.address, call.token
        if address.startswith("/") and not address.startswith("//"):
            address = self._base_url + address
        for _ in range(MOST_REDIRECTS + 1):
            url = self._hosts.check(address)
            answer = await self._send(url, call, token)
            if _is_packed_part(answer):  # of no use: it is unpacked from its beginning
                await answer.aclose()
                answer = await self._send(url, structs.replace(call, range=None), token)
            if answer.status_code not in _REDIRECTS:
                return await _to_answer(answer)
            await answer.aclose()
            address = _to_next(url, answer.headers.get("location", ""))
            if not self._hosts.is_base(httpx.URL(address)):
                token = None
        raise ForbiddenAddressError("too many redirects")

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _send(
        self, url: httpx.URL, call: MediaCall, token: str | None
    ) -> httpx.Response:
        headers = {"accept": "*/*", "accept-encoding": "identity"}
        if token is not None and self._hosts.is_base(url):
            headers["authorization"] = f"Bearer {token}"
        if call.range is not None:
            headers["range"] = call.range
        with self._around("GET") as more, _translating():
            headers |= more
            async with within(self._timeout_seconds):
                request = self._client.build_request("GET", url, headers=headers)
                # not by the client, which has views of its own on redirects
                with contextlib.suppress(*_BROKEN):
                    return await self._transport.handle_async_request(request)
                # a kept connection may end as it is used again
                return await self._transport.handle_async_request(request)


class FileResponse:
    """The `MediaAnswer` port: an answer whose head has been read.

    One that says it is packed with gzip is unpacked if its bytes say so, too: then
    nobody knows its length.
    """

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        self.status = answer.status_code
        self._may_be_packed = _says_packed(answer)
        self.content_range: str | None = answer.headers.get("content-range")
        self.validators = Validators(
            etag=answer.headers.get("etag"),
            last_modified=answer.headers.get("last-modified"),
            date=answer.headers.get("date"),
        )
        length = answer.headers.get("content-length", "")
        is_number = length.isascii() and length.isdigit()
        self.size = int(length) if is_number and not self._may_be_packed else None

    async def chunks(self) -> AsyncIterator[bytes]:
        with _translating():
            chunks = self._answer.aiter_raw()
            if self._may_be_packed:
                chunks = inflate_if_packed(chunks)
            async for chunk in chunks:
                yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()


def _says_packed(answer: httpx.Response) -> bool:
    return answer.headers.get("content-encoding", "").strip().lower() in ENCODINGS


def _is_packed_part(answer: httpx.Response) -> bool:
    return answer.status_code == _PART and _says_packed(answer)


def _to_next(url: httpx.URL, location: str) -> str:
    try:
        return str(url.join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise ForbiddenAddressError("a redirect to no address at all") from error


async def _to_answer(answer: httpx.Response) -> FileResponse:
    try:
        _check(answer)
    except BaseException:
        await answer.aclose()
        raise
    return FileResponse(answer)


def _check(answer: httpx.Response) -> None:
    status = answer.status_code
    if status in _FOUND:
        return
    if status == _UNAUTHORIZED:
        raise UnauthorizedError("the credential is refused (401)")
    if status == _NOT_SATISFIABLE:
        size = parse_size(answer.headers.get("content-range"))
        if size is not None:
            raise RangeNotSatisfiableError(size)
    if status in _PASSING or status >= _SERVER_FAULT:
        raise UnavailableError(f"it answered {status}", status=status)
    raise RejectedError(f"it answered {status}", status=status)


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, OSError) as error:
        raise UnavailableError(to_reason(error)) from None
    except httpcore.RemoteProtocolError as error:
        if str(error).startswith(_HUNG_UP):
            raise UnavailableError(to_reason(error)) from None
        raise MisbehavedError("the answer is not proper HTTP") from None
    except (httpcore.LocalProtocolError, httpx.InvalidURL, ValueError):
        raise MisbehavedError("the exchange cannot be spelt as HTTP") from None
