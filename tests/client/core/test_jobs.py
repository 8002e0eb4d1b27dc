"""Following a job: held answers, failures that pass, and an end in any case."""

import pytest

from gateway.client import ConnectionFailedError, Job, NotFoundError
from gateway.client.core import jobs
from gateway.client.core.exchange import Reply
from gateway.client.core.jobs import Sight
from tests.client.driving import Driver, in_turn, problem, reply

AWAY = problem(503, "upstream-unavailable", retry_after="5")


def job(status: str, etag: str = "", position: int | None = None, **more) -> Reply:
    told = {"id": "job_1", "provider": "avatar", "operation": "generate"}
    headers = {"etag": etag} if etag else {}
    told |= {"status": status, "position": position, "created_at": None, **more}
    return reply(told, 200, **headers)


def seen(status: str = "queued") -> Sight:
    told = {"id": "job_1", "provider": "avatar", "operation": "generate"}
    return Sight(job=Job(status=status, **told))


def ignore(_: Sight) -> None:
    pass


def test_a_job_is_sent_with_its_idempotency_key_and_again_after_a_lost_answer() -> None:
    driver = Driver(in_turn(None, job("queued")))
    place = ("avatar", "generate")

    sight = driver.run(jobs.submit(place, {"a": 1}, "key-1", driver.policy))

    assert sight.job.id == "job_1"
    assert len(driver.calls) == 2
    for call in driver.calls:
        assert call.method == "POST"
        assert call.target == "/v1/providers/avatar/operations/generate"
        assert call.headers["idempotency-key"] == "key-1"
        assert call.content == b'{"a":1}'


def test_a_job_is_waited_for_by_answers_that_are_held() -> None:
    replies = (job("queued", '"1"'), job("processing", '"2"'), job("succeeded"))
    driver = Driver(in_turn(*replies), call_seconds=10.0)
    told: list[str] = []

    def see(sight: Sight) -> None:
        told.append(sight.job.status)

    sight = driver.run(jobs.wait(seen(), 100.0, see, driver.policy))

    assert sight.job.status == "succeeded"
    assert told == ["queued", "processing", "succeeded"]
    held = [
        (c.headers.get("prefer"), c.headers.get("if-none-match")) for c in driver.calls
    ]
    assert held == [(None, None), ("wait=30", '"1"'), ("wait=30", '"2"')]
    assert driver.now == 30.0


def test_what_has_not_changed_is_asked_for_by_the_same_etag() -> None:
    same = Reply(status=304, headers={})
    driver = Driver(in_turn(job("queued", '"1"'), same, job("failed")), call_seconds=9)

    sight = driver.run(jobs.wait(seen(), 100.0, ignore, driver.policy))

    assert sight.job.status == "failed"
    assert driver.calls[2].headers["if-none-match"] == '"1"'


@pytest.mark.parametrize("etag", ["", '"1"'])
def test_a_gateway_that_holds_no_answer_is_asked_as_often_as_it_wants(
    etag: str,
) -> None:
    told = job("queued", etag)
    told.headers["retry-after"] = "4"  # type: ignore[index]  # a dict, here
    driver = Driver(in_turn(told, told, told, job("succeeded")))

    driver.run(jobs.wait(seen(), 100.0, ignore, driver.policy))

    pauses = [call.after_seconds for call in driver.calls]
    assert pauses == [0.0, 0.0 if etag else 4.0, 4.0, 4.0]


@pytest.mark.parametrize("fault", [None, AWAY, problem(429, "rate-limited")])
def test_failures_that_may_pass_are_waited_for(fault: Reply | None) -> None:
    driver = Driver(in_turn(fault, fault, fault, fault, job("succeeded")))

    assert driver.run(jobs.wait(seen(), 100.0, ignore, driver.policy)).job.is_finished


@pytest.mark.parametrize(
    "told", [None, AWAY, job("queued"), job("unknown"), Reply(status=304, headers={})]
)
@pytest.mark.parametrize("seconds", [0.0, 0.5, 45.0])
def test_a_wait_has_an_end(told: Reply | None, seconds: float) -> None:
    driver = Driver(in_turn(told), call_seconds=1.0)

    with pytest.raises(TimeoutError):
        driver.run(jobs.wait(seen(), seconds, ignore, driver.policy))

    assert driver.now <= seconds + 3.0
    for call in driver.calls:
        assert (call.timeout_seconds or 0.0) < 33.0


def test_a_call_is_held_for_no_longer_than_is_waited() -> None:
    driver = Driver(in_turn(job("queued", '"1"')), call_seconds=4.0)

    with pytest.raises(TimeoutError):
        driver.run(jobs.wait(seen(), 10.0, ignore, driver.policy))

    held = [call.headers.get("prefer") for call in driver.calls]
    assert held == [None, "wait=6", "wait=2"]


def test_a_job_that_cannot_be_followed_is_told_at_once() -> None:
    driver = Driver(in_turn(problem(404, "not-found")))

    with pytest.raises(NotFoundError):
        driver.run(jobs.wait(seen(), 100.0, ignore, driver.policy))

    assert driver.now == 0.0


def test_a_job_that_has_ended_is_not_asked_for() -> None:
    driver = Driver(in_turn(None))

    assert driver.run(
        jobs.wait(seen("failed"), 9.0, ignore, driver.policy)
    ).job.is_finished
    assert driver.calls == []


@pytest.mark.parametrize(
    ("status", "finished_at", "is_finished"),
    [
        ("queued", None, False),
        ("unknown", None, False),
        ("succeeded", None, True),
        ("canceled", "2026-01-01T00:00:00.000Z", True),
    ],
)
def test_an_end_is_known_by_its_word_or_its_time(status, finished_at, is_finished):
    told = {"id": "j", "provider": "a", "operation": "o", "status": status}

    assert Job(**told, finished_at=finished_at).is_finished is is_finished


def test_jobs_are_listed_by_status_and_provider() -> None:
    listed = reply(
        {"jobs": [{"id": "j", "provider": "a", "operation": "o", "status": "paused"}]}
    )
    driver = Driver(in_turn(listed))

    (found,) = driver.run(jobs.jobs(["queued", "failed"], "a", driver.policy))

    assert found.status == "paused"
    asked = (("status", "queued"), ("status", "failed"), ("provider", "a"))
    assert driver.calls[0].query == asked


def test_a_broken_line_is_told_where_a_single_look_fails() -> None:
    driver = Driver(in_turn(None))

    with pytest.raises(ConnectionFailedError):
        driver.run(jobs.refresh("job_1", driver.policy))
