from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from tests.providers.avatar.running import (
    TASK,
    Running,
    picture,
    register,
    run_sandbox,
)
from tests.sandbox.serving import login

NEW_USER = {
    "email": "new@example.com",
    "full_name": "New User",
    "date_of_birth": 1731754271,
    "ethnicity": "any",
    "gender": "Male",
}


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    async with run_sandbox() as running:
        yield running


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


async def test_an_address_is_compared_without_case_and_blanks_behind(
    sandbox: Running,
) -> None:
    body = {"email": "DEMO@example.com  "}

    again = await sandbox.client.post("/register", json=body)
    login = await sandbox.client.post("/login", json=body)

    detail = "Account DEMO@example.com   has already created"
    assert (again.status_code, again.json()) == (404, {"detail": detail})
    assert login.status_code == 200
    assert (await sandbox.get("/get_gallery")).status_code == 401


async def test_an_account_needs_an_address_alone(sandbox: Running) -> None:
    empty = await sandbox.client.post("/register", json={"email": ""})
    none = await sandbox.client.post("/register", json={"full_name": "Nobody"})
    user = await register(sandbox, email="new@example.com")

    info = (await user.get("/get_user_info")).json()
    assert (empty.status_code, empty.json()["detail"]) == (
        400,
        "Email can not be empty",
    )
    assert none.status_code == 422
    assert info == {**dict.fromkeys(NEW_USER), "email": "new@example.com"}


async def test_a_new_account_has_nothing_yet_and_no_twin(sandbox: Running) -> None:
    user = await register(sandbox, **NEW_USER)
    again = await sandbox.client.post("/register", json=NEW_USER)

    gallery = await user.get("/get_gallery")
    details = (await user.get("/get_user_details")).json()
    avatar = await user.get("/get_avatar")

    assert again.status_code == 404
    assert gallery.json() == {"gallery_urls": []}
    assert details.pop("skin_tone") == 0
    assert set(details.values()) == {""}
    assert (avatar.status_code, avatar.json()) == (
        404,
        {"detail": "User avatar not found"},
    )


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


async def test_a_video_has_a_name_and_ranges_but_no_304_and_no_head(
    sandbox: Running,
) -> None:
    url = await sandbox.first("video")
    path = f"/get_gallery_video/{url}"

    whole = await sandbox.get(path)
    part = await sandbox.get(path, Range="bytes=4-7")
    tail = await sandbox.get(path, Range="bytes=-4")
    etag = whole.headers["etag"]
    known = await sandbox.get(path, **{"If-None-Match": etag})
    changed = await sandbox.get(path, Range="bytes=4-7", **{"If-Range": '"other"'})
    head = await sandbox.client.head(path, headers=sandbox.headers)

    size = len(whole.content)
    name = f'attachment; filename="{url}.mp4.mp4"'
    assert whole.headers["content-disposition"] == name
    assert whole.headers["last-modified"]
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"] == f"bytes 4-7/{size}"
    assert (tail.status_code, tail.content) == (206, whole.content[-4:])
    assert [one.status_code for one in (known, changed, head)] == [200, 200, 405]


@pytest.mark.parametrize("asked", ["bytes", "lines=0-1", "bytes=", "bytes=9-3"])
async def test_a_malformed_range_is_a_400_with_text(
    sandbox: Running, asked: str
) -> None:
    path = f"/get_gallery_video/{await sandbox.first('video')}"

    answer = await sandbox.get(path, Range=asked)

    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-99999999", "bytes=-0"])
async def test_a_range_that_does_not_fit_is_a_416_without_unit(
    sandbox: Running, asked: str
) -> None:
    path = f"/get_gallery_video/{await sandbox.first('video')}"
    size = len((await sandbox.get(path)).content)

    answer = await sandbox.get(path, Range=asked)

    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"*/{size}"


async def test_what_is_not_there_is_told_in_the_servers_words(
    sandbox: Running,
) -> None:
    video, image = await sandbox.first("video"), await sandbox.first("image")
    words = {
        f"/get_gallery_image/{video}": "Image not found",
        f"/get_thumbnail/{video}": "Image not found",
        f"/get_gallery_video/{image}": "Video not found",
        "/get_avatar_thumbnail": "User avatar thumbnail not found",
    }

    answers = {path: await sandbox.get(path) for path in words}

    assert {one.status_code for one in answers.values()} == {404}
    assert {path: one.json()["detail"] for path, one in answers.items()} == words


