"""The outside as the core sees it: protocols, and what a plugin hands over.

A plugin is a `Plugin` value, found by the entry point group
`gallery_gateway.providers`. Its `create` makes one `Provider` for each
`[providers.NAME]` table that names it.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from gateway.core.model import GalleryItem, Kind
from gateway.core.query import Query

PageKey = int | str
"""A page's number, or the token that an upstream gave for it."""


class Numbered(Struct, frozen=True, kw_only=True, tag="numbered"):
    """Pages are numbered upwards from `first`; the list moves underneath them.

    `size` is the number of entries on every page but the last, None when the
    upstream does not say. `totals` tells that each answer carries the length of
    the whole list. A limit/offset upstream is this with `offset = number * size`,
    a whole list is this with one page that says that it is the last.
    """

    first: int = 0
    size: int | None = None
    totals: bool = False


class Tokened(Struct, frozen=True, kw_only=True, tag="tokened"):
    """Each page names the next by an opaque token, cursor or address.

    A token must stand for a place between two entries, whatever is inserted or
    deleted around it. The first page's token is the empty text.
    """

    size: int | None = None


class Listing(Struct, frozen=True, kw_only=True):
    """One list of an upstream: what a query reads, and how that list behaves.

    `request` is the plugin's own; everything that shapes the upstream call must be
    in it, for it becomes the cache's key. `is_sorted`: newest first by `created_at`
    (else by a rank). `enters_at_top`: entries enter at the head alone, which a
    filter on something that changes (a status, a like) breaks.
    """

    request: Struct
    paging: Numbered | Tokened = Numbered()
    is_sorted: bool = True
    enters_at_top: bool = True


AUTHOR = "author"
"""What stands for an asset's id where the media is the author's picture."""


class Media(Struct, frozen=True, array_like=True):
    """Where an asset's bytes are upstream, and its thumbnail's; never shown to callers.

    An absolute address is fetched bare. A path, which begins with `/`, is one under the
    provider's `base_url` and takes the account's token; `{id}` in it stands for the
    item's native id.
    """

    asset_id: str
    full: str | None
    thumbnail: str | None = None


class Entry(Struct, frozen=True, array_like=True):
    """One place in a list; `item` is None where it could not be understood.

    `is_gone`: it has been deleted, though the upstream still lists it.
    """

    id: str
    item: GalleryItem | None
    media: tuple[Media, ...] = ()
    is_gone: bool = False


class UpstreamPage(Struct, frozen=True, kw_only=True):
    """One answer of an upstream, translated.

    `entries` keeps the upstream's order and counts malformed ones too. `is_last`
    tells that the upstream said so. `total` is the list's length by the same answer.
    `next_token` is for `Tokened` paging: None at the end.
    """

    entries: Sequence[Entry]
    is_last: bool = False
    total: int | None = None
    next_token: str | None = None


class Capabilities(Struct, frozen=True, kw_only=True):
    """What an upstream can do; a query for no kind of these costs it no call."""

    kinds: tuple[Kind, ...]
    look_up: bool = False
    delete: bool = False


class HttpCall(Struct, frozen=True, kw_only=True):
    """A call to a provider's `base_url` + `path`, which is sent as it is spelt.

    `token` goes out as `Authorization: Bearer`, `basic` as user and password,
    `json` as the body; fields of it that are `UNSET` stay out. One that changes
    nothing upstream, as a `GET` or a reading by `POST`, `is_repeatable`.
    """

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    token: str | None = None
    basic: tuple[str, str] | None = None
    json: Struct | None = None
    is_repeatable: bool | None = None

    @property
    def may_be_repeated(self) -> bool:
        return (
            self.method == "GET" if self.is_repeatable is None else self.is_repeatable
        )


class HttpAnswer(Struct, frozen=True, kw_only=True):
    """A successful (2xx) answer, read whole; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http(Protocol):
    """Calls to one provider, bounded in time and size."""

    async def send(self, call: HttpCall) -> HttpAnswer:
        """Send a call and read its answer.

        Raises:
            UnauthorizedError: 401.
            UnavailableError: no connection, no answer in time, 408, 429, 5xx.
            RejectedError: any other status of 300 and above.
            MisbehavedError: a body over the bound, or not decodable.
        """
        ...


class MediaCall(Struct, frozen=True, kw_only=True):
    """Bytes to be fetched: from an address, or a path under `base_url` with its token."""

    address: str
    token: str | None = None
    range: str | None = None


class MediaAnswer(Protocol):
    """An answer of 200 or 206 whose bytes are read as they are wanted.

    `size` is what `Content-Length` tells. To end `chunks` early ends the call.
    """

    @property
    def status(self) -> int: ...

    @property
    def size(self) -> int | None: ...

    @property
    def content_range(self) -> str | None: ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Give the bytes, once.

        Raises:
            UnavailableError: they broke off.
        """
        ...

    async def aclose(self) -> None: ...


