"""Hyper3D as a provider: what it is configured with, and the port."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.plugin import (
    Http,
    Listing,
    Numbered,
    PageKey,
    Plugin,
    Query,
    Token,
    UpstreamPage,
    translate,
)
from providers.hyper3d.client import NOBODY, Client
from providers.hyper3d.mapping import to_item, to_media
from providers.hyper3d.wire import (
    Card,
    CardsRequest,
    CardStatusType,
    GalleryType,
    TaskStep,
    TaskType,
    Whole,
)

_SORTED: frozenset[GalleryType] = frozenset({"Recent", "Mine", "Group"})


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`first_page` is what the upstream calls its first page."""

    first_page: Annotated[int, Meta(ge=0)] = 0
    gallery_type: GalleryType = "Mine"


class Credential(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An e-mail address with a password, or a token.

    Or `anonymous`: the galleries that need no login (`Featured`, `Recent`) work then.
    """

    email: Annotated[str, Meta(min_length=1)] | None = None
    password: Annotated[str, Meta(min_length=1)] | None = None
    token: Token | None = None
    anonymous: bool = False

    def __post_init__(self) -> None:
        has_login = self.email is not None and self.password is not None
        has_any = self.email is not None or self.password is not None
        ways = has_any + (self.token is not None) + self.anonymous
        if ways != 1 or has_any is not has_login:
            raise ValueError(
                "expected either email and password, or token, or anonymous = true"
            )

    def __repr__(self) -> str:
        return "Credential(...)"


class Filters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `hyper3d.FILTER` parameters."""

    type: (
        Annotated[
            GalleryType,
            Meta(description="Which gallery is listed", examples=["Featured"]),
        ]
        | UnsetType
    ) = UNSET
    user_type: (
        Annotated[
            CardStatusType,
            Meta(description="The state of the card", examples=["Generated"]),
        ]
        | UnsetType
    ) = UNSET
    task_type: (
        Annotated[
            TaskType,
            Meta(description="The kind of task that made it", examples=["Rodin"]),
        ]
        | UnsetType
    ) = UNSET
    task_step: Annotated[
        tuple[TaskStep, ...],
        Meta(description="The steps that tasks stand at", examples=[["Created"]]),
    ] = ()
    group_uuid: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="Only the cards of this group",
                examples=["7f0c2a52-9d3e-4b61-8a57-0c7f5b1f2f10"],
            ),
        ]
        | UnsetType
    ) = UNSET
    tag_ids: Annotated[
        tuple[Whole, ...],
        Meta(description="Only the cards with these tags", examples=[[1]]),
    ] = ()
    user_override: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="The user whose cards are listed, where one may",
                examples=["2b1f6f0e-3c55-4d0a-b9c4-5e7f3a1d9c20"],
            ),
        ]
        | UnsetType
    ) = UNSET
    is_hidden: (
        Annotated[
            bool,
            Meta(description="Hidden cards, or those not hidden", examples=[False]),
        ]
        | UnsetType
    ) = UNSET


class Hyper3d:
    def __init__(self, name: str, settings: Settings, http: Http) -> None:
        self._name = name
        self._settings = settings
        self._client = Client(http)

    async def login(self, credential: Credential) -> str:
        if credential.anonymous:
            return NOBODY
        if credential.token is not None:
            return credential.token
        return await self._client.log_in(
            credential.email or "", credential.password or ""
        )

    def listing(self, query: Query, filters: Filters) -> Listing[CardsRequest]:
        request = CardsRequest(
            type=filters.type or self._settings.gallery_type,
            user_type=filters.user_type,
            task_type=filters.task_type or _to_task_type(query),
            task_step=filters.task_step or UNSET,
            group_uuid=filters.group_uuid,
            tag_ids=filters.tag_ids or UNSET,
            user_override=filters.user_override,
            is_hidden=filters.is_hidden,
        )
        return Listing(
            request=request,
            paging=Numbered(first=self._settings.first_page),
            is_sorted=request.type in _SORTED,
            enters_at_top=(
                request.type in _SORTED and not _is_filtering_on_change(filters)
            ),
        )

    async def read(
        self, token: str, listing: Listing[CardsRequest], page: PageKey
    ) -> UpstreamPage:
        """Read one page; the upstream never says which is its last."""
        cards = await self._client.list_cards(token, listing.request, int(page))
        return UpstreamPage(
            entries=translate(
                cards, Card, lambda card: to_item(self._name, card), to_media
            )
        )


def _to_task_type(query: Query) -> TaskType | UnsetType:
    """Push down a kind that exactly one type of task makes."""
    if query.kinds == {"image"}:
        return "Panorama"
    if query.kinds == {"video"}:
        return "Media2Face"
    return UNSET


def _is_filtering_on_change(filters: Filters) -> bool:
    """Return whether a card may enter the list later than at its making."""
    return (
        (filters.user_type or "All") != "All"
        or bool(filters.task_step)
        or filters.is_hidden is not UNSET
    )


PLUGIN = Plugin(
    name="hyper3d",
    title="Hyper3D",
    settings=Settings,
    credential=Credential,
    filters=Filters,
    kinds=("image", "video", "model"),
    create=Hyper3d,
    base_url="https://hyperhuman.deemos.com/api",
    media_hosts=("*.deemos.com", "*.hyper3d.com"),
)
