"""The paths of Hyper3D's document, and the signed links that its cards carry."""

import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, post, route as on
from litestar.datastructures import State
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from gateway.sandbox.catalogue import LAST_MOMENT, ORIGIN
from gateway.sandbox.delivery import File, deliver
from gateway.sandbox.media import MediaShelf
from gateway.sandbox.painting.pictures import FACES, SHAPES
from gateway.sandbox.refusals import Refusal
from providers.hyper3d.sandbox.cards import EMAIL, Entry, to_author
from providers.hyper3d.sandbox.galleries import Galleries
from providers.hyper3d.sandbox.requests import (
    read_login,
    read_object,
    read_query,
    unauthorized,
)

Call = Request[object, object, State]
PASSWORD: Final = "demo"  # noqa: S105  the ready account's, as documented
_PAGE_SIZE: Final = 24
_LIFETIME_SECONDS: Final = 604_800
_DATE: Final = "%Y%m%dT%H%M%SZ"
_READ: Final = (HttpMethod.GET, HttpMethod.HEAD)


class Signer:
    """Signs a path for 604,800 seconds, and checks such a signature."""

    def __init__(self, secret: bytes, now: Callable[[], datetime]) -> None:
        self._secret = secret
        self._now = now

    def sign(self, path: str) -> str:
        date, expires = f"{self._now():{_DATE}}", str(_LIFETIME_SECONDS)
        query = {
            "X-Tos-Date": date,
            "X-Tos-Expires": expires,
            "X-Tos-Signature": self._digest(path, date, expires),
        }
        return f"{path}?{urlencode(query)}"

    def check(self, path: str, query: Mapping[str, str]) -> None:
        """Raise the 403 of a link that is forged or over."""
        date, expires = query.get("X-Tos-Date", ""), query.get("X-Tos-Expires", "")
        given = query.get("X-Tos-Signature", "")
        wanted = self._digest(path, date, expires)
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            raise _denied("SignatureDoesNotMatch")
        start = datetime.strptime(date, _DATE).replace(tzinfo=UTC)
        if self._now() > start + timedelta(seconds=int(expires)):
            raise _denied("RequestExpired")

    def token(self, number: int) -> str:
        return self._digest("token", str(number), "")

    def _digest(self, *parts: str) -> str:
        return hmac.digest(self._secret, "\n".join(parts).encode(), "sha256").hex()


_PUBLIC: Final[tuple[object, ...]] = ("Featured", "Recent")
"""What is listed for whoever calls without a token."""


def _denied(code: str) -> Refusal:
    return Refusal(403, {"Code": code, "Message": "access denied"})


class Endpoints:
    def __init__(self, galleries: Galleries, shelf: MediaShelf, signer: Signer) -> None:
        self._galleries = galleries
        self._shelf = shelf
        self._signer = signer
        self._tokens: set[str] = set()
        self._logins = 0
        self._lists = 0

    def handlers(self) -> list[HTTPRouteHandler]:
        return [
            post("/api/user/login", status_code=201)(self.login),
            post("/api/task/cards", status_code=201)(self.list_cards),
            on("/files/{task_uuid:str}/{name:str}", http_method=_READ)(self.send_file),
            on("/avatars/{name:str}", http_method=_READ)(self.send_avatar),
        ]

    def void(self) -> None:
        self._tokens.clear()

    def restore(self) -> None:
        """No token is configured here."""

    async def login(self, request: Call) -> Response[bytes]:
        if read_login(await request.body()) != (EMAIL, PASSWORD):
            return _reply({"error": "Wrong email or password"})
        self._logins += 1
        token = self._signer.token(self._logins)
        self._tokens.add(token)
        person = to_author(self._galleries.maker.demo)
        # The documented client takes any text for a failure, even "OK".
        return _reply({"error": None, **person, "token": token}, request)

    async def list_cards(self, request: Call) -> Response[bytes]:
        sent = read_object(await request.body())
        told = request.headers.get("authorization")
        is_let_in = (
            sent.get("type") in _PUBLIC if told is None else self._is_known(told)
        )
        if not is_let_in:
            raise unauthorized()
        page, query = read_query(sent)
        first = page * _PAGE_SIZE
        entries = self._galleries.view(query)[first : first + _PAGE_SIZE]
        self._lists += 1
        answer = _reply([self._to_card(entry) for entry in entries], request)
        answer.headers["Subscription-Key"] = f"sub-{self._lists:08x}"
        return answer

    def _is_known(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        return scheme == "Bearer" and token in self._tokens

    def _to_card(self, entry: Entry) -> object:
        if entry.is_malformed:
            return entry.malformed
        names = {}
        for field, name, has_it in (
            ("image_url", "image.jpg", entry.has_image),
            ("video_url", entry.video_name, entry.has_video),
        ):
            if has_it:
                path = self._signer.sign(f"/files/{entry.id}/{name}")
                names[field] = f"{ORIGIN}{path}"
        return {"image_url": None, **entry.card, **names}

    async def send_file(
        self, request: Call, task_uuid: FromPath[str], name: FromPath[str]
    ) -> Response[bytes]:
        self._signer.check(request.url.path, request.query_params)
        entry = self._galleries.find(task_uuid)
        if entry is None or not has_file(entry, name):
            raise Refusal(404, {"Code": "NoSuchKey", "Message": "no such file"})
        match name:
            case "image.jpg":
                content = await self._shelf.picture(task_uuid, SHAPES)
                kind = "image/jpeg"
            case "video.webp":
                content = await self._shelf.animation(task_uuid, SHAPES)
                kind = "image/webp"
            case _:
                content, kind = await self._shelf.clip(task_uuid), "video/mp4"
        file = File(content=content, media_type=kind, modified=entry.moment)
        return deliver(request, file)

    async def send_avatar(self, request: Call, name: FromPath[str]) -> Response[bytes]:
        if not self._galleries.maker.has_person(name.removesuffix(".jpg")):
            raise Refusal(404, {"Code": "NoSuchKey", "Message": "no such file"})
        content = await self._shelf.picture(name, FACES)
        file = File(content=content, media_type="image/jpeg", modified=LAST_MOMENT)
        return deliver(request, file)


def has_file(entry: Entry, name: str) -> bool:
    files = {"image.jpg": entry.has_image, entry.video_name: entry.has_video}
    return files.get(name, False)


def _reply(answer: object, request: Call | None = None) -> Response[bytes]:
    """Our own address in the answer is the one that the caller used."""
    body = msgspec.json.encode(answer)
    if request is not None:
        origin = f"{request.url.scheme}://{request.url.netloc}"
        body = body.replace(ORIGIN.encode(), origin.encode())
    return Response(body, media_type="application/json")
