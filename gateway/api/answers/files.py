"""Files as answers: whole or in part, streamed, and what browsers need to be told."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import structlog
from litestar.types import ASGIApp, HTTPResponseBodyEvent, Receive, Scope, Send

from gateway.api.answers.conditions import is_known, to_unchanged
from gateway.api.answers.plain import Headers, spell
from gateway.api.context import context_of
from gateway.api.views.filenames import to_disposition
from gateway.concurrency.tasks import begin_within
from gateway.jobs.files import FoundFile
from gateway.media.content.ranges import Range, parse_range
from gateway.media.content.sniff import WEBP, Format
from gateway.media.link import Link
from gateway.media.media import Delivery
from gateway.plugin.errors import GatewayError

HEADERS: Mapping[str, str] = {
    "accept-ranges": "bytes",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}

_OK, _PARTIAL = 200, 206

log = structlog.get_logger()


class BrokenTransferError(Exception):
    """Ends a transfer so that the client sees that it is not whole."""


def to_whole(link: Link, content: bytes, filename: str) -> Headers:
    """Return the headers of a whole rendition, all but for how long it is good."""
    own = describe(to_delivery(WEBP, link.etag, content, None), filename)
    return spell({**HEADERS, "etag": link.etag, **own})


def to_lifetime(link: Link, now: float) -> str:
    """Return for how long a link's bytes are good."""
    seconds = max(0, link.expires_at - int(now))
    return f"private, max-age={seconds}, immutable"


def to_file(
    found: FoundFile, filename: str, sent: Mapping[str, str], lifetime: str
) -> ASGIApp:
    """Answer with a file at hand, or the part of it that is asked for; or with a 304."""
    headers = {**HEADERS, "cache-control": lifetime, "etag": found.etag}
    if is_known(found.etag, sent):
        return to_unchanged(spell(headers))
    is_other = sent.get("if-range") not in {None, found.etag}
    wanted = None if is_other else parse_range(sent.get("range"))
    delivery = to_delivery(found.format, found.etag, found.content, wanted)
    return Streamed({**headers, **describe(delivery, filename)}, delivery)


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


def describe(delivery: Delivery, filename: str) -> dict[str, str]:
    headers = {
        "content-type": delivery.format.media_type,
        "content-disposition": to_disposition(filename, delivery.format.suffix),
    }
    if delivery.length is not None:
        headers["content-length"] = str(delivery.length)
    if delivery.span is not None:
        headers["content-range"] = str(delivery.span)
    return headers


class Streamed:
    """An ASGI answer that streams, and ends the upstream's call with the client."""

    def __init__(self, headers: Mapping[str, str], delivery: Delivery) -> None:
        self._status = _OK if delivery.span is None else _PARTIAL
        self._headers = spell(headers)
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
            if not context_of(scope).is_head:
                await _stream(self._delivery, receive, send)
            await send(_to_message(b"", is_last=True))
        finally:
            await self._delivery.aclose()


async def _stream(delivery: Delivery, receive: Receive, send: Send) -> None:
    """Send chunk by chunk, as fast as the client takes them, while it is there."""
    gone = begin_within(_until_gone(receive))
    sending = begin_within(_send_all(delivery, send))
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


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _to_message(body: bytes, *, is_last: bool) -> HTTPResponseBodyEvent:
    return {"type": "http.response.body", "body": body, "more_body": not is_last}
