"""One upstream for all three plugins, where each login sees what bears its own name.

Every field of every answer to a person holds that person's canary: the word by which
it is known again, wherever it turns up.
"""

import io
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct
from PIL import Image
from PIL.PngImagePlugin import PngInfo

PATHS = {"hyper3d": "/hyper3d", "avatar": "/avatar", "piktid": "/piktid"}
PAGE = 20
_EPOCH_MS = 1_738_860_000_000
HttpRequest = Request[object, object, State]


class Person(Struct, frozen=True, kw_only=True):
    """Whom an upstream knows; `number` has two digits."""

    name: str
    number: int

    @property
    def canary(self) -> str:
        return f"canary{self.name}{self.number}"

    @property
    def canaries(self) -> tuple[str, ...]:
        """What may be shown to nobody else; ids of avatar's are times, by its rules."""
        return self.canary, f"avatar:{self.to_url(0)[:8]}"

    def to_url(self, place: int) -> str:
        return str(_EPOCH_MS + self.number * 1_000_000 + place * 1_000)

    @property
    def credentials(self) -> dict[str, dict[str, str]]:
        email = f"{self.canary}@example.com"
        return {
            "hyper3d": {"email": email, "password": self.canary},
            "avatar": {"email": email},
            "piktid": {"token": f"token-{self.canary}"},
        }


