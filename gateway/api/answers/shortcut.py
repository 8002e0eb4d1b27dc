"""Rendered pages answered ahead of the framework, which costs more than they do."""

from collections.abc import Mapping

from gateway.api.answers.headers import UNREAD, spell_times, to_wait, wants_anew
from gateway.api.answers.plain import Headers
from gateway.api.answers.rendered import Rendered, RenderedPages, to_audience
from gateway.api.caller import READ
from gateway.api.context import context_of
from gateway.api.edge.access import ASGIApp, Message, Receive, Send
from gateway.ports.clock import Clock
from gateway.ports.metrics import PageFound, Watch

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
        self._watch(PageFound("rendered"))
        sent = context_of(scope).headers
        answer = await page.to_answer(sent, self._to_more(page, sent))
        await answer(scope, receive, send)

    def _find(self, scope: Message) -> Rendered | None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
            return None
        context = context_of(scope)
        caller = context.caller
        if caller is None or READ not in caller.scopes:
            return None
        if wants_anew(context.headers):
            return None
        return self._rendered.get(to_audience(caller), scope["query_string"])

    def _to_more(self, page: Rendered, sent: Mapping[str, str]) -> Headers:
        """Return the headers that are others each time."""
        more = list(self._to_times(page))
        if "prefer" in sent and (wait := to_wait(sent)) is not None:
            more.append((b"preference-applied", b"wait=%d" % wait))
        return more

    def _to_times(self, page: Rendered) -> Headers:
        if page.oldest_at is None or page.fresh_until is None:
            return UNREAD
        now = self._clock.now()
        return spell_times(int(now - page.oldest_at), round(page.fresh_until - now))
