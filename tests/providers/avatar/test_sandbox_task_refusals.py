"""What keeps a task from being taken, for pictures and videos alike."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.providers.avatar.example import PERSON
from tests.providers.avatar.running import (
    TASK,
    Running,
    picture,
    register,
    run_sandbox,
)

OPTIONS = {"/generate": "image_options", "/generate_video": "video_options"}
NEED_A_TOKEN = (
    ("GET", "/get_user_info"),
    ("POST", "/update_user_info"),
    ("GET", "/get_user_details"),
    ("POST", "/update_user_details"),
    ("GET", "/get_avatar"),
    ("GET", "/get_avatar_thumbnail"),
    ("POST", "/upload_avatar"),
    ("POST", "/generate"),
    ("POST", "/generate_video"),
    ("GET", "/generate/1738860389536"),
    ("GET", "/get_gallery"),
    ("GET", "/get_gallery_image/1738860389536"),
    ("GET", "/get_gallery_video/1738860389536"),
    ("GET", "/get_thumbnail/1738860389536"),
    ("DELETE", "/remove_gallery_image/1738860389536"),
)


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    async with run_sandbox() as running:
        yield running


async def places(sandbox: Running, path: str, body: dict[str, Any]) -> list[Any]:
    """Where the faults of a refused body are."""
    answer = await sandbox.post(path, body)
    assert answer.status_code == 422
    assert all(
        {"type", "loc", "msg", "input"} <= set(one) for one in answer.json()["detail"]
    )
    return [fault["loc"] for fault in answer.json()["detail"]]


@pytest.mark.parametrize("path", OPTIONS)
async def test_without_a_photo_there_is_no_task(sandbox: Running, path: str) -> None:
    user = await register(sandbox, email="new@example.com")

    before = await user.post(path, TASK)
    incomplete = await user.post(path, {})
    await user.upload(picture("JPEG"))
    after = await user.post(path, TASK)

    detail = {"detail": "User avatar not found"}
    assert (before.status_code, before.json()) == (404, detail)
    assert incomplete.status_code == 422
    assert after.status_code == 200
    assert (await user.state(after.json()["task_id"]))["status"] == 1


@pytest.mark.parametrize(("path", "name"), OPTIONS.items())
async def test_without_its_options_there_is_no_task(
    sandbox: Running, path: str, name: str
) -> None:
    without = {key: told for key, told in TASK.items() if key != name}

    assert await places(sandbox, path, without) == [["body", name]]
    assert await places(sandbox, path, {**TASK, name: None}) == [["body", name]]


@pytest.mark.parametrize(("path", "options"), OPTIONS.items())
async def test_each_field_of_a_task_but_the_apparels_is_wanted(
    sandbox: Running, path: str, options: str
) -> None:
    empty = {"user_details": {}, "apparel_details": {}, options: {}}

    found = await places(sandbox, path, empty)

    assert found == [
        *(["body", "user_details", name] for name in PERSON),
        *(["body", options, name] for name in TASK[options]),
    ]


@pytest.mark.parametrize("path", OPTIONS)
async def test_a_refused_task_is_not_in_the_queue(sandbox: Running, path: str) -> None:
    await sandbox.post(path, {**TASK, "user_details": {}})

    told = (await sandbox.client.get("/_sandbox/tasks")).json()

    assert told == {"ids": []}


async def test_a_task_that_never_was_is_not_found(sandbox: Running) -> None:
    answer = await sandbox.get("/generate/1738860389536")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Task not found"})


@pytest.mark.parametrize(("method", "path"), NEED_A_TOKEN)
async def test_what_is_a_users_needs_the_users_token(
    sandbox: Running, method: str, path: str
) -> None:
    wrong = {"Authorization": "Bearer wrong"}

    none = await sandbox.client.request(method, path)
    other = await sandbox.client.request(method, path, headers=wrong)

    for answer in (none, other):
        assert answer.status_code == 401
        assert answer.json() == {"detail": "Invalid authorization credentials"}
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "path", ["/get_user_info", "/get_user_details", "/get_avatar", "/get_gallery"]
)
async def test_a_user_sees_nothing_of_anothers(sandbox: Running, path: str) -> None:
    user = await register(sandbox, email="new@example.com", full_name="New")
    await user.upload(picture("JPEG"))

    assert (await user.get(path)).content != (await sandbox.get(path)).content
