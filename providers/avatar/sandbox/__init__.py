"""Avatar's stand-in: a FastAPI server with accounts, tasks and galleries."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from litestar.types import ASGIApp

from gateway.sandbox.application import assemble
from gateway.sandbox.catalogue import utc_now
from gateway.sandbox.media import MediaShelf
from gateway.sandbox.routes import CallKind, Route
from providers.avatar.sandbox.accounts import Accounts
from providers.avatar.sandbox.clothes_endpoints import ClothesEndpoints
from providers.avatar.sandbox.endpoints import Endpoints
from providers.avatar.sandbox.gallery_endpoints import GalleryEndpoints
from providers.avatar.sandbox.requests import reword
from providers.avatar.sandbox.routing import Routing

_MEDIA: Final = ("get_gallery_image", "get_gallery_video", "get_thumbnail")
_READ: Final = ("get_user_info", "get_user_details", "generate/{task_id}")
_WRITE: Final = (
    "register",
    "update_user_info",
    "update_user_details",
    "upload_avatar",
    "generate",
    "generate_video",
    "upload_clothes",
    "get_clothes",
)
_ROUTES: Final = (
    Route(method="POST", template="/login", kind=CallKind.LOGIN),
    Route(method="GET", template="/get_gallery", kind=CallKind.LIST),
    Route(method="DELETE", template="/remove_gallery_image/{url}"),
    *(
        Route(method="GET", template=f"/{name}/{{url}}", kind=CallKind.MEDIA)
        for name in _MEDIA
    ),
    *(
        Route(method="GET", template=f"/{name}", kind=CallKind.MEDIA)
        for name in ("get_avatar", "get_avatar_thumbnail")
    ),
    *(Route(method="GET", template=f"/{name}") for name in _READ),
    *(Route(method="POST", template=f"/{name}") for name in _WRITE),
)


def create_app(
    *, items: int = 240, seed: int = 1, now: Callable[[], datetime] = utc_now
) -> ASGIApp:
    """`items` files are in the demo account's gallery; new accounts have none."""
    accounts, shelf = Accounts(items=items, seed=seed, now=now), MediaShelf(seed)
    groups = (
        Endpoints(accounts, shelf),
        GalleryEndpoints(accounts, shelf),
        ClothesEndpoints(),
    )
    return assemble(
        accounts.demo.gallery,
        tokens=accounts,
        handlers=[handler for group in groups for handler in group.handlers()],
        routes=_ROUTES,
        reword=reword,
        now=now,
        inside=Routing,
    )
