from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import httpx
import pytest
from msgspec import Struct
from PIL import Image

from providers.avatar.sandbox import create_app
from tests.sandbox.serving import login, serve

NEW_USER = {
    "email": "new@example.com",
    "full_name": "New User",
    "date_of_birth": 1731754271,
    "ethnicity": "any",
    "gender": "Male",
}
TASK = {"user_details": {"gender": "Female"}, "apparel_details": {"item_id": "Coat"}}


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

    async def gallery(self) -> list[dict[str, str]]:
        entries: list[dict[str, str]] = (await self.get("/get_gallery")).json()[
            "gallery_urls"
        ]
        return entries

    async def first(self, kind: str) -> str:
        return next(one["url"] for one in await self.gallery() if one["type"] == kind)


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    clock = Clock()
    async with serve(create_app(now=clock)) as client:
        headers = await login(client, "avatar")
        yield Running(client=client, headers=headers, clock=clock)


async def test_each_login_voids_the_token_before_it(sandbox: Running) -> None:
    second = await login(sandbox.client, "avatar")

    old = await sandbox.get("/get_gallery")
    new = await sandbox.client.get("/get_gallery", headers=second)

    assert (old.status_code, new.status_code) == (401, 200)


async def test_only_a_bearer_with_a_capital_is_let_in(sandbox: Running) -> None:
    token = sandbox.headers["Authorization"].removeprefix("Bearer ")
    attempts = [{}, {"Authorization": token}, {"Authorization": f"bearer {token}"}]

    for headers in attempts:
        answer = await sandbox.client.get("/get_gallery", headers=headers)

        assert answer.status_code == 401
        assert answer.json() == {"detail": "Invalid authorization credentials"}
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"email": "demo@example.com"}, 200),
        ({"email": "unknown@example.com"}, 404),
        ({"email": ""}, 400),
        ({"email": 5}, 422),
        ({}, 422),
        ([], 422),
    ],
)
async def test_a_login_answers_as_the_server_does(
    sandbox: Running, body: object, status: int
) -> None:
    answer = await sandbox.client.post("/login", json=body)

    assert answer.status_code == status
    if status == 404:
        assert answer.json() == {"detail": "User not found"}
    if status == 422:
        (fault,) = answer.json()["detail"]
        assert set(fault) == {"type", "loc", "msg", "input"}


async def test_a_broken_or_missing_body_is_a_422(sandbox: Running) -> None:
    broken = await sandbox.client.post("/login", content="{")
    missing = await sandbox.client.post("/login")

    assert broken.json()["detail"][0]["type"] == "json_invalid"
    assert missing.json()["detail"][0]["loc"] == ["body"]


async def test_a_new_account_has_an_empty_gallery_and_no_twin(sandbox: Running) -> None:
    created = await sandbox.client.post("/register", json=NEW_USER)
    again = await sandbox.client.post("/register", json=NEW_USER)
    token = (await sandbox.client.post("/login", json=NEW_USER)).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}

    gallery = await sandbox.client.get("/get_gallery", headers=headers)
    details = await sandbox.client.get("/get_user_details", headers=headers)
    avatar = await sandbox.client.get("/get_avatar", headers=headers)

    assert (created.status_code, again.status_code) == (200, 404)
    assert gallery.json() == {"gallery_urls": []}
    assert (details.status_code, avatar.status_code) == (404, 404)


async def test_the_gallery_is_in_directory_order_with_several_to_a_task(
    sandbox: Running,
) -> None:
    entries = await sandbox.gallery()

    urls = [entry["url"] for entry in entries]
    assert len(set(urls)) == 240
    assert urls != sorted(urls)
    assert all(set(entry) == {"type", "url"} for entry in entries)
    assert {entry["type"] for entry in entries} == {"image", "video"}
    assert any(url.endswith("-2") for url in urls)


async def test_an_image_ignores_ranges_has_no_etag_and_no_head(
    sandbox: Running,
) -> None:
    path = f"/get_gallery_image/{await sandbox.first('image')}"

    whole = await sandbox.get(path)
    part = await sandbox.get(path, Range="bytes=0-9")
    head = await sandbox.client.head(path, headers=sandbox.headers)

    Image.open(BytesIO(whole.content)).load()
    assert (part.status_code, part.content) == (200, whole.content)
    assert "etag" not in whole.headers
    assert head.status_code == 405


async def test_a_video_has_ranges_but_no_thumbnail_and_no_delete(
    sandbox: Running,
) -> None:
    url = await sandbox.first("video")

    whole = await sandbox.get(f"/get_gallery_video/{url}")
    part = await sandbox.get(f"/get_gallery_video/{url}", Range="bytes=4-7")
    thumbnail = await sandbox.get(f"/get_thumbnail/{url}")
    deleted = await sandbox.client.delete(
        f"/remove_gallery_image/{url}", headers=sandbox.headers
    )

    assert whole.headers["etag"]
    assert whole.headers["last-modified"]
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert thumbnail.status_code == 404
    assert deleted.status_code == 404
    assert deleted.json() == {"detail": "Image file not found in gallery"}


