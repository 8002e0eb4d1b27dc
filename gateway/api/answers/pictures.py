"""Kept renditions answered ahead of the framework, which costs more than they do."""

from contextlib import suppress
from sys import getsizeof

from gateway.api.answers.files import to_lifetime, to_whole
from gateway.api.answers.plain import Headers
from gateway.api.edge.access import ASGIApp, Message, Receive, Send
from gateway.api.views.links import PATH
from gateway.media.link import Link, LinkSealer
from gateway.media.renditions import Renditions
from gateway.plugin.errors import GatewayError
from gateway.ports.caches import Cache, Caches
from gateway.ports.clock import Clock
from gateway.ports.metrics import MediaSent, Watch

_TEMPLATE = f"{PATH}{{token}}/{{filename}}"
_READY_BYTES = 1_500
_ASKS_MORE = frozenset({b"range", b"if-none-match"})


class Pictures:
    """An ASGI layer; whatever it has no picture for, faults too, goes on to the next."""

    def __init__(  # noqa: PLR0913  # each one is a part
        self,
        app: ASGIApp,
        renditions: Renditions,
        sealer: LinkSealer,
        *,
        caches: Caches,
        clock: Clock,
        watch: Watch,
    ) -> None:
        self._watch = watch
        self._app = app
        self._renditions = renditions
        self._sealer = sealer
        self._clock = clock
        self._ready: Cache[str, _Ready] = caches.make("links", _to_bytes)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        now = self._clock.now()
        ready = self._find(scope["path"], now) if _is_plain(scope) else None
        content = None
        if ready is not None:
            with suppress(GatewayError):
                content = await self._renditions.at_hand(ready.link)
        if ready is None or content is None:
            await self._app(scope, receive, send)
            return
        scope["path_template"] = _TEMPLATE
        link = ready.link
        self._watch(MediaSent(link.provider, link.rendition, len(content)))
        lifetime = (b"cache-control", to_lifetime(link, now).encode())
        headers = [*ready.to_headers(content), lifetime]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": content})

    def _find(self, path: str, now: float) -> "_Ready | None":
        ready = self._ready.get(path)
        if ready is not None and now < ready.link.expires_at:
            return ready
        token, _, filename = path[len(PATH) :].partition("/")
        if not filename or "/" in filename:
            return None
        with suppress(GatewayError):
            link = self._sealer.open(token, now)
            if link.rendition != "full":
                ready = _Ready(link, filename)
                self._ready.put(path, ready)
                return ready
        return None


class _Ready:
    """A link that was opened, with the headers of the bytes that it last stood for."""

    def __init__(self, link: Link, filename: str) -> None:
        self.link = link
        self._filename = filename
        self._length = -1
        self._headers: Headers = []

    def to_headers(self, content: bytes) -> Headers:
        if len(content) != self._length:
            self._headers = to_whole(self.link, content, self._filename)
            self._length = len(content)
        return self._headers


def _to_bytes(path: str, ready: _Ready) -> int:  # noqa: ARG001  # a link is in its path
    """Count a path four times: as it is, and its link, file name and headers."""
    return _READY_BYTES + 4 * getsizeof(path)


def _is_plain(scope: Message) -> bool:
    """Return whether a whole file is asked for, without conditions."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    if not scope["path"].startswith(PATH):
        return False
    return all(name not in _ASKS_MORE for name, _ in scope["headers"])
