from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import httpx
import pytest
from msgspec import Struct
from PIL import Image

from providers.hyper3d.sandbox import create_app
from tests.sandbox.serving import login, serve, walk_hyper3d

CARDS = "/api/task/cards"
EPOCH = datetime(2026, 2, 1, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.moment = EPOCH

    def __call__(self) -> datetime:
        return self.moment


class Running(Struct, frozen=True, kw_only=True):
    client: httpx.AsyncClient
    headers: dict[str, str]
    clock: Clock

    async def read(self, **body: object) -> httpx.Response:
        asked = {"page_num": 0, "type": "Mine", **body}
        return await self.client.post(CARDS, json=asked, headers=self.headers)

    async def walk(self, **filters: object) -> list[dict[str, object]]:
        found = await walk_hyper3d(self.client, self.headers, **filters)
        return [card for card in found if isinstance(card, dict)]


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    clock = Clock()
    async with serve(create_app(now=clock)) as client:
        headers = await login(client, "hyper3d")
        yield Running(client=client, headers=headers, clock=clock)


async def log_in(client: httpx.AsyncClient, password: str) -> httpx.Response:
    body = {"email": "demo@example.com", "password": password}
    return await client.post("/api/user/login", json=body)


async def test_a_login_is_a_201_with_a_token_and_no_error(
    sandbox: Running,
) -> None:
    answers = [await log_in(sandbox.client, "demo") for _ in range(3)]

    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["error"] for answer in answers} == {None}
    assert len({answer.json()["token"] for answer in answers}) == 3
    assert answers[0].json()["email"] == "demo@example.com"
    assert (await sandbox.read()).status_code == 201


async def test_a_wrong_password_is_a_201_with_an_error_and_no_token(
    sandbox: Running,
) -> None:
    answer = await log_in(sandbox.client, "wrong")

    assert answer.status_code == 201
    assert answer.json()["error"]
    assert "token" not in answer.json()


async def test_a_page_is_a_bare_array_of_24_and_ends_with_an_empty_one(
    sandbox: Running,
) -> None:
    first = await sandbox.read()
    beyond = await sandbox.read(page_num=10)

    assert first.status_code == beyond.status_code == 201
    assert len(first.json()) == 24
    assert first.headers["subscription-key"]
    assert beyond.json() == []


async def test_mine_is_sorted_by_time_and_has_equal_times_across_a_page(
    sandbox: Running,
) -> None:
    times = [str(card["time"]) for card in await sandbox.walk()]

    assert times == sorted(times, reverse=True)
    assert times[23] == times[24]
    assert len({time[:4] for time in times}) > 2


async def test_recent_shows_others_and_featured_is_not_sorted_by_time(
    sandbox: Running,
) -> None:
    recent = await sandbox.walk(type="Recent")
    featured = [str(card["time"]) for card in await sandbox.walk(type="Featured")]

    assert len({str(card["author"]) for card in recent}) > 3
    assert featured != sorted(featured, reverse=True)
    assert await sandbox.walk(type="Story") != []


@pytest.mark.parametrize(
    ("field", "asked", "shown", "allowed"),
    [
        ("user_type", "Liked", "user_state", {"Liked"}),
        ("task_type", "Panorama", "type", {"Panorama"}),
        ("task_step", ["ModelRefine", "Created"], "step", {"ModelRefine", "Created"}),
        ("task_step", [["ModelRefine"]], "step", {"ModelRefine"}),
        ("is_hidden", True, "is_hidden", {True}),
    ],
)
async def test_a_filter_leaves_only_what_it_asks_for(
    sandbox: Running, field: str, asked: object, shown: str, allowed: set[object]
) -> None:
    cards = await sandbox.walk(**{field: asked})

    found = {card[shown] for card in cards if shown in card}
    assert cards
    assert found <= allowed


async def test_groups_tags_and_other_owners_can_be_asked_for(sandbox: Running) -> None:
    own_group = await sandbox.walk(type="Group")
    nobody = await sandbox.walk(type="Group", group_uuid="unknown")
    tagged = await sandbox.walk(tag_ids=[1])
    recent = await sandbox.walk(type="Recent")
    authors = {str(card["author"]["user_uuid"]) for card in recent}  # type: ignore[index]  # a dict
    theirs = await sandbox.walk(user_override=min(authors))

    assert own_group
    assert nobody == []
    assert 0 < len(tagged) < 240
    assert {str(card["author"]["user_uuid"]) for card in theirs} == {min(authors)}  # type: ignore[index]  # a dict


async def test_a_bad_body_is_a_400_that_lists_all_faults(sandbox: Running) -> None:
    bad = await sandbox.read(page_num=-1, type="Best", tag_ids="x", is_hidden=3)
    broken = await sandbox.client.post(CARDS, content="{", headers=sandbox.headers)
    array = await sandbox.client.post(CARDS, json=[], headers=sandbox.headers)

    assert bad.status_code == broken.status_code == array.status_code == 400
    assert bad.json()["error"] == broken.json()["error"] == "Bad Request"
    assert len(bad.json()["message"]) == 4
    assert isinstance(broken.json()["message"], str)


async def test_json_is_read_before_the_token_and_the_token_before_the_fields(
    sandbox: Running,
) -> None:
    headers = {"Authorization": "Bearer wrong"}

    broken = await sandbox.client.post(CARDS, content="{", headers=headers)
    wrong = await sandbox.client.post(CARDS, json={"page_num": -1}, headers=headers)
    none = await sandbox.client.post(CARDS, json={"page_num": -1})
    public = await sandbox.client.post(CARDS, json={"page_num": -1, "type": "Recent"})

    answers = [broken, wrong, none, public]
    assert [one.status_code for one in answers] == [400, 401, 401, 400]


