"""Rendered pages, kept in memory until the first upstream page in them ages."""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

from msgspec import Struct

from gateway.api.answers.headers import HEADERS
from gateway.api.edge.auth import WRITE, Caller
from gateway.api.edge.compression import COMPRESSED_BYTES
from gateway.concurrency.aside import aside
from gateway.coordination.validity import Validity
from gateway.ports.caches import Cache, Caches
from gateway.ports.clock import Clock
from gateway.ports.stores import News

_EASY = 20
"""How many bytes are as easy to digest as one is to read."""
_RENDERED_BYTES = 3_000
"""What one takes besides its texts: headers are kept in three shapes."""
Headers: TypeAlias = list[tuple[bytes, bytes]]

_TYPE = (b"content-type", b"application/json")


class Rendered(Struct, frozen=True, kw_only=True, dict=True):
    """A body with its tag; `oldest_at` is when its oldest upstream page was asked for.

    `headers` are those that only the page decides. Good until `good_until`, unless one
    of the validities is void; all times are epoch seconds.
    """

    body: bytes
    etag: str
    headers: Mapping[str, str] = {}
    oldest_at: float | None = None
    fresh_until: float = 0.0
    good_until: float = 0.0
    validities: Sequence[Validity] = ()

    def is_good(self, now: float) -> bool:
        """Return whether it would be the same again."""
        for validity in self.validities:
            if validity.is_void:
                return False
        return now < self.good_until

    @cached_property
    def steady_headers(self) -> Headers:
        """The headers that are always the same, as ASGI spells them."""
        headers = {**HEADERS, **self.headers, "etag": self.etag}
        return [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]

    @cached_property
    def whole(self) -> Headers:
        """Those of the body as it is."""
        return [*self.steady_headers, _TYPE, _to_length(self.body)]

    async def pack(self) -> tuple[bytes, Headers]:
        """Return what is `packed`, made beside other work where that takes long."""
        return await aside(len(self.body), lambda: self.packed)

    @cached_property
    def packed(self) -> tuple[bytes, Headers]:
        """The body in gzip with its headers; as it is where it is too small for that."""
        if len(self.body) <= COMPRESSED_BYTES:
            return self.body, self.whole
        body = gzip.compress(self.body, compresslevel=5, mtime=0)
        encoding = (b"content-encoding", b"gzip")
        return body, [*self.steady_headers, _TYPE, encoding, _to_length(body)]


class RenderedPages:
    """Keeps rendered pages by caller and raw query, within a bound in bytes.

    They are not trusted while news of changes may be missed.
    """

    def __init__(self, *, caches: Caches, clock: Clock, news: News) -> None:
        self._clock = clock
        self._news = news
        self._kept: Cache[tuple[str, bytes], Rendered] = caches.make(
            "rendered", _to_bytes
        )

    def get(self, tenant: str, raw: bytes) -> Rendered | None:
        page = self._kept.get((tenant, raw))
        if page is None or not self._news.is_current:
            return None
        if page.is_good(self._clock.now()):
            return page
        self._kept.drop((tenant, raw))
        return None

    def put(self, tenant: str, raw: bytes, page: Rendered) -> None:
        if page.good_until > self._clock.now():
            self._kept.put((tenant, raw), page)


def _to_length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", str(len(body)).encode()


def _to_bytes(key: tuple[str, bytes], page: Rendered) -> int:
    """Count a page's bytes twice, for the packed ones, and its headers' four times."""
    tenant, raw = key
    headers = sum(len(name) + len(value) for name, value in page.headers.items())
    texts = len(tenant) + len(raw) + 2 * len(page.body) + 4 * headers
    return _RENDERED_BYTES + texts


def to_audience(caller: Caller) -> str:
    """Name who sees the same pages: a tenant's callers who may do the same.

    Accounts that a token has brought are shown to tokens with the same ones alone.
    """
    tenant = caller.tenant
    audience = f"{tenant.name}\n{WRITE in caller.scopes}"
    if not tenant.is_brought:
        return audience
    return "\n".join((audience, "", *(one.key for one in tenant.accounts.values())))


async def to_etag(body: bytes) -> str:
    """Tag a body, beside other work where that takes long."""
    return await aside(len(body) // _EASY, lambda: to_small_etag(body))


def to_small_etag(body: bytes) -> str:
    """Tag a body, weakly: compressed or not, it is the same page."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
