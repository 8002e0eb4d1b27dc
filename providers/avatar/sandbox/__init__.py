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
from providers.avatar.sandbox.later import LaterGallery
from providers.avatar.sandbox.later_endpoints import LaterEndpoints
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
    *(
        Route(method="GET", template=f"/{name}", kind=CallKind.MEDIA)
        for name in ("get_avatar", "get_avatar_thumbnail")
    ),
    *(Route(method="GET", template=f"/{name}") for name in _READ),
    *(Route(method="POST", template=f"/{name}") for name in _WRITE),
)
_GALLERY: Final = (
    Route(method="DELETE", template="/remove_gallery_image/{url}"),
    *(
        Route(method="GET", template=f"/{name}/{{url}}", kind=CallKind.MEDIA)
        for name in _MEDIA
    ),
)
_CDN: Final = "/cdn/{number}/gallery/{name}"
_LATER: Final = (
    Route(method="DELETE", template="/remove_gallery_file/{name}"),
    Route(method="GET", template=_CDN, kind=CallKind.MEDIA),
    Route(method="HEAD", template=_CDN, kind=CallKind.MEDIA),
)


def create_app(
    *,
    items: int = 240,
    seed: int = 1,
    now: Callable[[], datetime] = utc_now,
    later: bool = False,
) -> ASGIApp:
    """`items` files are in the demo account's gallery; new accounts have none.

    `later` is the server as it was seen after its document: files by address. A task
    takes a second. One for the garment (`item_id`) `fail` fails, and of `several` there
    are three pictures, from the front, a side and behind.
    """
    accounts, shelf = Accounts(items=items, seed=seed, now=now), MediaShelf(seed)
    groups = (
        Endpoints(accounts, shelf),
        LaterEndpoints(accounts, shelf) if later else GalleryEndpoints(accounts, shelf),
        ClothesEndpoints(),
    )
    gallery = accounts.demo.gallery
    return assemble(
        LaterGallery(gallery) if later else gallery,
        tokens=accounts,
        handlers=[handler for group in groups for handler in group.handlers()],
        routes=(*_ROUTES, *(_LATER if later else _GALLERY)),
        reword=reword,
        now=now,
        tasks=accounts.queue,
        inside=Routing,
    )
