"""Media links over HTTP: the bytes of what they stand for."""

from collections.abc import AsyncIterator, Callable

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import ASGIApp
from msgspec import structs

from gateway.api.answers.conditions import is_known, to_unchanged
from gateway.api.answers.files import (
    HEADERS,
    Streamed,
    describe,
    to_delivery,
    to_lifetime,
)
from gateway.api.answers.plain import spell
from gateway.api.context import HttpRequest, headers_of
from gateway.media.content.ranges import parse_range
from gateway.media.content.sniff import WEBP
from gateway.media.link import LinkSealer
from gateway.media.media import MediaReader
from gateway.media.renditions import Renditions
from gateway.ports.clock import Clock
from gateway.ports.metrics import MediaSent, Watch


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
            return to_unchanged(spell({**headers, "etag": known}))
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
            return to_unchanged(spell(headers))

        def note(size_bytes: int) -> None:
            watch(MediaSent(link.provider, link.rendition, size_bytes))

        return Streamed(
            {**headers, **describe(delivery, filename)},
            structs.replace(delivery, chunks=_noted(delivery.chunks, note)),
        )

    return [get_media]


async def _noted(
    chunks: AsyncIterator[bytes], note: Callable[[int], None]
) -> AsyncIterator[bytes]:
    """Tell of each chunk that is sent."""
    async for chunk in chunks:
        yield chunk
        note(len(chunk))
