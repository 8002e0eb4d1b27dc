"""The paths of PiktID's document, and the delivery network that its links lead to."""

from typing import Final

import msgspec
from litestar import Request, Response, get, post, route as on
from litestar.datastructures import State
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from gateway.sandbox.catalogue import ORIGIN
from gateway.sandbox.delivery import File, deliver
from gateway.sandbox.media import MediaShelf
from gateway.sandbox.painting.pictures import PEOPLE, Format
from gateway.sandbox.refusals import Refusal
from providers.piktid.sandbox.jobs import Json
from providers.piktid.sandbox.listing import Jobs
from providers.piktid.sandbox.requests import read_listing, unauthorized
from providers.piktid.sandbox.tokens import Tokens

Call = Request[object, object, State]
_READ: Final = (HttpMethod.GET, HttpMethod.HEAD)
_FORMATS: Final[dict[str, Format]] = {"png": "PNG", "jpg": "JPEG"}


class RefreshBody(Struct, frozen=True, kw_only=True):
    refresh_token: str


class Endpoints:
    def __init__(self, jobs: Jobs, tokens: Tokens, shelf: MediaShelf) -> None:
        self._jobs = jobs
        self._tokens = tokens
        self._shelf = shelf

    def handlers(self) -> list[HTTPRouteHandler]:
        path = "/cdn/{job_id:str}/{place:str}/{name:str}"
        return [
            get("/gallery/by-job")(self.list_jobs),
            post("/auth/login", status_code=200)(self.login),
            post("/auth/refresh", status_code=200)(self.refresh),
            on(path, http_method=_READ)(self.send_file),
        ]

    async def login(self, request: Call) -> Response[bytes]:
        return _reply(self._tokens.login(request.headers.get("authorization")))

    async def refresh(self, request: Call) -> Response[bytes]:
        """The refresh token comes as a bearer or in the body."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            try:
                body = msgspec.json.decode(await request.body(), type=RefreshBody)
            except msgspec.DecodeError as error:
                raise unauthorized() from error
            token = body.refresh_token
        return _reply(self._tokens.refresh(token))

    async def list_jobs(self, request: Call) -> Response[bytes]:
        self._tokens.check(request.headers.get("authorization"))
        filters, page = read_listing(request.query_params)
        body = msgspec.json.encode(self._jobs.read(filters, page))
        origin = f"{request.url.scheme}://{request.url.netloc}"
        body = body.replace(ORIGIN.encode(), origin.encode())
        return Response(body, media_type="application/json")

    async def send_file(
        self,
        request: Call,
        job_id: FromPath[str],
        place: FromPath[str],
        name: FromPath[str],
    ) -> Response[bytes]:
        image = self._jobs.find(job_id, place)
        if image is None or not has_file(image, name):
            raise Refusal(404, None)
        key, ending = f"{job_id}/{place}/", name.rpartition(".")[2]
        subject = name[:3] if name.startswith("in") else "out"
        if name.endswith("thumb.jpg"):
            content = await self._shelf.thumbnail(key + subject, PEOPLE)
        else:
            content = await self._shelf.picture(key + subject, PEOPLE, _FORMATS[ending])
        file = File(
            content=content,
            media_type="image/png" if ending == "png" else "image/jpeg",
            modified=self._jobs.moment_of(job_id),
            cache_control="public, max-age=31536000",
        )
        return deliver(request, file)


def has_file(image: Json, name: str) -> bool:
    """Whether one of the image's own links ends in that name."""
    links = msgspec.json.encode([image["inputs"], image["output"]])
    return f'/{name}"'.encode() in links


def _reply(answer: object) -> Response[bytes]:
    return Response(msgspec.json.encode(answer), media_type="application/json")
