"""The plugin contract: what a provider hands over, and what it is given.

A plugin is a `Plugin` value, found by the entry point group
`gallery_gateway.providers`. Its `create` makes one `Provider` for each
`[providers.NAME]` table that names it. What else an upstream can do is told by the
methods that its provider has: `LooksUp`, `Deletes`, and `Operates` in
`gateway.plugin.operations`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Generic, Protocol, runtime_checkable

from msgspec import Meta, Raw, Struct
from typing_extensions import TypeVar

from gateway.plugin.model import GalleryItem, Kind
from gateway.plugin.query import Query

OwnSettings = TypeVar("OwnSettings", bound=Struct, default=Any)
OwnCredential = TypeVar("OwnCredential", bound=Struct, default=Any)
OwnFilters = TypeVar("OwnFilters", bound=Struct, default=Any)
Request = TypeVar("Request", bound=Struct, default=Any)
Credential_contra = TypeVar(
    "Credential_contra", bound=Struct, default=Any, contravariant=True
)
Filters_contra = TypeVar(
    "Filters_contra", bound=Struct, default=Any, contravariant=True
)

Token = Annotated[str, Meta(pattern=r"^[!-~]+\Z")]
"""A credential's token: what fits into the header `Authorization: Bearer TOKEN`."""

_MEDIA_BYTES = 200

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


class Listing(Struct, Generic[Request], frozen=True, kw_only=True):
    """One list of an upstream: what a query reads, and how that list behaves.

    `request` is the plugin's own; everything that shapes the upstream call must be
    in it, for it becomes the cache's key. `is_sorted`: newest first by `created_at`
    (else by a rank). `enters_at_top`: entries enter at the head alone, which a
    filter on something that changes (a status, a like) breaks.
    """

    request: Request
    paging: Numbered | Tokened = Numbered()
    is_sorted: bool = True
    enters_at_top: bool = True


AUTHOR = "author"
"""What stands for an asset's id where the media is the author's picture."""


class Media(Struct, frozen=True, array_like=True, gc=False):
    """Where an asset's bytes are upstream, and its thumbnail's; never shown to callers.

    An absolute address is fetched bare. A path, which begins with `/`, is one under the
    provider's `base_url` and takes the account's token; `{id}` in it stands for the
    item's native id.
    """

    asset_id: str
    full: str | None
    thumbnail: str | None = None

    @property
    def size_bytes(self) -> int:
        """How much memory it takes."""
        letters = len(self.asset_id) + len(self.full or "") + len(self.thumbnail or "")
        return _MEDIA_BYTES + 4 * letters


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """One place in a list; `item` is None where it could not be understood.

    `is_gone`: it has been deleted, though the upstream still lists it.
    """

    id: str
    item: GalleryItem | None
    media: tuple[Media, ...] = ()
    is_gone: bool = False


class UpstreamPage(Struct, frozen=True, kw_only=True):
    """One answer of an upstream, translated.

    `entries` keeps the upstream's order and counts malformed ones too. `is_last` is what
    the upstream says: None where it says nothing, and a page that is shorter than a known
    size is the last. `total` is the list's length by the same answer.
    `next_token` is for `Tokened` paging: None at the end. A list that may be long is
    best given by `gateway.plugin.foreign.decoding.translate`, which leaves the work to later.
    """

    entries: Sequence[Entry]
    is_last: bool | None = None
    total: int | None = None
    next_token: str | None = None


class Upload(Struct, frozen=True, kw_only=True):
    """A file to send: in a multipart field of this name, or as the body if it has none.

    `filename` and `media_type` are of visible ASCII letters, without quotes.
    """

    content: bytes
    media_type: str
    field: str = ""
    filename: str = ""


class HttpCall(Struct, frozen=True, kw_only=True):
    """A call to a provider's `base_url` + `path`, which is sent as it is spelt.

    `token` goes out as `Authorization: Bearer`, `basic` as user and password,
    `json` as the body, a struct (fields of it that are `UNSET` stay out) or JSON as it
    is; or else `upload`. One that changes nothing upstream, as a `GET` or a reading by
    `POST`, `is_repeatable`; any other is sent once.
    """

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    token: str | None = None
    basic: tuple[str, str] | None = None
    json: Struct | Raw | None = None
    upload: Upload | None = None
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


class Provider(Protocol[Credential_contra, Filters_contra, Request]):
    """One configured upstream, spoken to on behalf of any account.

    `Request` is the type of its listings' requests.
    """

    async def login(self, credential: Credential_contra, /) -> str:
        """Return a token for a credential, one that was configured or a new one.

        Never called twice at once for an account, and again only after a 401.

        Raises:
            UnauthorizedError: the upstream refuses the credential.
            UpstreamError: it could not be asked.
        """
        ...

    def listing(self, query: Query, filters: Filters_contra, /) -> Listing[Request]:
        """Choose the list that a query reads, pushing down only what loses nothing.

        Raises:
            InvalidParameterError: the filters contradict each other.
        """
        ...

    async def read(
        self, token: str, listing: Listing[Request], page: PageKey, /
    ) -> UpstreamPage:
        """Read one page of a listing, newest first; an empty one past the end.

        Raises:
            UnauthorizedError: the token is not good (any more).
            UpstreamError: it could not be read.
        """
        ...


@runtime_checkable
class LooksUp(Protocol):
    """A provider whose upstream finds an item without reading its list."""

    async def look_up(self, token: str, native_id: str, /) -> Entry | None:
        """Find one item by its native id; None when the upstream has no such item.

        Raises:
            UpstreamError: as for `Provider.read`.
        """
        ...


@runtime_checkable
class Deletes(Protocol):
    """A provider that deletes the items that have `delete` among their `actions`."""

    async def delete(self, token: str, native_id: str, /) -> None:
        """Delete one item; one that is not there (any more) is no error.

        Raises:
            UnauthorizedError: the token is not good (any more).
            UpstreamError: it could not be deleted, or nobody knows.
        """
        ...


@runtime_checkable
class Identified(Protocol):
    """A credential of which several spellings are the same upstream user.

    Such users have one account: one login at a time, and the same pages. Without this
    each spelling is a user of its own. Whatever proves who one is must be told apart:
    whoever brings a credential sees what another with the same identity has been shown.
    """

    def identity(self) -> str:
        """Return what is the same for all spellings of one user."""
        ...


class Plugin(
    Struct,
    Generic[OwnSettings, OwnCredential, OwnFilters],
    frozen=True,
    kw_only=True,
):
    """What a provider's package hands over, under the entry point of its name.

    `settings` (its further keys under `[providers.NAME]`, which must all have
    defaults), `credential` (`[tenants.credentials.NAME]`) and `filters`
    (`NAME.FILTER` parameters, all optional) are structs that msgspec fills. `kinds` are
    those of its items: a query for no kind of these costs the upstream no call.
    `media_hosts` are the default of that setting, `base_url` likewise.
    """

    name: str
    title: str
    settings: type[OwnSettings]
    credential: type[OwnCredential]
    filters: type[OwnFilters]
    kinds: tuple[Kind, ...]
    create: Callable[[str, OwnSettings, Http], Provider[OwnCredential, OwnFilters]]
    base_url: str | None = None
    media_hosts: tuple[str, ...] = ()
