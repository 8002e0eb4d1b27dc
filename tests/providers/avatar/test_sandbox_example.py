"""The document's "API Call Example", with the bodies that it prints."""

from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from tests.providers.avatar.example import (
    DETAILS_BODY,
    GENERATE_BODY,
    LOGIN_BODY,
    REGISTER_BODY,
)
from tests.providers.avatar.running import Running, picture, run_sandbox

JSON = {"Content-Type": "application/json"}
FIVE_SECONDS = timedelta(seconds=5)
POLLS = 3


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    async with run_sandbox() as running:
        yield running


async def send(user: Running, path: str, body: str) -> dict[str, str]:
    headers = {**user.headers, **JSON}
    answer = await user.client.post(path, content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, str] = answer.json()
    return told


async def poll(user: Running, task_id: str) -> int:
    """Ask every five seconds until the task is done; how often that took."""
    for count in range(1, POLLS + 1):
        state = await user.state(task_id)
        if state["status"] == 2:
            return count
        assert state["status"] in {0, 1}
        user.clock.moment += FIVE_SECONDS
    raise AssertionError("the task has no end")


async def test_the_ten_steps_of_the_document_lead_to_ones_own_picture(
    sandbox: Running,
) -> None:
    stranger = Running(client=sandbox.client, headers={}, clock=sandbox.clock)

    registered = await send(stranger, "/register", REGISTER_BODY)
    token = (await send(stranger, "/login", LOGIN_BODY))["token"]
    user = Running(
        client=sandbox.client,
        headers={"Authorization": f"Bearer {token}"},
        clock=sandbox.clock,
    )
    updated = await send(user, "/update_user_details", DETAILS_BODY)
    uploaded = await user.upload(picture("JPEG"))
    task_id = (await send(user, "/generate", GENERATE_BODY))["task_id"]
    polls = await poll(user, task_id)
    matching = [entry for entry in await user.gallery() if task_id in entry["url"]]
    image = await user.get(f"/get_gallery_image/{matching[0]['url']}")

    shown = Image.open(BytesIO(image.content))
    assert set(registered) == set(updated) == set(uploaded.json()) == {"message"}
    assert polls == 2
    assert matching == [{"type": "image", "url": task_id}]
    assert shown.format == "JPEG"
    assert shown.getpixel((4, 4)) == pytest.approx((0xFF, 0xE4, 0xDB), abs=4)
    assert (await user.get("/get_user_details")).json()["body_dimensions"] == "string"
