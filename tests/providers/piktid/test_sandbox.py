from collections.abc import AsyncIterator
from datetime import datetime
from io import BytesIO

import httpx
import pytest
from msgspec import Struct
from PIL import Image

from providers.piktid.sandbox import create_app
from tests.sandbox.serving import serve, walk_piktid

PATH = "/gallery/by-job"
HEADERS = {"Authorization": "Bearer demo"}


class Running(Struct, frozen=True, kw_only=True):
    client: httpx.AsyncClient

    async def read(self, **params: object) -> httpx.Response:
        return await self.client.get(PATH, params=params, headers=HEADERS)

    async def walk(self, **params: object) -> list[dict[str, object]]:
        found = await walk_piktid(self.client, HEADERS, per_page=100, **params)
        return [job for job in found if isinstance(job, dict)]


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    async with serve(create_app()) as client:
        yield Running(client=client)


def images_of(job: dict[str, object]) -> list[dict[str, object]]:
    images = job["images"]
    assert isinstance(images, list)
    return images


async def test_pages_start_at_1_and_say_what_follows(sandbox: Running) -> None:
    first = (await sandbox.read()).json()
    last = (await sandbox.read(page=12)).json()
    beyond = (await sandbox.read(page=13)).json()

    assert first["pagination"] == {
        "page": 1,
        "per_page": 20,
        "total": 240,
        "pages": 12,
        "has_next": True,
        "has_prev": False,
    }
    assert (len(first["jobs"]), len(last["jobs"]), beyond["jobs"]) == (20, 20, [])
    assert last["pagination"]["has_next"] is False


async def test_jobs_are_sorted_by_time_without_zone(sandbox: Running) -> None:
    newest_first = await sandbox.walk()
    oldest_first = await sandbox.walk(order="asc")

    moments = [datetime.fromisoformat(str(job["created_at"])) for job in newest_first]
    assert moments == sorted(moments, reverse=True)
    assert all(moment.tzinfo is None for moment in moments)
    assert moments[19] == moments[20]
    assert any("." not in str(job["created_at"]) for job in newest_first)
    assert oldest_first == newest_first[::-1]


async def test_a_large_job_shows_as_many_images_as_asked_for(sandbox: Running) -> None:
    jobs = await sandbox.walk()
    large = max(jobs, key=lambda job: int(str(job["total_images"])))

    (most,) = await sandbox.walk(search=large["job_id"], max_images_per_job=200)

    assert large["total_images"] == 230
    assert (len(images_of(large)), len(images_of(most))) == (50, 200)


async def test_every_image_of_a_job_has_a_place_of_its_own(sandbox: Running) -> None:
    for job in await sandbox.walk(max_images_per_job=200):
        places = [
            (image["image_index"], image["group_index"], image["version"])
            for image in images_of(job)
        ]
        states = [image["status"] for image in images_of(job)]

        assert len(places) == len(set(places))
        if job["total_images"] == len(places):
            assert states.count("completed") == job["completed_images"]
            assert states.count("failed") == job["failed_images"]


@pytest.mark.parametrize(
    ("params", "field", "allowed"),
    [
        ({"project_id": 7}, "project_id", {7}),
        ({"job_type": "flat_2_model"}, "job_type", {"flat_2_model"}),
        ({"job_type": "create_packshot"}, "job_type", {"create_packshot"}),
        ({"ownership": "mine"}, "created_by", {"demo@example.com"}),
    ],
)
async def test_a_filter_leaves_only_such_jobs(
    sandbox: Running, params: dict[str, object], field: str, allowed: set[object]
) -> None:
    jobs = await sandbox.walk(**params)

    assert 0 < len(jobs) < 240
    assert {job[field] for job in jobs} == allowed


@pytest.mark.parametrize(
    ("params", "field", "allowed"),
    [
        ({"status": "failed"}, "status", {"failed"}),
        ({"feedback": ["like", "dislike"]}, "feedback", {"like", "dislike"}),
        ({"feedback": "like"}, "feedback", {"like"}),
    ],
)
async def test_a_filter_on_images_leaves_only_such_images(
    sandbox: Running, params: dict[str, object], field: str, allowed: set[object]
) -> None:
    jobs = await sandbox.walk(**params)

    assert 0 < len(jobs) < 240
    assert {image[field] for job in jobs for image in images_of(job)} == allowed
    assert all(images_of(job) for job in jobs)


async def test_search_wins_over_the_job_id(sandbox: Running) -> None:
    first, second = (await sandbox.walk())[:2]

    by_id = await sandbox.walk(job_id=first["job_id"])
    both = await sandbox.walk(job_id=first["job_id"], search=second["job_id"])

    assert by_id == [first]
    assert both == [second]


async def test_images_can_be_sorted_by_quality(sandbox: Running) -> None:
    for job in await sandbox.walk(sort_by="quality_score"):
        scores = [float(str(image["quality_score"] or 0)) for image in images_of(job)]

        assert scores == sorted(scores, reverse=True)


async def test_bad_parameters_are_a_400_that_names_each(sandbox: Running) -> None:
    answer = await sandbox.read(
        page=0, per_page=101, order="up", ownership="x", max_images_per_job="many"
    )

    assert answer.status_code == 400
    faults = answer.json()["detail"]
    assert {fault["position"] for fault in faults} == {"query"}
    assert {fault["field"] for fault in faults} == {
        "page",
        "per_page",
        "order",
        "ownership",
        "max_images_per_job",
    }