async def test_a_thumbnail_is_small_and_a_deleted_image_is_gone(
    sandbox: Running,
) -> None:
    url = await sandbox.first("image")

    thumbnail = await sandbox.get(f"/get_thumbnail/{url}")
    deleted = await sandbox.client.delete(
        f"/remove_gallery_image/{url}", headers=sandbox.headers
    )
    gone = await sandbox.get(f"/get_gallery_image/{url}")

    assert max(Image.open(BytesIO(thumbnail.content)).size) == 256
    assert (deleted.status_code, gone.status_code) == (200, 404)
    assert url not in [entry["url"] for entry in await sandbox.gallery()]


async def test_tasks_queue_up_and_end_in_the_gallery(sandbox: Running) -> None:
    first = (await sandbox.post("/generate", TASK)).json()["task_id"]
    second = (await sandbox.post("/generate_video", TASK)).json()["task_id"]

    working = (await sandbox.get(f"/generate/{first}")).json()
    queued = (await sandbox.get(f"/generate/{second}")).json()
    sandbox.clock.moment += timedelta(seconds=2)
    done = (await sandbox.get(f"/generate/{second}")).json()

    assert working == {"status": 1, "position": 0}
    assert queued == {"status": 0, "position": 1}
    assert done == {"status": 2, "position": -1}
    entries = await sandbox.gallery()
    assert {"type": "image", "url": first} in entries
    assert {"type": "video", "url": second} in entries


async def test_a_task_can_fail_be_finished_or_be_forgotten(sandbox: Running) -> None:
    body = {**TASK, "apparel_details": {"item_id": "fail"}}
    task_id = (await sandbox.post("/generate", body)).json()["task_id"]
    finished = await sandbox.client.post("/_sandbox/finish")

    failed = await sandbox.get(f"/generate/{task_id}")
    old = await sandbox.get(f"/generate/{await sandbox.first('image')}")

    assert finished.json() == {"finished": 1}
    assert failed.json() == {"status": 3, "position": -1}
    assert task_id not in [entry["url"] for entry in await sandbox.gallery()]
    assert (old.status_code, old.json()) == (404, {"detail": "Task not found"})


async def test_an_uploaded_avatar_comes_back_as_jpeg_whatever_it_is(
    sandbox: Running,
) -> None:
    ready = await sandbox.get("/get_avatar")
    uploaded = await sandbox.client.post(
        "/upload_avatar", files={"file": ("me.gif", b"GIF89a")}, headers=sandbox.headers
    )
    back = await sandbox.get("/get_avatar")
    thumbnail = await sandbox.get("/get_avatar_thumbnail")
    missing = await sandbox.client.post("/upload_avatar", headers=sandbox.headers)

    assert Image.open(BytesIO(ready.content)).format == "PNG"
    assert ready.headers["content-type"] == back.headers["content-type"] == "image/jpeg"
    assert (uploaded.status_code, back.content) == (200, b"GIF89a")
    assert (thumbnail.status_code, missing.status_code) == (404, 422)


async def test_information_and_details_can_be_changed(sandbox: Running) -> None:
    info = (await sandbox.get("/get_user_info")).json()
    details = (await sandbox.get("/get_user_details")).json()

    changed = await sandbox.post("/update_user_info", {**info, "full_name": "Ж"})
    detailed = await sandbox.post("/update_user_details", {**details, "skin_tone": 4})

    assert changed.status_code == detailed.status_code == 200
    assert (await sandbox.get("/get_user_info")).json() == {**info, "full_name": "Ж"}
    assert (await sandbox.get("/get_user_details")).json()["skin_tone"] == 4


async def test_clothes_want_a_brand(sandbox: Running) -> None:
    wanted = {"url": "https://example.com/1", "name": "cloth1"}

    without = await sandbox.client.post("/get_clothes", json=wanted)
    found = await sandbox.client.post(
        "/get_clothes", json={**wanted, "brand": "BRANDA"}
    )
    unknown = await sandbox.client.post("/get_clothes", json={**wanted, "brand": "?"})

    assert without.json()["detail"][0]["loc"] == ["body", "brand"]
    assert found.json()["colors_hex"] == ["#FF0000", "#0000FF", "#008000 "]
    assert unknown.status_code == 404


async def test_unknown_paths_and_methods_are_worded_as_fastapi_does(
    sandbox: Running,
) -> None:
    unknown = await sandbox.client.get("/nothing")
    wrong_method = await sandbox.client.post("/get_gallery")

    assert (unknown.status_code, unknown.json()) == (404, {"detail": "Not Found"})
    assert wrong_method.json() == {"detail": "Method Not Allowed"}
