"""A crawl: where it stands, which items it gave, and how long it waits.

The gateway's cursors stand between pages. To go on from within one, a cursor of the
client's names the page and, by digests, the items of it that were given: `PAGE.DIGESTS`.
That page may have changed when it is read again, so each of them is looked for until it
is met, on whichever page that is.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable
from typing import TypeAlias

from msgspec import Struct, structs

from gateway.client.core.decoding import decode
from gateway.client.core.errors import (
    ConnectionFailedError,
    GatewayError,
    InvalidCursorError,
    RateLimitedError,
    UnavailableError,
)
from gateway.client.core.exchange import Call, Flow, Policy, Query
from gateway.client.core.retries import asking, to_pause
from gateway.client.core.structs import Problem
from gateway.plugin.model import GalleryItem, GalleryPage

OnPage: TypeAlias = Callable[[GalleryPage], object]

_DIGEST_BYTES = 6
_MARK = "."
_STILL_SECONDS = 1.0
"""How long to wait where a page brought neither an item nor another place."""


class Place(Struct, frozen=True, kw_only=True):
    """Where a crawl goes on: after `cursor`, without the items that `given` names."""

    cursor: str | None = None
    given: frozenset[bytes] = frozenset()

    @classmethod
    def parse(cls, text: str | None) -> "Place":
        """Read a cursor of the gateway's or the client's.

        Raises:
            InvalidCursorError: it is the client's, and was cut or changed.
        """
        cursor, mark, spelt = (text or "").partition(_MARK)
        try:
            digests = base64.b64decode(spelt, altchars=b"-_", validate=True)
        except ValueError:
            digests = b"?"
        if text == "" or (mark and not digests) or len(digests) % _DIGEST_BYTES:
            raise InvalidCursorError(
                Problem(code="invalid-cursor", title="Invalid cursor", status=400)
            )
        starts = range(0, len(digests), _DIGEST_BYTES)
        given = frozenset(digests[at : at + _DIGEST_BYTES] for at in starts)
        return cls(cursor=cursor or None, given=given)

    def spell(self) -> str | None:
        if not self.given:
            return self.cursor
        digests = base64.urlsafe_b64encode(b"".join(sorted(self.given)))
        return f"{self.cursor or ''}{_MARK}{digests.decode()}"

    def to_call(self, limit: int, query: Query) -> Call:
        cursor = (("cursor", self.cursor),) if self.cursor else ()
        query = (("limit", str(limit)), *query, *cursor)
        return Call(target="/v1/gallery", query=query)

    def after(self, items: Iterable[GalleryItem]) -> "Place":
        """Return the place within its page, after some items of it."""
        return Place(cursor=self.cursor, given=self.given | set(map(_digest, items)))

    def to_rest(self, page: GalleryPage) -> GalleryPage:
        """Return the page that begins here without what was given, and its next place."""
        if not self.given:
            return page
        digests = [_digest(item) for item in page.items]
        rest = tuple(
            item
            for item, digest in zip(page.items, digests, strict=True)
            if digest not in self.given
        )
        following = page.next_cursor
        if following is not None:
            unmet = self.given.difference(digests)
            following = Place(cursor=following, given=unmet).spell()
        return structs.replace(page, items=rest, next_cursor=following)


class Crawl:
    """Gives a crawl's items one by one; reads a page whenever there is none left.

    After an error it stands where it stood, and may go on.
    """

    def __init__(
        self,
        query: Query,
        *,
        cursor: str | None,
        page_limit: int,
        wait_seconds: float,
        on_page: OnPage | None,
    ) -> None:
        self._query = query
        self._place = Place.parse(cursor)
        self._page_limit = page_limit
        self._wait_seconds = wait_seconds
        self._on_page = on_page
        self._following = cursor
        self._items: tuple[GalleryItem, ...] = ()
        self._taken = 0
        self.page: GalleryPage | None = None
        """The page that was read last."""

    @property
    def cursor(self) -> str | None:
        """Where to go on after the items given so far.

        None before any was given, unless the crawl began at a cursor, and at its end.
        """
        if self._taken < len(self._items):
            return self._place.after(self._items[: self._taken]).spell()
        return self._following

    @property
    def is_finished(self) -> bool:
        has_all = self._taken == len(self._items)
        return has_all and self.page is not None and self._following is None

    def take(self) -> GalleryItem | None:
        """Give the next item of what has been read, if there is one."""
        taken = self._taken
        if taken < len(self._items):
            self._taken = taken + 1
            return self._items[taken]
        return None

    def reading(self, policy: Policy) -> Flow[None]:
        """Read pages until there is an item, or the end.

        Raises:
            UnavailableError: only failing sources are left, for too long.
            GatewayError: as a single page does.
        """
        while self._taken == len(self._items) and not self.is_finished:
            place = Place.parse(self._following)
            page = yield from self._waiting(place, policy)
            rest = place.to_rest(page)
            self._place, self._following = place, rest.next_cursor
            self._items, self._taken, self.page = rest.items, 0, page
            if self._on_page is not None:
                self._on_page(page)

    def _waiting(self, place: Place, policy: Policy) -> Flow[GalleryPage]:
        """Read a page; wait where the gateway asks for it, and count that."""
        begun, tried = policy.clock(), 0
        call = place.to_call(self._page_limit, self._query)
        while True:
            try:
                reply = yield from asking(call, policy, has_patience=False)
                page = decode(reply, GalleryPage)
                _refuse_still(page, place)
            except (ConnectionFailedError, UnavailableError, RateLimitedError) as error:
                pause = to_pause(error, tried, policy)
                is_too_long = policy.clock() - begun + pause > self._wait_seconds
                if is_too_long or not self._may_wait(error):
                    raise
            else:
                self._wait_seconds -= policy.clock() - begun if tried else 0.0
                return page
            tried += 1
            call = structs.replace(call, after_seconds=pause)

    def _may_wait(self, error: GatewayError) -> bool:
        """Tell a gateway that is restarted from one that was never there."""
        return self.page is not None or not isinstance(error, ConnectionFailedError)


def _refuse_still(page: GalleryPage, place: Place) -> None:
    """Let nobody ask for the same page without end.

    Raises:
        UnavailableError: it holds nothing, and leads to itself.
    """
    if page.items or page.next_cursor is None or page.next_cursor != place.cursor:
        return
    title = "No source gets on"
    problem = Problem(code="upstream-unavailable", title=title, sources=page.sources)
    raise UnavailableError(problem, _STILL_SECONDS)


def _digest(item: GalleryItem) -> bytes:
    return hashlib.blake2b(item.id.encode(), digest_size=_DIGEST_BYTES).digest()