async def test_an_unknown_token_is_a_401_with_an_empty_body(sandbox: Running) -> None:
    answers = [
        await sandbox.client.get(PATH),
        await sandbox.client.get(PATH, headers={"Authorization": "Bearer nope"}),
        await sandbox.client.get(PATH, headers={"Authorization": "demo"}),
    ]

    assert [(one.status_code, one.content) for one in answers] == [(401, b"")] * 3
    assert (await sandbox.client.get("/nothing")).json()["error"] == "Not Found"


async def log_in(sandbox: Running) -> dict[str, str]:
    auth = httpx.BasicAuth("demo@example.com", "demo")
    pair: dict[str, str] = (await sandbox.client.post("/auth/login", auth=auth)).json()
    return pair


async def list_with(sandbox: Running, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await sandbox.client.get(PATH, headers=headers)).status_code


async def test_a_login_gives_a_pair_and_a_refresh_another(sandbox: Running) -> None:
    pair = await log_in(sandbox)

    headers = {"Authorization": f"Bearer {pair['refresh_token']}"}
    renewed = (await sandbox.client.post("/auth/refresh", headers=headers)).json()
    again = await sandbox.client.post(
        "/auth/refresh", json={"refresh_token": renewed["refresh_token"]}
    )

    assert set(pair) == {
        "token",
        "expiration_date",
        "refresh_token",
        "refresh_expiration",
    }
    assert again.status_code == 200
    assert await list_with(sandbox, renewed["token"]) == 200


async def test_a_refresh_token_used_twice_revokes_everything(sandbox: Running) -> None:
    pair = await log_in(sandbox)
    body = {"refresh_token": pair["refresh_token"]}

    renewed = (await sandbox.client.post("/auth/refresh", json=body)).json()
    twice = await sandbox.client.post("/auth/refresh", json=body)

    assert twice.status_code == 401
    assert await list_with(sandbox, renewed["token"]) == 401
    assert await list_with(sandbox, pair["token"]) == 401


async def test_wrong_credentials_are_refused(sandbox: Running) -> None:
    auth = httpx.BasicAuth("demo@example.com", "wrong")
    wrong = await sandbox.client.post("/auth/login", auth=auth)
    unknown = await sandbox.client.post("/auth/refresh", json={"refresh_token": "x"})
    empty = await sandbox.client.post("/auth/refresh")

    assert {wrong.status_code, unknown.status_code, empty.status_code} == {401}


async def test_links_lead_to_pictures_without_authorization(sandbox: Running) -> None:
    images = [image for job in (await sandbox.walk())[:8] for image in images_of(job)]
    done = next(image for image in images if image["status"] == "completed")
    links = [done["output"], *done["inputs"]]  # type: ignore[misc]  # a list

    for link in links:
        full = await sandbox.client.get(link["full_size"])
        thumbnail = await sandbox.client.get(link["thumbnail"])
        head = await sandbox.client.head(link["full_size"])

        picture = Image.open(BytesIO(full.content))
        picture.load()
        assert f"image/{str(picture.format).lower()}" == full.headers["content-type"]
        assert max(Image.open(BytesIO(thumbnail.content)).size) == 256
        assert head.headers["etag"] == full.headers["etag"]


async def test_an_unready_output_has_no_link_and_no_file(sandbox: Running) -> None:
    jobs = await sandbox.walk(status="pending")
    image = images_of(jobs[0])[0]
    folder = f"/cdn/{image['job_id']}"
    place = f"{image['image_index']}-{image['group_index']}-{image['version']}"

    unready = await sandbox.client.get(f"{folder}/{place}/thumb.jpg")
    unknown = await sandbox.client.get(f"{folder}/99-9-9/thumb.jpg")

    assert image["output"] == {"full_size": None, "thumbnail": None}
    assert (unready.status_code, unknown.status_code) == (404, 404)


async def test_jobs_hold_words_that_no_document_knows(sandbox: Running) -> None:
    jobs = await sandbox.walk()

    types = {job["job_type"] for job in jobs}
    assert {"create_packshot", "garment_recolor", "video_try_on"} < types
    assert "validating" in {job["job_status"] for job in jobs}
    assert any("aspect_ratio" in image for job in jobs for image in images_of(job))
    assert any(job["project_id"] is None for job in jobs)


async def test_images_have_grown_since_the_document(sandbox: Running) -> None:
    images = [image for job in await sandbox.walk() for image in images_of(job)]

    reasons = {
        (image["detail_needs_review"], image["detail_review_reason"] is None)
        for image in images
    }
    assert len({image["uuid"] for image in images}) == len(images)
    assert {type(image["id"]) for image in images} == {int}
    assert {image["status"] == "completed" for image in images} == {
        image["model_used"] is not None for image in images
    }
    assert reasons == {(False, True), (True, False)}


async def test_a_type_that_nobody_knows_is_no_fault(sandbox: Running) -> None:
    answer = await sandbox.read(job_type="unheard_of")

    assert (answer.status_code, answer.json()["jobs"]) == (200, [])


async def test_too_many_calls_are_told_when_to_come_back(sandbox: Running) -> None:
    body = {"status": 429, "count": 1, "headers": {"Retry-After": "2"}}
    await sandbox.client.post("/_sandbox/fail", json=body)

    refused, answered = await sandbox.read(), await sandbox.read()

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert answered.status_code == 200
