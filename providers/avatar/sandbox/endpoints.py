"""The paths of avatar's document that are about users and their tasks."""

import asyncio
from io import BytesIO
from typing import Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from PIL import Image

from gateway.sandbox.media import MediaShelf
from gateway.sandbox.painting.pictures import PEOPLE
from gateway.sandbox.refusals import Refusal
from providers.avatar.sandbox import requests
from providers.avatar.sandbox.accounts import Account, Accounts
from providers.avatar.sandbox.orders import FileType, to_order
from providers.avatar.sandbox.replies import reply, tell
from providers.avatar.sandbox.requests import Call
from providers.avatar.sandbox.validation import Json, Reader

_JPEG: Final = "image/jpeg"


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
        ]

    async def _read(self, request: Call, reader: Reader) -> tuple[Account, Json]:
        """What cannot be read is refused first, then the token, then the fields."""
        sent = await requests.read_json(request)
        account = self._accounts.of(request)
        return account, requests.check(sent, reader)

    async def register(self, request: Call) -> Response[bytes]:
        found = requests.check(await requests.read_json(request), requests.USER)
        self._accounts.register(found)
        return tell(f"Account {found['email']} has been created")

    async def login(self, request: Call) -> Response[bytes]:
        found = requests.check(await requests.read_json(request), requests.USER)
        return reply({"token": self._accounts.login(str(found["email"]))})

    async def get_info(self, request: Call) -> Response[bytes]:
        return reply(self._accounts.of(request).info)

    async def update_info(self, request: Call) -> Response[bytes]:
        """What is left out becomes null."""
        account, found = await self._read(request, requests.INFO)
        account.info |= found
        return tell("user info updated successfully")

    async def get_details(self, request: Call) -> Response[bytes]:
        return reply(self._accounts.of(request).details)

    async def update_details(self, request: Call) -> Response[bytes]:
        account, found = await self._read(request, requests.DETAILS)
        account.details = found
        return tell("User details updated successfully")

    async def get_avatar(self, request: Call) -> Response[bytes]:
        """Whatever was uploaded is called a JPEG."""
        account = self._accounts.of(request)
        self._need_avatar(account)
        content = account.avatar
        if content is None:
            content = await self._shelf.picture("me", PEOPLE, "PNG")
        return Response(content, media_type=_JPEG)

    def _need_avatar(self, account: Account) -> None:
        if account.avatar is None and account is not self._accounts.demo:
            raise Refusal(404, {"detail": "User avatar not found"})

    async def get_avatar_thumbnail(self, request: Call) -> Response[bytes]:
        """Never there: the server looks for another name than upload writes."""
        self._accounts.of(request)
        raise Refusal(404, {"detail": "User avatar thumbnail not found"})

    async def upload_avatar(self, request: Call) -> Response[bytes]:
        """It is kept before its thumbnail turns out to be impossible."""
        account = self._accounts.of(request)
        account.avatar = await (await requests.read_file(request)).read()
        if not await asyncio.to_thread(can_be_jpeg, account.avatar):
            return Response(
                b"Internal Server Error", status_code=500, media_type="text/plain"
            )
        return tell("Uploaded avatar successfully")

    async def generate(self, request: Call) -> Response[bytes]:
        return await self._submit(request, "image", requests.IMAGE_TASK)

    async def generate_video(self, request: Call) -> Response[bytes]:
        return await self._submit(request, "video", requests.VIDEO_TASK)

    async def _submit(
        self, request: Call, kind: FileType, reader: Reader
    ) -> Response[bytes]:
        account, found = await self._read(request, reader)
        self._need_avatar(account)
        return reply({"task_id": account.gallery.submit(to_order(kind, found))})

    async def get_task(self, request: Call, task_id: FromPath[str]) -> Response[bytes]:
        """Of any user's task."""
        self._accounts.of(request)
        found = self._accounts.queue.status(task_id)
        if found is None:
            raise Refusal(404, {"detail": "Task not found"})
        return reply({"status": found[0], "position": found[1]})


def can_be_jpeg(content: bytes) -> bool:
    """Whether a thumbnail can be made: not of text, nor where there is no such mode."""
    try:
        Image.open(BytesIO(content)).save(BytesIO(), "JPEG")
    except (OSError, ValueError, Image.DecompressionBombError):
        return False
    return True
