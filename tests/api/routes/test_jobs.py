"""Jobs of avatar's sandbox, followed through a gateway."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from providers.avatar.examples import IMAGE_TASK, VIDEO_TASK
from tests.api.world import (
    NEWCOMER,
    OPERATOR,
    OTHER,
    READER,
    World,
    assert_problem,
    ids_of,
)

TASK = "GET /generate/{task_id}"


def submit(world: World, **headers: str) -> dict[str, Any]:
    answer = world.operate("generate", IMAGE_TASK, headers=headers)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def follow(world: World, job: dict[str, Any], **headers: str) -> httpx.Response:
    return world.get(f"/v1/jobs/{job['id']}", headers=headers)


def finish(world: World) -> None:
    world.tell("avatar", "finish")
    world.clock.turn(3)


def test_a_job_is_accepted_and_its_address_told(own_world: World) -> None:
    answer = own_world.operate("generate", IMAGE_TASK)

    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert answer.headers["retry-after"] == "2"
    assert job["id"].startswith("job_")
    assert len(job["id"]) <= 255
    assert job == {
        "id": job["id"],
        "provider": "avatar",
        "operation": "generate",
        "status": "queued",
        "position": None,
        "created_at": "2026-06-01T00:00:00.000Z",
        "finished_at": None,
        "item_ids": [],
        "error": None,
    }


def test_a_job_that_has_succeeded_has_its_items_in_the_gallery(
    own_world: World,
) -> None:
    own_world.page([("provider", "avatar")])
    job = submit(own_world)
    running = follow(own_world, job).json()
    finish(own_world)

    done = follow(own_world, job)

    assert running["status"] == "processing"
    assert done.json()["status"] == "succeeded"
    assert "retry-after" not in done.headers
    (item_id,) = done.json()["item_ids"]
    assert ids_of([own_world.page([("provider", "avatar")])])[0] == item_id
    assert own_world.get(f"/v1/gallery/{item_id}").json()["job_id"] in item_id


def test_the_position_in_the_queue_is_told(own_world: World) -> None:
    jobs = [submit(own_world) for _ in range(3)]

    told = [follow(own_world, job).json() for job in jobs]

    assert [one["status"] for one in told] == ["processing", "queued", "queued"]
    assert [one["position"] for one in told] == [0, 1, 2]


def test_the_upstream_is_asked_once_in_two_seconds_and_only_then(
    own_world: World,
) -> None:
    job = submit(own_world)
    assert own_world.ask("avatar")["calls"].get(TASK, 0) == 0

    for _ in range(5):
        follow(own_world, job)
    own_world.clock.turn(1.9)
    follow(own_world, job)
    asked = own_world.ask("avatar")["calls"][TASK]
    own_world.clock.turn(0.2)
    follow(own_world, job)

    assert asked == 1
    assert own_world.ask("avatar")["calls"][TASK] == 2


def test_an_unchanged_job_is_a_304(own_world: World) -> None:
    job = submit(own_world)
    etag = follow(own_world, job).headers["etag"]

    again = follow(own_world, job, **{"If-None-Match": etag})
    finish(own_world)
    changed = follow(own_world, job, **{"If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["retry-after"] == "2"
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


def test_who_waits_is_told_once_there_is_news(own_world: World) -> None:
    job = submit(own_world)
    follow(own_world, job)
    before = own_world.ask("avatar")["calls"][TASK]

    with ThreadPoolExecutor(2) as pool:
        waiting = [
            pool.submit(follow, own_world, job, Prefer="wait=20") for _ in range(2)
        ]
        time.sleep(0.5)  # both have asked: an answer now would be none to wait for
        assert not any(one.done() for one in waiting)
        finish(own_world)
        answers = [one.result() for one in waiting]

    assert [one.json()["status"] for one in answers] == ["succeeded"] * 2
    assert answers[0].headers["preference-applied"] == "wait=20"
    assert own_world.ask("avatar")["calls"][TASK] == before + 1


def test_who_waits_for_nothing_is_told_so_in_the_end(own_world: World) -> None:
    job = submit(own_world)
    etag = follow(own_world, job).headers["etag"]
    begun = time.monotonic()

    waited = follow(own_world, job, Prefer="wait=1", **{"If-None-Match": etag})

    assert waited.status_code == 304
    assert time.monotonic() - begun >= 0.9


def test_what_is_news_already_is_not_waited_for(own_world: World) -> None:
    job = submit(own_world)
    begun = time.monotonic()

    answer = follow(own_world, job, Prefer="wait=20", **{"If-None-Match": '"other"'})

    assert answer.json()["status"] == "processing"
    assert time.monotonic() - begun < 15


def test_a_job_that_failed_says_so(own_world: World) -> None:
    body: dict[str, Any] = {**IMAGE_TASK}
    body["apparel_details"] = {**body["apparel_details"], "item_id": "fail"}
    job = own_world.operate("generate", body).json()
    finish(own_world)

    failed = follow(own_world, job).json()

    assert (failed["status"], failed["item_ids"]) == ("failed", [])
    assert failed["error"]
    assert failed["finished_at"] is not None


def test_several_pictures_of_a_task_are_all_told(own_world: World) -> None:
    body: dict[str, Any] = {**IMAGE_TASK}
    body["apparel_details"] = {**body["apparel_details"], "item_id": "several"}
    job = own_world.operate("generate", body).json()
    finish(own_world)

    done = follow(own_world, job).json()

    page = ids_of([own_world.page([("provider", "avatar")])])
    first = done["item_ids"][0].removesuffix("-1")
    assert done["item_ids"] == [f"{first}-{number}" for number in (1, 2, 3)]
    assert sorted(page[:3]) == done["item_ids"]


def test_what_is_made_but_not_listed_is_waited_for_and_then_has_failed(
    own_world: World,
) -> None:
    own_world.tell("avatar", "tasks/withhold")
    lost = submit(own_world)
    own_world.tell("avatar", "finish")
    own_world.clock.turn(3)
    seen = [follow(own_world, lost).json()]
    own_world.clock.turn(57)
    seen.append(follow(own_world, lost).json())
    polls = own_world.ask("avatar")["calls"][TASK]
    own_world.clock.turn(3.1)

    failed = follow(own_world, lost).json()
    own_world.tell("avatar", "tasks/publish")
    own_world.clock.turn(3)

    assert [job["status"] for job in seen] == ["processing"] * 2
    assert (failed["status"], failed["item_ids"]) == ("failed", [])
    assert failed["error"]
    assert polls == 1  # it is known to be over: only the list is looked at
    assert follow(own_world, lost).json() == failed


def test_what_is_listed_late_has_succeeded(own_world: World) -> None:
    own_world.tell("avatar", "tasks/withhold")
    job = submit(own_world)
    own_world.tell("avatar", "finish")
    own_world.clock.turn(3)
    made = follow(own_world, job).json()
    own_world.clock.turn(30)
    own_world.tell("avatar", "tasks/publish")

    done = follow(own_world, job).json()

    assert made["status"] == "processing"
    assert done["status"] == "succeeded"
    assert done["item_ids"][0] in ids_of([own_world.page([("provider", "avatar")])])


def test_a_film_is_a_job_too(own_world: World) -> None:
    job = own_world.operate("generate_video", VIDEO_TASK).json()
    finish(own_world)

    done = follow(own_world, job).json()

    assert done["status"] == "succeeded"
    item = own_world.get(f"/v1/gallery/{done['item_ids'][0]}").json()
    assert item["kind"] == "video"


def test_recent_jobs_are_listed_newest_first(own_world: World) -> None:
    first = submit(own_world)
    own_world.clock.turn(1)
    second = submit(own_world)
    finish(own_world)

    listed = own_world.get("/v1/jobs").json()["jobs"]
    done = own_world.get("/v1/jobs", [("status", "succeeded")]).json()["jobs"]
    none = own_world.get("/v1/jobs", [("status", "failed")]).json()["jobs"]

    assert [job["id"] for job in listed] == [second["id"], first["id"]]
    assert {job["status"] for job in listed} == {"succeeded"}
    assert [job["id"] for job in done] == [second["id"], first["id"]]
    assert none == []


def test_a_task_that_cannot_be_named_leaves_the_other_jobs_listed(
    own_world: World,
) -> None:
    named = submit(own_world)
    told = json.dumps({"task_id": "9" * 300})
    own_world.tell("avatar", "fail", status=200, body=told, count=1, path="/generate")
    headers = {"Idempotency-Key": "long"}

    answers = [
        own_world.operate("generate", IMAGE_TASK, headers=headers) for _ in range(2)
    ]

    for answer in answers:
        assert_problem(answer, 502, "outcome-unknown")
    assert own_world.ask("avatar")["calls"]["POST /generate"] == 2
    listed = own_world.get("/v1/jobs").json()["jobs"]
    assert [job["id"] for job in listed] == [named["id"]]


def test_jobs_are_forgotten_after_a_day_but_can_be_followed(own_world: World) -> None:
    job = submit(own_world)
    finish(own_world)
    own_world.clock.turn(86_400)

    assert own_world.get("/v1/jobs").json() == {"jobs": []}
    assert follow(own_world, job).json()["status"] == "succeeded"


def test_a_words_of_another_kind_are_told(world: World) -> None:
    answer = world.get("/v1/jobs", [("status", "done"), ("limit", "3")])

    problem = assert_problem(answer, 400, "invalid-parameter")
    assert {one["parameter"] for one in problem["errors"]} == {"status", "limit"}


def test_another_tenants_job_is_none(own_world: World) -> None:
    job = submit(own_world)

    for key in (OTHER, NEWCOMER):
        answer = own_world.get(f"/v1/jobs/{job['id']}", key=key)
        assert_problem(answer, 404, "not-found")
        assert own_world.get("/v1/jobs", key=key).json() == {"jobs": []}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda job_id: job_id[:-1],
        lambda job_id: job_id + "A",
        lambda job_id: job_id.removeprefix("job_"),
        lambda job_id: "job_" + job_id,
        lambda job_id: job_id[:20] + ("A" if job_id[20] != "A" else "B") + job_id[21:],
        lambda _: "job_",
        lambda _: "job_" + "A" * 300,
    ],
    ids=["cut", "longer", "bare", "twice", "another letter", "empty", "too long"],
)
def test_a_garbled_id_is_none(own_world: World, spoil: Any) -> None:
    job = submit(own_world)

    answer = own_world.get(f"/v1/jobs/{spoil(job['id'])}")

    assert_problem(answer, 404, "not-found")


def test_the_same_key_sends_once(own_world: World) -> None:
    first = own_world.operate("generate", IMAGE_TASK, headers={"Idempotency-Key": "1"})
    again = own_world.operate("generate", IMAGE_TASK, headers={"Idempotency-Key": "1"})
    other = own_world.operate("generate", IMAGE_TASK, headers={"Idempotency-Key": "2"})

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert other.json()["id"] != first.json()["id"]
    assert own_world.ask("avatar")["calls"]["POST /generate"] == 2


def test_the_same_key_is_no_good_for_another_request(own_world: World) -> None:
    headers = {"Idempotency-Key": "1"}
    own_world.operate("generate", IMAGE_TASK, headers=headers)

    body = own_world.operate(
        "generate", {**IMAGE_TASK, "note": "other"}, headers=headers
    )
    operation = own_world.operate("update_user_info", {}, headers=headers)

    assert_problem(body, 422, "idempotency-mismatch")
    assert_problem(operation, 422, "idempotency-mismatch")


def test_a_refusal_is_the_first_answer_too(own_world: World) -> None:
    headers = {"Idempotency-Key": "1"}
    first = own_world.operate("generate", {"user_details": {}}, headers=headers)
    again = own_world.operate("generate", {"user_details": {}}, headers=headers)

    assert_problem(first, 422, "upstream-refused")
    assert_problem(again, 422, "upstream-refused")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["upstream"] == first.json()["upstream"]
    assert own_world.ask("avatar")["calls"]["POST /generate"] == 1


@pytest.mark.parametrize("key", [b"", b"a" * 256, b"\xc3\xa9"])
def test_a_key_that_is_none_is_told_so(world: World, key: bytes) -> None:
    answer = world.operate(
        "generate",
        IMAGE_TASK,
        headers={"Idempotency-Key": key},
    )

    problem = assert_problem(answer, 400, "invalid-parameter")
    assert problem["errors"][0]["parameter"] == "Idempotency-Key"


def test_a_bad_body_is_not_remembered(own_world: World) -> None:
    headers = {"Idempotency-Key": "1"}
    bad = own_world.operate("generate", {"user_details": 1}, headers=headers)

    good = own_world.operate("generate", IMAGE_TASK, headers=headers)

    assert_problem(bad, 400, "invalid-parameter")
    assert good.status_code == 202


def test_a_reader_may_follow(own_world: World) -> None:
    job = submit(own_world)

    assert own_world.get(f"/v1/jobs/{job['id']}", key=READER).status_code == 200
    assert own_world.get(f"/v1/jobs/{job['id']}", key=OPERATOR).status_code == 200
    assert_problem(
        own_world.get(f"/v1/jobs/{job['id']}", key=None), 401, "unauthorized"
    )
