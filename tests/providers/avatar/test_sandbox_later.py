"""The avatar server's later state: files listed by their addresses."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx
import pytest
from msgspec import Struct
from PIL import Image

from providers.avatar.sandbox import create_app
from tests.sandbox.serving import login, serve


class Running(Struct, frozen=True, kw_only=True):
    client: httpx.AsyncClient
    headers: dict[str, str]

    async def gallery(self) -> list[dict[str, Any]]:
        answer = await self.client.get("/get_gallery", headers=self.headers)
        entries: list[dict[str, Any]] = answer.json()["gallery_urls"]
        return entries

    async def first(self, suffix: str) -> dict[str, Any]:
        entries = await self.gallery()
        return next(one for one in entries if one["source_url"].endswith(suffix))

    async def remove(self, name: str) -> httpx.Response:
        path = f"/remove_gallery_file/{name}"
        return await self.client.delete(path, headers=self.headers)

    async def ids(self) -> list[str]:
        found: list[str] = (await self.client.get("/_sandbox/items")).json()["ids"]
        return found


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    async with serve(create_app(items=60, later=True)) as client:
        yield Running(client=client, headers=await login(client, "avatar"))


def to_name(entry: dict[str, Any]) -> str:
    return str(entry["source_url"]).rpartition("/")[2]


async def test_files_are_listed_newest_first_by_address_and_second(
    sandbox: Running,
) -> None:
    entries = await sandbox.gallery()

    seconds = [entry["last_modified"] for entry in entries]
    folder = f"{str(sandbox.client.base_url).rstrip('/')}/cdn/33/gallery/"
    stems = [
        entry["source_url"].removeprefix(folder).rpartition(".") for entry in entries
    ]
    assert seconds == sorted(seconds, reverse=True)
    assert {type(second) for second in seconds} == {int}
    assert {stem[2] for stem in stems} == {"jpg", "mp4"}
    assert all(UUID(stem[0]).version == 4 for stem in stems)
    assert [entry["thumbnail_url"] for entry in entries] == [
        f"{folder}{stem[0]}_thumbnail.jpg" for stem in stems
    ]


@pytest.mark.parametrize("suffix", [".jpg", ".mp4"])
async def test_a_file_and_its_thumbnail_are_there_without_a_token(
    sandbox: Running, suffix: str
) -> None:
    entry = await sandbox.first(suffix)

    whole = await sandbox.client.get(entry["source_url"])
    part = await sandbox.client.get(entry["source_url"], headers={"Range": "bytes=0-3"})
    head = await sandbox.client.head(entry["source_url"])
    thumbnail = await sandbox.client.get(entry["thumbnail_url"])

    kind = {".jpg": "image/jpeg", ".mp4": "video/mp4"}[suffix]
    assert whole.headers["content-type"] == kind
    assert (part.status_code, part.content) == (206, whole.content[:4])
    assert head.headers["etag"] == whole.headers["etag"]
    assert max(Image.open(BytesIO(thumbnail.content)).size) == 256


@pytest.mark.parametrize("suffix", [".jpg", ".mp4"])
async def test_any_file_can_be_removed(sandbox: Running, suffix: str) -> None:
    entry = await sandbox.first(suffix)

    removed = await sandbox.remove(to_name(entry))
    gone = await sandbox.client.get(entry["source_url"])

    assert removed.json() == {"message": f"{to_name(entry)} removed successfully"}
    assert gone.status_code == 404
    assert entry not in await sandbox.gallery()


async def test_a_failure_is_told_in_a_200(sandbox: Running) -> None:
    answer = await sandbox.remove("nothing.jpg")

    assert answer.status_code == 200
    assert answer.json() == {"status_code": 500, "detail": None, "headers": None}


async def test_the_older_paths_are_gone(sandbox: Running) -> None:
    old = ("get_gallery_image", "get_gallery_video", "get_thumbnail")

    answers = [
        await sandbox.client.get(f"/{name}/1738860389536", headers=sandbox.headers)
        for name in old
    ]

    assert {answer.status_code for answer in answers} == {404}


async def test_a_new_file_comes_first_and_a_stranger_has_none(
    sandbox: Running,
) -> None:
    nobody = await sandbox.client.get("/cdn/99/gallery/a.jpg")
    before = await sandbox.gallery()
    added = await sandbox.client.post("/_sandbox/items", json={})

    assert nobody.status_code == 404
    assert added.json()["ids"] == [to_name((await sandbox.gallery())[0])]
    assert (await sandbox.gallery())[1:] == before


async def test_the_control_knows_files_by_name(sandbox: Running) -> None:
    body = {"count": 5, "malformed": True}
    malformed = (await sandbox.client.post("/_sandbox/items", json=body)).json()["ids"]

    entries: list[object] = [*await sandbox.gallery()]
    listed = [one for one in entries if isinstance(one, dict) and "source_url" in one]
    names = [to_name(entry) for entry in listed]
    ids = [names[0], *malformed]
    deleted = await sandbox.client.post("/_sandbox/delete", json={"ids": ids})

    assert await sandbox.ids() == names[1:]
    assert deleted.json() == {"deleted": 6}
