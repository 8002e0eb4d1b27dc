"""The paths of avatar's document."""

from typing import Final

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.datastructures import State, UploadFile
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from gateway.sandbox import delivery
from gateway.sandbox.media import MediaShelf
from gateway.sandbox.pictures import PEOPLE
from gateway.sandbox.refusals import Refusal
from providers.avatar.sandbox import requests
from providers.avatar.sandbox.accounts import Account, Accounts
from providers.avatar.sandbox.gallery import FileType

Call = Request[object, object, State]
_JPEG: Final = "image/jpeg"
_CLOTHES: Final = (
    ("https://example.com/1", "BrandA", "Male", "Cloth1", "Red,Blue,Green",
     "#FF0000,#0000FF,#008000 ", "S,M,L"),
    ("https://example.com/2", "BrandB", "Female", "Cloth2", "Black,White",
     "#000000,#FFFFFF", "XS,S,M,L,XL"),
    ("https://example.com/3", "BrandC", "Female", "Cloth3", "Yellow,Purple",
     "#FFFF00,#800080", "M,L,XL,XXL"),
)  # fmt: skip


class Endpoints:
    def __init__(self, accounts: Accounts, shelf: MediaShelf) -> None:
        self._accounts = accounts
        self._shelf = shelf

    def handlers(self) -> list[HTTPRouteHandler]:
        return [
            post("/register", status_code=200)(self.register),
            post("/login", status_code=200)(self.login),
            get("/get_user_info")(self.get_info),
            post("/update_user_info", status_code=200)(self.update_info),
            get("/get_user_details")(self.get_details),
            post("/update_user_details", status_code=200)(self.update_details),
            get("/get_avatar")(self.get_avatar),
            get("/get_avatar_thumbnail")(self.get_avatar_thumbnail),
            post("/upload_avatar", status_code=200)(self.upload_avatar),
            post("/generate", status_code=200)(self.generate),
            post("/generate_video", status_code=200)(self.generate_video),
            get("/generate/{task_id:str}")(self.get_task),
            get("/get_gallery")(self.get_gallery),
            get("/get_gallery_image/{url:str}")(self.get_image),
            get("/get_gallery_video/{url:str}")(self.get_video),
            get("/get_thumbnail/{url:str}")(self.get_thumbnail),
            delete("/remove_gallery_image/{url:str}", status_code=200)(self.remove),
            post("/get_clothes", status_code=200)(self.get_clothes),
        ]

    def _account(self, request: Call) -> Account:
        return self._accounts.authorize(request.headers.get("authorization"))

    async def register(self, request: Call) -> Response[bytes]:
        self._accounts.register(
            requests.read_fields(await request.body(), requests.REGISTER)
        )
        return _reply({"message": "User registered successfully"})

    async def login(self, request: Call) -> Response[bytes]:
        found = requests.read_fields(await request.body(), requests.LOGIN)
        return _reply({"token": self._accounts.login(str(found["email"]))})

    async def get_info(self, request: Call) -> Response[bytes]:
        return _reply(self._account(request).info)

    async def update_info(self, request: Call) -> Response[bytes]:
        account = self._account(request)
        account.info |= requests.read_fields(await request.body(), requests.INFO)
        return _reply({"message": "User info updated successfully"})

    async def get_details(self, request: Call) -> Response[bytes]:
        details = self._account(request).details
        if details is None:
            raise Refusal(404, {"detail": "User details not found"})
        return _reply(details)

    async def update_details(self, request: Call) -> Response[bytes]:
        account = self._account(request)
        account.details = requests.read_fields(await request.body(), requests.DETAILS)
        return _reply({"message": "User details updated successfully"})

    async def get_avatar(self, request: Call) -> Response[bytes]:
        """Whatever was uploaded is called a JPEG."""
        account = self._account(request)
        if account.avatar is None and account is not self._accounts.demo:
            raise Refusal(404, {"detail": "Avatar not found"})
        content = account.avatar or await self._shelf.picture("me", PEOPLE, "PNG")
        return Response(content, media_type=_JPEG)

    async def get_avatar_thumbnail(self, request: Call) -> Response[bytes]:
        """Never there: the server looks for another name than upload writes."""
        self._account(request)
        raise Refusal(404, {"detail": "Avatar thumbnail not found"})

    async def upload_avatar(self, request: Call) -> Response[bytes]:
        account = self._account(request)
        upload = (await request.form()).get("file")
        if not isinstance(upload, UploadFile):
            raise requests.refuse_missing("body", "file")
        account.avatar = await upload.read()
        return _reply({"message": "Avatar uploaded successfully"})

    async def generate(self, request: Call) -> Response[bytes]:
        return await self._submit(request, "image")

    async def generate_video(self, request: Call) -> Response[bytes]:
        return await self._submit(request, "video")

    async def _submit(self, request: Call, kind: FileType) -> Response[bytes]:
        """A task takes a second; one for the garment `fail` fails."""
        account = self._account(request)
        found = requests.read_fields(await request.body(), requests.GENERATE)
        apparel = found["apparel_details"]
        will_fail = isinstance(apparel, dict) and apparel.get("item_id") == "fail"
        return _reply({"task_id": account.gallery.submit(kind, will_fail=will_fail)})

    async def get_task(self, request: Call, task_id: FromPath[str]) -> Response[bytes]:
        found = self._account(request).gallery.status(task_id)
        if found is None:
            raise Refusal(404, {"detail": "Task not found"})
        return _reply({"status": found[0], "position": found[1]})

    async def get_gallery(self, request: Call) -> Response[bytes]:
        listing = self._account(request).gallery.listing()
        return Response(listing, media_type="application/json")

    async def get_image(self, request: Call, url: FromPath[str]) -> Response[bytes]:
        if self._account(request).gallery.find(url, "image") is None:
            raise Refusal(404, {"detail": "Image file not found in gallery"})
        content = await self._shelf.picture(url, PEOPLE)
        return Response(content, media_type=_JPEG)

    async def get_thumbnail(self, request: Call, url: FromPath[str]) -> Response[bytes]:
        if self._account(request).gallery.find(url, "image") is None:
            raise Refusal(404, {"detail": "Thumbnail file not found in gallery"})
        content = await self._shelf.thumbnail(url, PEOPLE)
        return Response(content, media_type=_JPEG)

    async def get_video(self, request: Call, url: FromPath[str]) -> Response[bytes]:
        file = self._account(request).gallery.find(url, "video")
        if file is None:
            raise Refusal(404, {"detail": "Video file not found in gallery"})
        content = await self._shelf.clip(url)
        video = delivery.File(
            content=content, media_type="video/mp4", modified=file.moment
        )
        return delivery.deliver(request, video)

    async def remove(self, request: Call, url: FromPath[str]) -> Response[bytes]:
        gallery = self._account(request).gallery
        if gallery.find(url, "image") is None:
            raise Refusal(404, {"detail": "Image file not found in gallery"})
        gallery.delete({url})
        return _reply({"message": "Image removed successfully"})

    async def get_clothes(self, request: Call) -> Response[bytes]:
        """Without authorization; names match in any case."""
        asked = requests.read_fields(await request.body(), requests.CLOTHES)
        wanted = [str(asked[name]).lower() for name in ("url", "brand", "name")]
        for url, brand, gender, name, colours, codes, sizes in _CLOTHES:
            if [url, brand.lower(), name.lower()] == wanted:
                garment = {"gender": gender, "name": name, "brand": brand}
                lists = {"colors": colours, "sizes": sizes, "colors_hex": codes}
                return _reply(
                    garment | {key: text.split(",") for key, text in lists.items()}
                )
        raise Refusal(404, {"detail": "Clothes not found"})


def _reply(answer: object) -> Response[bytes]:
    return Response(msgspec.json.encode(answer), media_type="application/json")