class People:
    """The upstream; `calls` counts what was asked, by path and person."""

    def __init__(self, people: Sequence[Person], *, items: int = 30) -> None:
        self._people = {person.canary: person for person in people}
        self._items = items
        self.address = ""
        self.calls: Counter[tuple[str, str]] = Counter()
        self.gone: set[str] = set()

    def app(self) -> Litestar:
        return Litestar(self._handlers(), openapi_config=None)

    def _find(self, request: HttpRequest, what: str) -> Person | None:
        """Return who asks, and count it."""
        _, _, token = request.headers.get("authorization", "").partition(" ")
        person = self._people.get(token.removeprefix("token-"))
        if person is not None:
            self.calls[what, person.name] += 1
        return person

    def _handlers(self) -> list[HTTPRouteHandler]:
        image = "/avatar/{name}_gallery_image/{{url:str}}".format
        logins = ["/hyper3d/user/login", "/avatar/login"]
        return [
            post(logins, status_code=200)(self.log_in),
            post("/avatar/generate", status_code=200)(self.generate),
            get("/avatar/generate/{task_id:str}")(self.find_task),
            get("/avatar/get_user_info")(self.get_info),
            post("/hyper3d/task/cards", status_code=201)(self.list_cards),
            get("/avatar/get_gallery")(self.list_gallery),
            get(image(name="get"))(self.get_image),
            delete(image(name="remove"), status_code=200)(self.remove_image),
            get("/piktid/gallery/by-job")(self.list_jobs),
            get("/files/{canary:str}/{name:str}")(self.get_file),
        ]

    async def log_in(self, request: HttpRequest) -> Response[bytes]:
        email = (await request.json())["email"]
        person = self._people.get(email.partition("@")[0])
        if person is None:
            return _refuse(404)
        self.calls[f"login {request.url.path.split('/')[1]}", person.name] += 1
        return _reply({"token": f"token-{person.canary}", "status_code": 200})

    async def list_cards(self, request: HttpRequest) -> Response[bytes]:
        person = self._find(request, "list hyper3d")
        if person is None:
            return _refuse(401)
        page = (await request.json()).get("page_num", 0)
        places = range(self._items)[page * PAGE : (page + 1) * PAGE]
        return _reply([self._to_card(person, place) for place in places])

    async def list_gallery(self, request: HttpRequest) -> Response[bytes]:
        person = self._find(request, "list avatar")
        if person is None:
            return _refuse(401)
        urls = (person.to_url(place) for place in range(self._items))
        listed = [{"type": "image", "url": u} for u in urls if u not in self.gone]
        return _reply({"gallery_urls": listed, "status_code": 200})

    async def get_image(
        self, request: HttpRequest, url: FromPath[str]
    ) -> Response[bytes]:
        person = self._find(request, "image avatar")
        if person is None:
            return _refuse(401)
        if not url.startswith(person.to_url(0)[:8]):
            return _refuse(404)
        return Response(to_picture(person), media_type="image/png")

    async def remove_image(
        self, request: HttpRequest, url: FromPath[str]
    ) -> Response[bytes]:
        if self._find(request, "delete avatar") is None:
            return _refuse(401)
        self.gone.add(url)
        return _reply({"status_code": 200})

    async def generate(self, request: HttpRequest) -> Response[bytes]:
        person = self._find(request, "generate avatar")
        if person is None:
            return _refuse(401)
        count = self.calls["generate avatar", person.name]
        return _reply({"task_id": person.to_url(500 + count)})

    async def find_task(
        self, request: HttpRequest, task_id: FromPath[str]
    ) -> Response[bytes]:
        """Tell of any user's task, as the service does."""
        if self._find(request, "task avatar") is None:
            return _refuse(401)
        return _reply({"status": 0, "position": int(task_id) % 10})

    async def get_info(self, request: HttpRequest) -> Response[bytes]:
        person = self._find(request, "info avatar")
        if person is None:
            return _refuse(401)
        email, name = f"{person.canary}@example.com", person.canary
        return _reply({"email": email, "full_name": name, "ethnicity": name})

    async def list_jobs(self, request: HttpRequest) -> Response[bytes]:
        person = self._find(request, "list piktid")
        if person is None:
            return _refuse(401)
        page, size = (int(request.query_params[k]) for k in ("page", "per_page"))
        places = range(self._items)[(page - 1) * size : page * size]
        count = -(-self._items // size)
        paging = {"page": page, "per_page": size, "total": self._items}
        paging |= {"pages": count, "has_next": page < count}
        jobs = [self._to_job(person, place) for place in places]
        return _reply({"pagination": paging, "jobs": jobs})

    async def get_file(self, canary: FromPath[str]) -> Response[bytes]:
        return Response(to_picture(self._people[canary]), media_type="image/png")

    def _to_card(self, person: Person, place: int) -> dict[str, Any]:
        canary = person.canary
        return {
            "task_uuid": f"{canary}-{place}",
            "type": "Rodin",
            "image_url": f"{self.address}/files/{canary}/card{place}.png?sig={canary}",
            "prompt": f"prompt of {canary}",
            "num_like": person.number,
            "time": _to_time(person, place),
            "author": {
                "user_uuid": canary,
                "username": canary,
                "avatar_url": f"{self.address}/files/{canary}/face.png",
                "email": f"{canary}@example.com",
            },
            "user_state": "Generated",
            "title": f"title of {canary}",
            "style": canary,
            "group": {"uuid": canary, "name": canary, "checkin_code": canary},
            "step": canary,
            "pending_jobs": [],
        }

    def _to_job(self, person: Person, place: int) -> dict[str, Any]:
        canary = person.canary
        file = f"{self.address}/files/{canary}/job{place}.png?sig={canary}"
        return {
            "job_id": f"{canary}-{place}",
            "job_type": canary,
            "job_status": "completed",
            "identity_name": canary,
            "project_id": person.number,
            "project_name": canary,
            "created_at": _to_time(person, place).removesuffix("Z"),
            "created_by": f"{canary}@example.com",
            "total_images": 1,
            "completed_images": 1,
            "failed_images": 0,
            "images": [
                {
                    "job_id": f"{canary}-{place}",
                    "image_index": 0,
                    "group_index": 0,
                    "version": 0,
                    "original_filename": f"{canary}.png",
                    "inputs": [],
                    "output": {"full_size": file, "thumbnail": None},
                    "status": "completed",
                    "error_message": canary,
                    "feedback_comment": canary,
                }
            ],
        }


def to_picture(person: Person) -> bytes:
    """Draw a picture that bears the canary, in a colour of the person's own."""
    told = PngInfo()
    told.add_text("owner", person.canary)
    picture = Image.new("RGB", (400, 400), (person.number * 2, 80, 160))
    content = io.BytesIO()
    picture.save(content, "png", pnginfo=told)
    return content.getvalue()


def _to_time(person: Person, place: int) -> str:
    return f"2025-10-{28 - place % 28:02d}T{person.number % 24:02d}:00:{place:02d}.000Z"


def _reply(answer: object) -> Response[bytes]:
    return Response(msgspec.json.encode(answer), media_type="application/json")


def _refuse(status: int) -> Response[bytes]:
    body = msgspec.json.encode({"detail": "refused"})
    return Response(body, status_code=status, media_type="application/json")
