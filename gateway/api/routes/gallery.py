"""The gallery's pages and items over HTTP."""

from collections.abc import Iterable, Mapping
from functools import partial

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp
from msgspec import structs

from gateway.api.answers.collapsing import Collapsing
from gateway.api.answers.conditions import to_etag_aside
from gateway.api.answers.headers import (
    to_age,
    to_forward,
    to_hit,
    to_link,
    to_timing,
    to_wait,
    wants_anew,
)
from gateway.api.answers.plain import spell
from gateway.api.answers.rendered import Rendered, RenderedPages, to_audience
from gateway.api.caller import READ, WRITE, Caller
from gateway.api.context import HttpRequest, headers_of
from gateway.api.edge.auth import Keyring
from gateway.api.parameters.gallery import parse
from gateway.api.views.links import Links
from gateway.api.views.view import to_listed, to_view
from gateway.gallery.gallery import Answer, Gallery
from gateway.gallery.run import Ask
from gateway.media.link import to_boundary, to_expiry
from gateway.plugin.model import GalleryItem, GalleryPage
from gateway.plugin.times import from_epoch_ms
from gateway.ports.clock import Clock


def to_handlers(  # noqa: PLR0913  # each one is a part
    gallery: Gallery,
    rendered: RenderedPages,
    keyring: Keyring,
    clock: Clock,
    links: Links,
    *,
    collapsing: Collapsing[tuple[Answer, Rendered]],
) -> list[HTTPRouteHandler]:
    @get("/v1/gallery")
    async def list_gallery(request: HttpRequest) -> ASGIApp:
        caller = keyring.authorize(headers_of(request), READ)
        raw: bytes = request.scope["query_string"]
        wait, is_anew = to_wait(headers_of(request)), wants_anew(headers_of(request))
        (answer, page), is_joined = await collapsing.make(
            (to_audience(caller), raw, wait, is_anew),
            gallery.validities(caller.tenant),
            partial(render, caller, raw, wait, is_anew=is_anew),
        )
        headers = to_timing(answer, is_kept=False) | (
            to_hit(answer.fresh_until, clock.now())
            if answer.is_hit
            else to_forward(is_anew=is_anew, is_joined=is_joined or answer.is_joined)
        )
        if wait is not None:
            headers["preference-applied"] = f"wait={wait}"
        return await respond(
            request, page, {**to_age(page.oldest_at, clock.now()), **headers}
        )

    async def render(
        caller: Caller, raw: bytes, wait: int | None, *, is_anew: bool
    ) -> tuple[Answer, Rendered]:
        sources = gallery.sources(caller.tenant)
        parameters = parse(raw, {source.name: source.plugin for source in sources})
        answer = await gallery.page(
            Ask(
                tenant=caller.tenant,
                query=parameters.query,
                cursor=parameters.cursor,
                limit=parameters.limit,
                needs_all=parameters.needs_all,
                wait_seconds=wait,
                is_anew=is_anew,
            )
        )
        entries = to_listed(answer.entries, parameters.assets_limit)
        await links.prepare(caller, entries, parameters.assets_limit)
        now = clock.now()
        show = to_view(
            parameters.assets_limit,
            has_native=parameters.has_native,
            may_write=WRITE in caller.scopes,
            linker=links.to_linker(caller, now),
        )
        body = _encode(answer.page, map(show, entries), to_expiry(now))
        page = Rendered(
            body=body,
            etag=await to_etag_aside(body),
            headers=to_timing(answer, is_kept=True)
            | to_link(links.public_url, raw, answer.page),
            oldest_at=answer.oldest_at,
            fresh_until=answer.fresh_until,
            good_until=min(answer.good_until, to_boundary(now)),
            validities=answer.validities,
        )
        rendered.put(to_audience(caller), raw, page)
        return answer, page

    return [list_gallery]


def _encode(page: GalleryPage, items: Iterable[GalleryItem], expires_at: int) -> bytes:
    page = structs.replace(
        page,
        items=tuple(items),
        links_expire_at=from_epoch_ms(expires_at * 1000),
    )
    return msgspec.json.encode(page)


async def respond(
    request: HttpRequest, page: Rendered, headers: Mapping[str, str]
) -> ASGIApp:
    """Answer with a page, whose headers these take the place of."""
    more = spell(headers)
    return await page.to_answer(headers_of(request), more, [name for name, _ in more])
