"""Rendered pages, kept in memory until the first upstream page in them ages."""

import gzip
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from gateway.api.answers.compression import COMPRESSED_BYTES, GZIP_LEVEL, wants_gzip
from gateway.api.answers.conditions import is_known, to_unchanged
from gateway.api.answers.headers import HEADERS
from gateway.api.answers.plain import Headers, Plain, spell
from gateway.api.caller import WRITE, Caller
from gateway.concurrency.aside import aside
from gateway.coordination.validity import Validity
from gateway.ports.caches import Cache, Caches
from gateway.ports.clock import Clock
from gateway.ports.stores import News

_RENDERED_BYTES = 3_000
"""What one takes besides its texts."""
_TYPE = (b"content-type", b"application/json")
_GZIP = (b"content-encoding", b"gzip")


class Rendered(Struct, frozen=True, kw_only=True, dict=True):
    """A body with its tag; `oldest_at` is when its oldest upstream page was asked for.

    `headers` are those that only the page decides. Good until `good_until`, unless one
    of the validities is void; all times are epoch seconds.
    """

    body: bytes
    etag: str
    headers: Mapping[str, str] = {}
    oldest_at: float | None = None
    fresh_until: float | None = None
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
        return spell({**HEADERS, **self.headers, "etag": self.etag})

    @cached_property
    def packed(self) -> bytes | None:
        """The body in gzip; None where it is too small for that."""
        if len(self.body) <= COMPRESSED_BYTES:
            return None
        return gzip.compress(self.body, compresslevel=GZIP_LEVEL, mtime=0)

    async def to_answer(
        self, sent: Mapping[str, str], more: Headers, instead: Collection[bytes] = ()
    ) -> Plain:
        """Return the shape of it for a caller who sent these headers: 304, packed or whole.

        `more` is added to the page's headers, to take the place of those named `instead`.
        """
        steady = [one for one in self.steady_headers if one[0] not in instead]
        headers = [*steady, *more]
        if is_known(self.etag, sent):
            return to_unchanged(headers)
        if wants_gzip(sent.get("accept-encoding", "")):
            packed = await aside(len(self.body), lambda: self.packed)
            if packed is not None:
                return Plain(200, [*headers, _TYPE, _GZIP], packed)
        return Plain(200, [*headers, _TYPE], self.body)


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


def _to_bytes(key: tuple[str, bytes], page: Rendered) -> int:
    """Count a page's bytes twice, for the packed ones, and its headers' twice."""
    tenant, raw = key
    headers = sum(len(name) + len(value) for name, value in page.headers.items())
    texts = len(tenant) + len(raw) + 2 * len(page.body) + 2 * headers
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
