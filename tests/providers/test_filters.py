"""Each plugin's own filters and lists, against its sandbox."""

from collections.abc import Callable

import pytest

from gateway.plugin.model import GalleryItem
from gateway.plugin.provider import Plugin
from providers.avatar import PLUGIN as AVATAR
from providers.hyper3d import PLUGIN as HYPER3D
from providers.piktid import PLUGIN as PIKTID
from tests.providers.payloads import EMAIL, to_json
from tests.providers.stand import standing

Check = Callable[[GalleryItem], object]


def has_native(name: str, *values: str) -> Check:
    return lambda item: item.native is not None and item.native[name] in values


def has_output(name: str, value: str) -> Check:
    return lambda item: all(
        getattr(asset, name) == value for asset in item.assets if asset.role == "output"
    )


@pytest.mark.parametrize(
    ("plugin", "filters", "check"),
    [
        (HYPER3D, {"user_type": "Liked"}, has_native("user_state", "Liked")),
        (HYPER3D, {"task_type": "Panorama"}, lambda item: item.kind == "image"),
        (HYPER3D, {"task_type": "Rodin"}, has_native("type", "Rodin")),
        (HYPER3D, {"task_step": ["Created", "Generate"]}, has_native("step", "Created", "Generate")),
        (HYPER3D, {"type": "Group"}, lambda item: item.collection is not None),
        (HYPER3D, {"is_hidden": "true"}, lambda item: item.visibility == "hidden"),
        (HYPER3D, {"tag_ids": ["1", "2"]}, lambda item: item.likes is not None),
        (PIKTID, {"project_id": "7"}, lambda item: item.collection.id == "7"),
        (PIKTID, {"job_type": "model_swap"}, has_native("job_type", "model_swap")),
        (PIKTID, {"status": "failed"}, has_output("status", "failed")),
        (PIKTID, {"feedback": ["like"]}, has_output("feedback", "like")),
        (PIKTID, {"ownership": "shared"}, lambda item: item.author is None),
    ],
    ids=[
        "user_type", "Panorama", "Rodin", "task_step", "Group", "is_hidden", "tag_ids",
        "project_id", "job_type", "status", "feedback", "ownership",
    ],
)  # fmt: skip
async def test_a_filter_chooses(
    plugin: Plugin, filters: dict[str, object], check: Check
) -> None:
    async with standing(plugin) as stand:
        items = await stand.read_items(**filters)

    assert 0 < len(items) < 240
    assert all(check(item) for item in items)


@pytest.mark.parametrize("gallery", ["Recent", "Featured", "Story", "Group"])
async def test_other_peoples_cards_show_no_email_address(gallery: str) -> None:
    async with standing(HYPER3D) as stand:
        items = await stand.read_items(type=gallery)

    assert len({item.author.id for item in items if item.author}) > 1
    assert not EMAIL.search("".join(to_json(item) for item in items))


async def test_a_job_with_many_images_tells_how_many_there_are() -> None:
    async with standing(PIKTID) as stand:
        items = await stand.read_items()

    largest = max(items, key=lambda item: item.asset_count)
    outputs = [asset for asset in largest.assets if asset.role == "output"]
    assert largest.progress is not None
    assert largest.progress.total == 230
    assert len(outputs) == 200
    assert largest.asset_count - len(largest.assets) == 30


async def test_pictures_of_one_avatar_task_come_by_number() -> None:
    async with standing(AVATAR) as stand:
        items = await stand.read_items()

    numbered = [item for item in items if item.id.endswith(("-1", "-2", "-3"))]
    assert numbered
    assert numbered == sorted(
        numbered, key=lambda item: (-int(item.job_id or 0), item.id)
    )
