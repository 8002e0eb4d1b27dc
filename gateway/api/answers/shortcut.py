"""Rendered pages answered ahead of the framework, which costs more than they do."""

from gateway.api.answers.headers import is_known, spell_times, to_wait, wants_anew
from gateway.api.answers.rendered import Rendered, RenderedPages, to_audience
from gateway.api.edge.access import ASGIApp, Message, Receive, Send
from gateway.api.edge.auth import READ
from gateway.api.edge.compression import wants_gzip
from gateway.ports.clock import Clock
from gateway.ports.metrics import Watch

PATH = "/v1/gallery"


class Shortcut:
    """An ASGI layer; whatever it has no page for, faults too, goes on to the next.

    It stands behind `RateLimits`, which knows the caller.
    """

    def __init__(
        self, app: ASGIApp, rendered: RenderedPages, clock: Clock, watch: Watch
    ) -> None:
        self._app = app
        self._rendered = rendered
        self._clock = clock
        self._watch = watch

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        page = self._find(scope)
        if page is None:
            await self._app(scope, receive, send)
            return
        scope["path_template"] = PATH
        self._watch.page_found("rendered")
        await self._answer(page, scope["state"]["headers"], send)

    def _find(self, scope: Message) -> Rendered | None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
            return None
        caller = scope["state"].get("caller")
        if caller is None or READ not in caller.scopes:
            return None
        if wants_anew(scope["state"]["headers"]):
            return None
        return self._rendered.get(to_audience(caller), scope["query_string"])

    async def _answer(
        self, page: Rendered, headers: dict[str, str], send: Send
    ) -> None:
        now = self._clock.now()
        age = 0 if page.oldest_at is None else int(now - page.oldest_at)
        more = list(spell_times(age, round(page.fresh_until - now)))
        if "prefer" in headers and (wait := to_wait(headers)) is not None:
            more.append((b"preference-applied", b"wait=%d" % wait))
        status, body, known = 200, page.body, page.whole
        if is_known(page.etag, headers):
            status, body, known = 304, b"", page.steady_headers
        elif "accept-encoding" in headers and wants_gzip(headers["accept-encoding"]):
            body, known = await page.pack()
        start = {
            "type": "http.response.start",
            "status": status,
            "headers": known + more,
        }
        await send(start)
        await send({"type": "http.response.body", "body": body})
