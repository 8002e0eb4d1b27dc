"""The avatar sandbox on a real socket, with a clock that tests move."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx
from msgspec import Struct
from PIL import Image

from providers.avatar.sandbox import create_app
from tests.providers.avatar.example import GENERATE
from tests.sandbox.serving import login, serve

TASK: dict[str, Any] = {
    **GENERATE,
    "video_options": {
        "pixverse": True,
        "duration": 5,
        "negative_prompt": "",
        "prompt": "",
        "seed": 0,
    },
}


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 2, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


class Running(Struct, frozen=True, kw_only=True):
    client: httpx.AsyncClient
    headers: dict[str, str]
    clock: Clock

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={**self.headers, **headers})

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self.client.post(path, json=body, headers=self.headers)

    async def tell(self, what: str, **told: object) -> Any:
        """Call the control; its answer."""
        answer = await self.client.post(f"/_sandbox/{what}", json=told)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def generate(self, **apparel: str) -> str:
        """Begin an image task, whose garment may differ from the document's."""
        worn = {**TASK["apparel_details"], **apparel}
        answer = await self.post("/generate", {**TASK, "apparel_details": worn})
        assert answer.status_code == 200, answer.text
        task_id: str = answer.json()["task_id"]
        return task_id

    async def state(self, task_id: str) -> Any:
        return (await self.get(f"/generate/{task_id}")).json()

    async def upload(self, content: bytes) -> httpx.Response:
        files = {"file": ("me.png", content)}
        return await self.client.post(
            "/upload_avatar", files=files, headers=self.headers
        )

    async def gallery(self) -> list[dict[str, str]]:
        entries: list[dict[str, str]] = (await self.get("/get_gallery")).json()[
            "gallery_urls"
        ]
        return entries

    async def first(self, kind: str) -> str:
        return next(one["url"] for one in await self.gallery() if one["type"] == kind)


@asynccontextmanager
async def run_sandbox(*, later: bool = False) -> AsyncIterator[Running]:
    clock = Clock()
    async with serve(create_app(now=clock, later=later)) as client:
        headers = await login(client, "avatar")
        yield Running(client=client, headers=headers, clock=clock)


async def register(sandbox: Running, **info: object) -> Running:
    """A new user, logged in."""
    answer = await sandbox.client.post("/register", json=info)
    assert answer.status_code == 200, answer.text
    token = (await sandbox.client.post("/login", json=info)).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    return Running(client=sandbox.client, headers=headers, clock=sandbox.clock)


def picture(kind: str, mode: str = "RGB") -> bytes:
    sink = BytesIO()
    Image.new(mode, (8, 8)).save(sink, kind)
    return sink.getvalue()
