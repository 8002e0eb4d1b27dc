"""Media links over HTTP: the bytes, streamed, and what browsers need to be told."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TypeAlias

import structlog
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import ASGIApp, HTTPResponseBodyEvent, Receive, Scope, Send
from msgspec import structs

from gateway.api.answers.bodiless import Bodiless
from gateway.api.answers.filenames import to_disposition
from gateway.api.answers.headers import is_known
from gateway.api.edge.auth import HttpRequest, headers_of
from gateway.jobs.files import FoundFile
from gateway.media.link import Link, LinkSealer
from gateway.media.media import Delivery, MediaReader
from gateway.media.ranges import Range, parse_range
from gateway.media.renditions import Renditions
from gateway.media.sniff import WEBP, Format
from gateway.plugin.errors import GatewayError
from gateway.ports.clock import Clock
from gateway.ports.metrics import Watch

HEADERS: Mapping[str, str] = {
    "accept-ranges": "bytes",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}

_OK, _PARTIAL, _NOT_MODIFIED = 200, 206, 304

Headers: TypeAlias = list[tuple[bytes, bytes]]

log = structlog.get_logger()


class BrokenTransferError(Exception):
    """Ends a transfer so that the client sees that it is not whole."""


def to_handlers(
    media: MediaReader,
    renditions: Renditions,
    sealer: LinkSealer,
    clock: Clock,
    watch: Watch,
) -> list[HTTPRouteHandler]:
    @get("/v1/media/{token:str}/{filename:str}")
    async def get_media(
        request: HttpRequest,
        token: FromPath[str],
        filename: FromPath[str],
    ) -> ASGIApp:
        link = sealer.open(token, clock.now())
        sent, lifetime = headers_of(request), to_lifetime(link, clock.now())
        headers = {**HEADERS, "cache-control": lifetime}
        is_full = link.rendition == "full"
        known = media.find_etag(link) if is_full else link.etag
        if known and sent.get("if-none-match") != "*" and is_known(known, sent):
            await media.check(link)
            return Bodiless(_NOT_MODIFIED, {**headers, "etag": known})
        wanted, if_range = parse_range(sent.get("range")), sent.get("if-range")
        if is_full:
            delivery = await media.deliver(link, wanted, if_range)
        else:
            is_other = if_range not in {None, link.etag}
            content = await renditions.get(link)
            delivery = to_delivery(
                WEBP, link.etag, content, None if is_other else wanted
            )
        headers["etag"] = delivery.etag
        if is_known(delivery.etag, sent):
            await delivery.aclose()
            return Bodiless(_NOT_MODIFIED, headers)
        note = functools.partial(watch.media_sent, link.provider, link.rendition)
        return Streamed(
            {**headers, **_to_told(delivery, filename)},
            structs.replace(delivery, chunks=_noted(delivery.chunks, note)),
        )

    return [get_media]


def to_whole(link: Link, content: bytes, filename: str) -> Headers:
    """Return the headers of a whole rendition, all but for how long it is good."""
    told = _to_told(to_delivery(WEBP, link.etag, content, None), filename)
    return _spell({**HEADERS, "etag": link.etag, **told})


def to_lifetime(link: Link, now: float) -> str:
    """Return for how long a link's bytes are good."""
    seconds = max(0, link.expires_at - int(now))
    return f"private, max-age={seconds}, immutable"


def _spell(headers: Mapping[str, str]) -> Headers:
    return [(k.encode(), v.encode("latin-1")) for k, v in headers.items()]


def to_file(
    found: FoundFile, filename: str, sent: Mapping[str, str], lifetime: str
) -> ASGIApp:
    """Answer with a file at hand, or the part of it that is asked for; or with a 304."""
    headers = {**HEADERS, "cache-control": lifetime, "etag": found.etag}
    if is_known(found.etag, sent):
        return Bodiless(_NOT_MODIFIED, headers)
    is_other = sent.get("if-range") not in {None, found.etag}
    wanted = None if is_other else parse_range(sent.get("range"))
    delivery = to_delivery(found.format, found.etag, found.content, wanted)
    return Streamed({**headers, **_to_told(delivery, filename)}, delivery)


def to_delivery(
    format_: Format, etag: str, content: bytes, wanted: Range | None
) -> Delivery:
    """Send a file at hand, or a range of it."""
    span = None if wanted is None else wanted.resolve(len(content))
    if span is not None:
        content = content[span.first : span.last + 1]
    return Delivery(
        format=format_,
        etag=etag,
        length=len(content),
        span=span,
        chunks=_to_chunks(content),
    )


async def _to_chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _to_told(delivery: Delivery, filename: str) -> dict[str, str]:
    told = {
        "content-type": delivery.format.media_type,
        "content-disposition": to_disposition(filename, delivery.format.suffix),
    }
    if delivery.length is not None:
        told["content-length"] = str(delivery.length)
    if delivery.span is not None:
        told["content-range"] = str(delivery.span)
    return told


class Streamed:
    """An ASGI answer that streams, and ends the upstream's call with the client."""

    def __init__(self, headers: Mapping[str, str], delivery: Delivery) -> None:
        self._status = _OK if delivery.span is None else _PARTIAL
        self._headers = _spell(headers)
        self._delivery = delivery

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": self._status,
                    "headers": self._headers,
                }
            )
            if not scope["state"].get("is_head"):
                await _stream(self._delivery, receive, send)
            await send(_to_message(b"", is_last=True))
        finally:
            await self._delivery.aclose()


async def _stream(delivery: Delivery, receive: Receive, send: Send) -> None:
    """Send chunk by chunk, as fast as the client takes them, while it is there."""
    gone = asyncio.ensure_future(_until_gone(receive))
    sending = asyncio.ensure_future(_send_all(delivery, send))
    try:
        await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        gone.cancel()
        sending.cancel()
        await asyncio.gather(gone, sending, return_exceptions=True)


async def _send_all(delivery: Delivery, send: Send) -> None:
    sent = 0
    try:
        async for chunk in delivery.chunks:
            sent += len(chunk)
            await send(_to_message(chunk, is_last=False))
    except GatewayError as error:
        log.warning("media.broken", reason=str(error), sent_bytes=sent)
        raise BrokenTransferError("the upstream broke off") from None
    if delivery.length is not None and sent != delivery.length:
        log.warning("media.broken", reason="short", sent_bytes=sent)
        raise BrokenTransferError("the upstream sent less than it said")


async def _noted(
    chunks: AsyncIterator[bytes], note: Callable[[int], None]
) -> AsyncIterator[bytes]:
    """Tell of each chunk that is sent."""
    async for chunk in chunks:
        yield chunk
        note(len(chunk))


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _to_message(body: bytes, *, is_last: bool) -> HTTPResponseBodyEvent:
    return {"type": "http.response.body", "body": body, "more_body": not is_last}
