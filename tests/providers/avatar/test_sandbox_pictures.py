"""A finished task's files show what was asked for."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from tests.providers.avatar.running import TASK, Running, run_sandbox

CHEST = (384, 370)


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    async with run_sandbox() as running:
        yield running


async def fetch(sandbox: Running, path: str) -> Image.Image:
    answer = await sandbox.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    return Image.open(BytesIO(answer.content))


async def order(sandbox: Running, **told: Any) -> str:
    """A finished image task, with other options or details than the document's."""
    options = {**TASK["image_options"], **told}
    details = {**TASK["user_details"], **told}
    body = {**TASK, "image_options": options, "user_details": details}
    task_id: str = (await sandbox.post("/generate", body)).json()["task_id"]
    await sandbox.tell("finish")
    return task_id


async def test_two_colours_of_a_garment_give_two_pictures(sandbox: Running) -> None:
    red, blue = [await sandbox.generate(color=one) for one in ("Red", "#0000FFFF")]
    await sandbox.tell("finish")

    pictures = [
        await fetch(sandbox, f"/get_gallery_image/{one}") for one in (red, blue)
    ]
    chests = [image.getpixel(CHEST) for image in pictures]
    corners = [image.getpixel((4, 4)) for image in pictures]
    change = ImageChops.difference(*pictures)

    assert chests[0] == pytest.approx((254, 0, 0), abs=4)
    assert chests[1] == pytest.approx((0, 0, 254), abs=4)
    assert corners == [pytest.approx((0xFF, 0xE4, 0xDB), abs=4)] * 2
    assert max(ImageStat.Stat(change).mean) > 10


async def test_one_order_is_the_same_picture_each_time(sandbox: Running) -> None:
    first, second = [await order(sandbox, pose="T-Pose") for _ in range(2)]

    pictures = [
        (await sandbox.get(f"/get_gallery_image/{one}")).content
        for one in (first, second)
    ]

    assert first != second
    assert pictures[0] == pictures[1]


async def test_a_lower_quality_is_a_smaller_file(sandbox: Running) -> None:
    tasks = [await order(sandbox, quality=quality) for quality in (100, 60, -5)]

    sizes = [
        len((await sandbox.get(f"/get_gallery_image/{task_id}")).content)
        for task_id in tasks
    ]

    assert sizes[0] > sizes[1] > sizes[2]


@pytest.mark.parametrize(
    ("asked", "given"), [(128, 128), (500, 500), (0, 1), (10**9, 1024)]
)
async def test_a_thumbnail_is_as_wide_as_asked_within_bounds(
    sandbox: Running, asked: int, given: int
) -> None:
    task_id = await order(sandbox, thumbnail_width=asked)

    thumbnail = await fetch(sandbox, f"/get_thumbnail/{task_id}")

    assert thumbnail.width == given
    assert thumbnail.height == max(1, round(given * 4 / 3))


async def test_a_thumbnail_shows_its_picture(sandbox: Running) -> None:
    task_id = await order(sandbox, pose="A-Pose")

    picture = await fetch(sandbox, f"/get_gallery_image/{task_id}")
    thumbnail = await fetch(sandbox, f"/get_thumbnail/{task_id}")

    change = ImageChops.difference(picture.resize(thumbnail.size), thumbnail)
    assert max(ImageStat.Stat(change).mean) < 6


async def test_several_pictures_of_a_task_are_numbered_and_differ(
    sandbox: Running,
) -> None:
    task_id = await sandbox.generate(item_id="several")
    await sandbox.tell("finish")

    listed = {one["url"] for one in await sandbox.gallery()}
    names = [f"{task_id}-{number}" for number in (1, 2, 3)]
    files = {
        (await sandbox.get(f"/get_gallery_image/{name}")).content for name in names
    }
    assert set(names) <= listed
    assert task_id not in listed
    assert len(files) == 3
    assert await sandbox.state(task_id) == {"status": 2, "position": -1}


async def test_a_task_of_later_days_is_drawn_as_well() -> None:
    async with run_sandbox(later=True) as sandbox:
        await sandbox.generate(color="Red")
        await sandbox.tell("finish")

        newest = (await sandbox.gallery())[0]
        picture = await fetch(sandbox, newest["source_url"])
        thumbnail = await fetch(sandbox, newest["thumbnail_url"])

    assert picture.getpixel(CHEST) == pytest.approx((254, 0, 0), abs=4)
    assert thumbnail.width == 128


async def test_a_film_begins_with_the_picture_and_lasts_as_long_as_asked(
    sandbox: Running,
) -> None:
    details = {**TASK["user_details"], "pose": "T-Pose"}
    apparel = {**TASK["apparel_details"], "color": "Red"}
    options = {**TASK["video_options"], "duration": 3}
    body = {
        **TASK,
        "user_details": details,
        "apparel_details": apparel,
        "video_options": options,
    }
    video = (await sandbox.post("/generate_video", body)).json()["task_id"]
    image = (await sandbox.post("/generate", body)).json()["task_id"]
    await sandbox.tell("finish")

    film = (await sandbox.get(f"/get_gallery_video/{video}")).content
    picture = await fetch(sandbox, f"/get_gallery_image/{image}")
    with av.open(BytesIO(film)) as container:
        first = next(container.decode(container.streams.video[0])).to_image()
        lasts = container.duration

    change = ImageChops.difference(picture.resize(first.size), first)
    assert lasts == 3_000_000
    assert max(ImageStat.Stat(change).mean) < 6
    assert len(film) < 400_000
