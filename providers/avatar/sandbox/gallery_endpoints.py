"""The paths of avatar's document that are about a user's gallery."""

from typing import Final

from litestar import Response, delete, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from gateway.sandbox import delivery
from gateway.sandbox.media import MediaShelf
from gateway.sandbox.refusals import Refusal
from providers.avatar.sandbox.accounts import Accounts
from providers.avatar.sandbox.films import send_film
from providers.avatar.sandbox.gallery import File
from providers.avatar.sandbox.orders import FileType
from providers.avatar.sandbox.prints import Prints
from providers.avatar.sandbox.replies import tell
from providers.avatar.sandbox.requests import Call

_JPEG: Final = "image/jpeg"


class GalleryEndpoints:
    def __init__(self, accounts: Accounts, shelf: MediaShelf) -> None:
        self._accounts = accounts
        self._prints = Prints(shelf)

    def handlers(self) -> list[HTTPRouteHandler]:
        return [
            get("/get_gallery")(self.get_gallery),
            get("/get_gallery_image/{url:str}")(self.get_image),
            get("/get_gallery_video/{url:str}")(self.get_video),
            get("/get_thumbnail/{url:str}")(self.get_thumbnail),
            delete("/remove_gallery_image/{url:str}", status_code=200)(self.remove),
        ]

    async def get_gallery(self, request: Call) -> Response[bytes]:
        listing = self._accounts.of(request).gallery.listing()
        return Response(listing, media_type="application/json")

    async def get_image(self, request: Call, url: FromPath[str]) -> Response[bytes]:
        file = self._find(request, url, "image")
        content = await self._prints.picture(file)
        return Response(content, media_type=_JPEG)

    async def get_thumbnail(self, request: Call, url: FromPath[str]) -> Response[bytes]:
        file = self._find(request, url, "image")
        content = await self._prints.thumbnail(file)
        return Response(content, media_type=_JPEG)

    async def get_video(self, request: Call, url: FromPath[str]) -> Response[bytes]:
        """It is named with its suffix twice."""
        file = self._find(request, url, "video")
        content = await self._prints.film(file)
        film = delivery.File(
            content=content, media_type="video/mp4", modified=file.moment
        )
        return send_film(request, film, f"{url}.mp4.mp4")

    def _find(self, request: Call, url: str, kind: FileType) -> File:
        file = self._accounts.of(request).gallery.find(url, kind)
        if file is None:
            raise Refusal(404, {"detail": f"{kind.capitalize()} not found"})
        return file

    async def remove(self, request: Call, url: FromPath[str]) -> Response[bytes]:
        gallery = self._accounts.of(request).gallery
        if gallery.find(url, "image") is None:
            raise Refusal(404, {"detail": "Image file not found in gallery"})
        gallery.delete({url})
        return tell(f"{url} removed successfully")