async def test_the_documents_own_body_is_taken(sandbox: Running) -> None:
    body = {
        "page_num": 1,
        "type": "Recent",
        "user_type": "All",
        "task_type": "DreamFace",
        "task_step": [[]],
        "group_uuid": "text",
        "tag_ids": [1],
        "user_override": "text",
        "is_hidden": True,
    }

    answer = await sandbox.read(**body)

    assert (answer.status_code, answer.json()) == (201, [])


@pytest.mark.parametrize(
    ("gallery", "status"),
    [("Recent", 201), ("Featured", 201), ("Story", 401), ("Mine", 401), ("Group", 401)],
)
async def test_the_public_galleries_want_no_token(
    sandbox: Running, gallery: str, status: int
) -> None:
    answer = await sandbox.client.post(CARDS, json={"page_num": 0, "type": gallery})

    assert answer.status_code == status


async def test_unknown_tokens_and_paths_are_refused_as_nest_does(
    sandbox: Running,
) -> None:
    refused = await sandbox.client.post(CARDS, json={"page_num": 0, "type": "Mine"})
    unknown = await sandbox.client.get("/api/nothing")
    wrong_method = await sandbox.client.get(CARDS)

    assert refused.status_code == 401
    assert refused.json() == {"statusCode": 401, "message": "Unauthorized"}
    assert unknown.json() == {
        "statusCode": 404,
        "message": "Cannot GET /api/nothing",
        "error": "Not Found",
    }
    assert wrong_method.status_code == 404


async def media_link(sandbox: Running, field: str, ending: str = "") -> str:
    for card in await sandbox.walk():
        link = str(card.get(field) or "")
        if link and link.partition("?")[0].endswith(ending):
            return link
    raise AssertionError("no card has such a link")


async def test_an_image_can_be_seen_in_ranges_and_again(sandbox: Running) -> None:
    link = await media_link(sandbox, "image_url")
    client = sandbox.client

    whole = await client.get(link)
    part = await client.get(link, headers={"Range": "bytes=10-19"})
    tail = await client.get(link, headers={"Range": "bytes=-5"})
    beyond = await client.get(link, headers={"Range": "bytes=99999999-"})
    known = await client.get(link, headers={"If-None-Match": whole.headers["etag"]})
    head = await client.head(link)

    Image.open(BytesIO(whole.content)).load()
    assert whole.headers["last-modified"]
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    assert tail.content == whole.content[-5:]
    assert (beyond.status_code, known.status_code) == (416, 304)
    assert (head.content, head.headers["content-length"]) == (
        b"",
        str(len(whole.content)),
    )


async def test_a_video_and_an_avatar_are_there(sandbox: Running) -> None:
    video = await sandbox.client.get(await media_link(sandbox, "video_url", ".mp4"))
    login_answer = await log_in(sandbox.client, "demo")
    avatar = await sandbox.client.get(login_answer.json()["avatar_url"])
    nobody = await sandbox.client.get("/avatars/nobody.jpg")

    assert video.headers["content-type"] == "video/mp4"
    assert video.content[4:8] == b"ftyp"
    Image.open(BytesIO(avatar.content)).load()
    assert nobody.status_code == 404


async def test_a_video_may_be_a_picture_that_moves(sandbox: Running) -> None:
    link = await media_link(sandbox, "video_url", ".webp")

    answer = await sandbox.client.get(link)
    other = await sandbox.client.get(link.replace(".webp", ".mp4"))

    shown = Image.open(BytesIO(answer.content))
    assert answer.headers["content-type"] == "image/webp"
    assert getattr(shown, "n_frames", 1) == 8
    assert other.status_code == 403


async def test_a_link_dies_when_changed_or_after_a_week(sandbox: Running) -> None:
    link = await media_link(sandbox, "image_url")

    bare = await sandbox.client.get(link.partition("?")[0])
    forged = await sandbox.client.get(link[:-1] + ("0" if link[-1] != "0" else "1"))
    sandbox.clock.moment += timedelta(seconds=604_801)
    late = await sandbox.client.get(link)
    renewed = await sandbox.client.get(await media_link(sandbox, "image_url"))

    assert [bare.status_code, forged.status_code, late.status_code] == [403] * 3
    assert renewed.status_code == 200


async def test_a_deleted_cards_media_is_gone(sandbox: Running) -> None:
    link = await media_link(sandbox, "image_url")
    task_uuid = link.partition("/files/")[2].partition("/")[0]

    await sandbox.client.post("/_sandbox/delete", json={"ids": [task_uuid]})

    assert (await sandbox.client.get(link)).status_code == 404


async def test_cards_lack_fields_and_hold_words_that_no_document_knows(
    sandbox: Running,
) -> None:
    cards = await sandbox.walk()

    assert any("title" not in card for card in cards)
    assert any(card.get("title", "") is None for card in cards)
    assert any("lisenced" in card for card in cards)
    assert any("licensed" in card for card in cards)
    assert not any({"lisenced", "licensed"} <= set(card) for card in cards)
    assert any(card["type"] == "RodinGen2" for card in cards)
    assert any(card.get("pending_jobs") for card in cards)
    assert any(not str(card.get("title")).isascii() for card in cards)