async def test_an_image_can_be_deleted_and_a_video_cannot(sandbox: Running) -> None:
    video, image = await sandbox.first("video"), await sandbox.first("image")

    thumbnail = await sandbox.get(f"/get_thumbnail/{image}")
    refused, deleted = [
        await sandbox.client.delete(
            f"/remove_gallery_image/{url}", headers=sandbox.headers
        )
        for url in (video, image)
    ]
    gone = await sandbox.get(f"/get_gallery_image/{image}")

    assert max(Image.open(BytesIO(thumbnail.content)).size) == 256
    assert refused.status_code == 404
    assert refused.json() == {"detail": "Image file not found in gallery"}
    assert (deleted.status_code, gone.status_code) == (200, 404)
    assert deleted.json() == {"message": f"{image} removed successfully"}
    assert image not in [entry["url"] for entry in await sandbox.gallery()]


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


async def test_a_deleted_picture_does_not_come_back_from_its_task(
    sandbox: Running,
) -> None:
    task_id = (await sandbox.post("/generate", TASK)).json()["task_id"]
    await sandbox.client.post("/_sandbox/finish")
    await sandbox.gallery()

    path = f"/remove_gallery_image/{task_id}"
    deleted = await sandbox.client.delete(path, headers=sandbox.headers)
    state = (await sandbox.get(f"/generate/{task_id}")).json()

    assert deleted.status_code == 200
    assert task_id not in [entry["url"] for entry in await sandbox.gallery()]
    assert state == {"status": 2, "position": -1}


async def test_a_user_sees_any_users_task_in_one_queue(sandbox: Running) -> None:
    other = await register(sandbox, email="new@example.com")
    await other.upload(picture("JPEG"))
    theirs = (await other.post("/generate", TASK)).json()["task_id"]

    seen = (await sandbox.get(f"/generate/{theirs}")).json()
    mine = (await sandbox.post("/generate", TASK)).json()["task_id"]
    queued = (await sandbox.get(f"/generate/{mine}")).json()
    await sandbox.client.post("/_sandbox/finish")

    assert seen == {"status": 1, "position": 0}
    assert queued == {"status": 0, "position": 1}
    assert await other.gallery() == [{"type": "image", "url": theirs}]
    assert theirs not in [entry["url"] for entry in await sandbox.gallery()]


async def test_an_uploaded_avatar_comes_back_as_jpeg_whatever_it_is(
    sandbox: Running,
) -> None:
    ready = await sandbox.get("/get_avatar")
    uploaded = await sandbox.upload(picture("PNG"))
    back = await sandbox.get("/get_avatar")
    missing = await sandbox.client.post("/upload_avatar", headers=sandbox.headers)

    assert Image.open(BytesIO(ready.content)).format == "PNG"
    assert ready.headers["content-type"] == back.headers["content-type"] == "image/jpeg"
    assert (uploaded.status_code, back.content) == (200, picture("PNG"))
    assert missing.json()["detail"][0]["loc"] == ["body", "file"]


@pytest.mark.parametrize(
    "content", [b"text", b"", picture("PNG", "RGBA")], ids=["text", "empty", "RGBA"]
)
async def test_an_avatar_that_cannot_be_a_jpeg_is_a_500(
    sandbox: Running, content: bytes
) -> None:
    answer = await sandbox.upload(content)

    assert (answer.status_code, answer.text) == (500, "Internal Server Error")


async def test_information_and_details_can_be_changed(sandbox: Running) -> None:
    info = (await sandbox.get("/get_user_info")).json()
    details = (await sandbox.get("/get_user_details")).json()

    changed = await sandbox.post("/update_user_info", {**info, "full_name": "Ж"})
    detailed = await sandbox.post("/update_user_details", {**details, "skin_tone": 4})

    assert changed.status_code == detailed.status_code == 200
    assert (await sandbox.get("/get_user_info")).json() == {**info, "full_name": "Ж"}
    assert (await sandbox.get("/get_user_details")).json()["skin_tone"] == 4


async def test_what_an_update_leaves_out_becomes_null(sandbox: Running) -> None:
    changed = await sandbox.post("/update_user_info", {"full_name": "Ж"})
    detailed = await sandbox.post("/update_user_details", {"skin_tone": "4"})

    info = (await sandbox.get("/get_user_info")).json()
    details = (await sandbox.get("/get_user_details")).json()
    assert changed.status_code == detailed.status_code == 200
    assert (info.pop("email"), info.pop("full_name")) == ("demo@example.com", "Ж")
    assert details.pop("skin_tone") == 4
    assert {*info.values(), *details.values()} == {None}
