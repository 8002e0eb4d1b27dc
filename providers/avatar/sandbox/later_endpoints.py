"""The gallery's paths in the server's later state, and the network for its files."""

from typing import Final

import msgspec
from litestar import Response, delete, get, route as on
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from gateway.sandbox import delivery
from gateway.sandbox.catalogue import ORIGIN
from gateway.sandbox.media import MediaShelf
from gateway.sandbox.refusals import Refusal
from providers.avatar.sandbox.accounts import Account, Accounts
from providers.avatar.sandbox.gallery import File
from providers.avatar.sandbox.later import LaterGallery
from providers.avatar.sandbox.prints import Prints
from providers.avatar.sandbox.replies import reply, tell
from providers.avatar.sandbox.requests import Call

_READ: Final = (HttpMethod.GET, HttpMethod.HEAD)
_FAILURE: Final = {"status_code": 500, "detail": None, "headers": None}


class LaterEndpoints:
    def __init__(self, accounts: Accounts, shelf: MediaShelf) -> None:
        self._accounts = accounts
        self._prints = Prints(shelf)

    def handlers(self) -> list[HTTPRouteHandler]:
        path = "/cdn/{number:str}/gallery/{name:str}"
        return [
            get("/get_gallery")(self.get_gallery),
            delete("/remove_gallery_file/{name:str}", status_code=200)(self.remove),
            on(path, http_method=_READ)(self.send_file),
        ]

    async def get_gallery(self, request: Call) -> Response[bytes]:
        account = self._accounts.of(request)
        listing = LaterGallery(account.gallery).listing(to_folder(account))
        origin = f"{request.url.scheme}://{request.url.netloc}"
        body = msgspec.json.encode(listing).replace(ORIGIN.encode(), origin.encode())
        return Response(body, media_type="application/json")

    async def remove(self, request: Call, name: FromPath[str]) -> Response[bytes]:
        """Of an image or a video; a failure is told in a 200."""
        gallery = LaterGallery(self._accounts.of(request).gallery)
        if not gallery.delete({name}):
            return reply(_FAILURE)
        return tell(f"{name} removed successfully")

    async def send_file(
        self, request: Call, number: FromPath[str], name: FromPath[str]
    ) -> Response[bytes]:
        """To anybody, as it lies on a delivery network."""
        account = self._accounts.numbered(number)
        found = account and LaterGallery(account.gallery).find(name)
        if not found:
            raise Refusal(404, None)
        file, is_thumbnail = found
        content, kind = await self._load(file, is_thumbnail=is_thumbnail)
        sent = delivery.File(content=content, media_type=kind, modified=file.moment)
        return delivery.deliver(request, sent)

    async def _load(self, file: File, *, is_thumbnail: bool) -> tuple[bytes, str]:
        if is_thumbnail:
            return await self._prints.thumbnail(file), "image/jpeg"
        if file.type == "video":
            return await self._prints.film(file), "video/mp4"
        return await self._prints.picture(file), "image/jpeg"


def to_folder(account: Account) -> str:
    return f"cdn/{account.number}/gallery"
