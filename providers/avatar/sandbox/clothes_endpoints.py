"""The paths of avatar's document that are about clothes; they want no token."""

from typing import Final

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler

from providers.avatar.sandbox import requests
from providers.avatar.sandbox.clothes import Clothes
from providers.avatar.sandbox.replies import reply, tell
from providers.avatar.sandbox.requests import Call

_PARSED: Final = (
    "The Excel file has been uploaded and parsed successfully, and data has been "
    "written to the database"
)


class ClothesEndpoints:
    def __init__(self) -> None:
        self._clothes = Clothes()

    def handlers(self) -> list[HTTPRouteHandler]:
        return [
            post("/upload_clothes", status_code=200)(self.upload_clothes),
            post("/get_clothes", status_code=200)(self.get_clothes),
        ]

    async def upload_clothes(self, request: Call) -> Response[bytes]:
        upload = await requests.read_file(request)
        self._clothes.replace(upload.filename, await upload.read())
        return tell(_PARSED)

    async def get_clothes(self, request: Call) -> Response[bytes]:
        asked = requests.check(await requests.read_json(request), requests.CLOTHES)
        return reply(self._clothes.find(asked))