class MediaHttp(Protocol):
    """Fetches one provider's media, from the configured hosts alone."""

    async def open(self, call: MediaCall) -> MediaAnswer:
        """Send a call and read its answer's head; redirects are followed.

        Raises:
            ForbiddenAddressError: the address is not one to fetch from.
            UnauthorizedError: 401.
            RangeNotSatisfiableError: 416.
            UnavailableError, RejectedError, MisbehavedError: as for `Http`.
        """
        ...


class Drawn(Struct, frozen=True, kw_only=True):
    """A smaller picture (WebP), and what the one it was made of is like.

    That may be a video: then it is a frame of it, and `duration_seconds` is set.
    """

    content: bytes
    width: int
    height: int
    placeholder: str
    duration_seconds: float | None = None


class Drawing(Protocol):
    """Makes smaller pictures without holding the event loop up."""

    async def draw(self, content: bytes, most_pixels: int) -> Drawn:
        """Draw a picture with sides of at most so many pixels.

        Raises:
            UnsupportedMediaError: it cannot be read, or is too large.
        """
        ...


class Provider(Protocol):
    """One configured upstream, spoken to on behalf of any account."""

    async def login(self, credential: Any) -> str:
        """Give a token for a credential, one that was configured or a new one.

        Never called twice at once for an account, and again only after a 401.

        Raises:
            UnauthorizedError: the upstream refuses the credential.
            UpstreamError: it could not be asked.
        """
        ...

    def listing(self, query: Query, filters: Any) -> Listing:
        """Choose the list that a query reads, pushing down only what loses nothing.

        Raises:
            InvalidParameterError: the filters contradict each other.
        """
        ...

    async def read(self, token: str, listing: Listing, page: PageKey) -> UpstreamPage:
        """Read one page of a listing, newest first; an empty one past the end.

        Raises:
            UnauthorizedError: the token is not good (any more).
            UpstreamError: it could not be read.
        """
        ...

    async def look_up(self, token: str, native_id: str) -> Entry | None:
        """Find one item by its native id; None when the upstream has no such item.

        Only called where `Capabilities.look_up` says that the upstream can.

        Raises:
            UpstreamError: as for `read`.
        """
        ...


class Deleting(Provider, Protocol):
    """A provider whose `Capabilities.delete` is set.

    Items that can be deleted have `delete` among their `actions`.
    """

    async def delete(self, token: str, native_id: str) -> None:
        """Delete one item; one that is not there (any more) is no error.

        Raises:
            UnauthorizedError: the token is not good (any more).
            UpstreamError: it could not be deleted, or nobody knows.
        """
        ...


class Plugin(Struct, frozen=True, kw_only=True):
    """What a provider's package hands over, under the entry point of its name.

    `settings` (its further keys under `[providers.NAME]`, which must all have
    defaults), `credential` (`[tenants.credentials.NAME]`) and `filters`
    (`NAME.FILTER` parameters, all optional) are structs that msgspec fills.
    `media_hosts` are the default of that setting, `base_url` likewise.
    """

    name: str
    title: str
    settings: type[Struct]
    credential: type[Struct]
    filters: type[Struct]
    capabilities: Capabilities
    create: Callable[[str, Any, Http], Provider]
    base_url: str | None = None
    media_hosts: tuple[str, ...] = ()


class Store(Protocol):
    """A cache of bytes, which may lose anything at any time.

    Raises (each method):
        StoreError: it could not be asked in time.
    """

    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, value: bytes, *, keep_seconds: float) -> None: ...

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """Give the values of keys, in their order."""
        ...

    async def put_many(
        self, values: Mapping[str, bytes], *, keep_seconds: float
    ) -> None: ...

    async def delete(self, key: str) -> None: ...

    async def claim(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        """Put a value unless the key has one; tell whether it was put."""
        ...

    async def hold(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        """Keep a value for so long from now; tell whether it was still there."""
        ...

    async def release(self, key: str, value: bytes) -> None:
        """Delete a value, unless the key has another one by now."""
        ...

    async def settle(self, key: str, value: bytes, *, keep_seconds: float) -> bytes:
        """Give the key's value, after having put this one if it had none."""
        ...

    async def add(self, key: str, amount: int, *, keep_seconds: float) -> int:
        """Count up, from 0; give the sum. A count is kept since its first amount."""
        ...

    async def ping(self) -> None: ...

    async def close(self) -> None: ...


class News(Protocol):
    """What one replica tells all others, itself included.

    Raises (`publish`):
        StoreError: nobody could be told.
    """

    @property
    def is_current(self) -> bool:
        """Tell whether nothing can have been told unheard, or nobody can be asked."""
        ...

    def listen(self, topic: str, hear: Callable[[str], None]) -> None:
        """Hear what is told on a topic; an empty text: something may be missed."""
        ...

    async def publish(self, topic: str, text: str) -> None: ...


class Stores(Struct, frozen=True, kw_only=True):
    """Where a process keeps things: its own memory, and what all replicas share, if any."""

    own: Store
    shared: Store | None
    news: News


class Clock(Protocol):
    """The time, injected so that tests can turn it."""

    def now(self) -> float:
        """Give the seconds since 1970."""
        ...
