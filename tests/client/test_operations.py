"""Operations, jobs and tokens, against a gateway that answers as the contract says."""

import threading
import time
from collections.abc import Iterator

import pytest
from anyio.from_thread import BlockingPortal

from gateway.client import (
    GatewayError,
    InvalidParameterError,
    Job,
    NotFoundError,
)
from tests.client.conftest import Open
from tests.client.operating import ITEM, KEY, PICTURE, Operated, operating
from tests.stack.processes import wait_until


@pytest.fixture
def served(portal: BlockingPortal) -> Iterator[tuple[str, Operated]]:
    with operating(portal) as served:
        yield served


@pytest.fixture
def state(served: tuple[str, Operated]) -> Operated:
    return served[1]


@pytest.fixture
def gallery(served: tuple[str, Operated], open_gallery: Open):
    return open_gallery(served[0], KEY)


def test_an_operation_is_asked_for_or_posted_as_it_must_be(gallery, state) -> None:
    read = gallery.call("avatar", "get_user_info")
    done = gallery.call("avatar", "register")

    assert read["size"] == 0
    assert done == {"size": 2, "type": "application/json"}
    assert state.bodies == [("get_user_info", b""), ("register", b"{}")]


@pytest.mark.parametrize(
    ("body", "sent", "kind"),
    [
        ({"first_name": "Jo"}, b'{"first_name":"Jo"}', "application/json"),
        ([1, 2], b"[1,2]", "application/json"),
        (b"\xff\xd8\xff", b"\xff\xd8\xff", "application/octet-stream"),
        (bytearray(b"PK"), b"PK", "application/octet-stream"),
    ],
    ids=str,
)
def test_a_body_is_json_or_a_file(gallery, state, body, sent, kind) -> None:
    told = gallery.call("avatar", "upload_avatar", body)

    assert state.bodies == [("upload_avatar", sent)]
    assert told["type"] == kind


def test_a_file_is_its_bytes(gallery) -> None:
    assert gallery.call("avatar", "get_avatar") == PICTURE


def test_a_call_that_makes_a_job_gives_it(gallery) -> None:
    job = gallery.call("avatar", "generate", {"prompt": "a hat"})

    assert isinstance(job, Job)
    assert (job.id, job.status, job.position) == ("job_1", "queued", 2)


def test_faults_of_a_body_are_told_by_pointers(gallery) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        gallery.submit("avatar", "generate", {"prompt": "bad"})

    (fault,) = caught.value.errors
    assert (fault.pointer, fault.message) == ("/prompt", "expected text")
    assert "/prompt: expected text" in str(caught.value)


def test_what_the_upstream_refuses_is_told_in_its_words(gallery) -> None:
    with pytest.raises(GatewayError) as caught:
        gallery.call("avatar", "generate", {"prompt": "refused"})

    assert caught.value.code == "upstream-refused"
    assert caught.value.problem.upstream.detail == "no hat"
    assert "no hat" in str(caught.value)


def test_an_unknown_operation_is_not_found(gallery, state) -> None:
    with pytest.raises(NotFoundError):
        gallery.call("avatar", "dance")

    assert state.bodies == []


def test_the_same_key_gives_the_same_job(gallery, state) -> None:
    told = {"idempotency_key": "mine"}
    first = gallery.submit("avatar", "generate", {"prompt": "a hat"}, **told)
    again = gallery.submit("avatar", "generate", {"prompt": "a hat"}, **told)
    with pytest.raises(GatewayError) as caught:
        gallery.submit("avatar", "generate", {"prompt": "a coat"}, **told)

    assert first.id == again.id
    assert caught.value.code == "idempotency-mismatch"
    assert list(state.remembered) == ["mine"]


def test_a_job_is_followed_to_its_end(gallery, state) -> None:
    handle = gallery.submit("avatar", "generate", {"prompt": "a hat"})
    steps = threading.Thread(target=move_on, args=(state,))
    steps.start()

    job = handle.wait(timeout=20)
    steps.join()

    assert (job.status, job.item_ids) == ("succeeded", (ITEM,))
    assert (handle.status, handle.item_ids) == ("succeeded", (ITEM,))
    assert handle.is_finished
    assert len(state.held) <= 4


def move_on(state: Operated) -> None:
    """Move the job on each time somebody has asked how it stands."""
    for number, status in enumerate(("queued", "processing", "succeeded")):
        wait_until(lambda number=number: len(state.held) > number, "a question")
        state.stand(status)


def test_a_wait_ends_in_time_and_may_be_taken_up(gallery, state) -> None:
    handle = gallery.submit("avatar", "generate", {"prompt": "a hat"})

    begun = time.monotonic()
    with pytest.raises(TimeoutError, match=r"queued after 1\.2 s"):
        handle.wait(1.2)
    seconds = time.monotonic() - begun
    state.stand("failed")

    assert 1.0 <= seconds < 4.0
    assert handle.wait(5).status == "failed"


def test_a_job_is_found_again_by_its_id(gallery, state) -> None:
    handle = gallery.submit("avatar", "generate", {"prompt": "a hat"})
    state.stand("processing")

    found = gallery.job(handle.id)

    assert (found.status, handle.status) == ("processing", "queued")
    assert handle.refresh() == found.job
    with pytest.raises(NotFoundError):
        gallery.job("job_forged")


def test_jobs_are_listed(gallery) -> None:
    assert [job.id for job in gallery.jobs()] == ["job_1"]
    assert gallery.jobs(status=["failed", "unknown"]) == ()


def test_a_token_is_made_of_what_is_told(gallery, state) -> None:
    credentials = {"avatar": {"email": "user@example.com"}}

    whole = gallery.token(
        scopes=("gallery:read",),
        ttl_seconds=60,
        subject="user-17",
        credentials=credentials,
    )
    plain = gallery.token()

    assert (whole.token, whole.scopes) == ("ggt_1", ("gallery:read",))
    assert plain.providers == ("avatar",)
    assert state.tokens[1] == {}
    assert state.tokens[0] == {
        "scopes": ["gallery:read"],
        "ttl_seconds": 60,
        "subject": "user-17",
        "credentials": credentials,
    }
