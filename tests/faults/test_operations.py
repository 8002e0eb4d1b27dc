"""What changes something upstream is carried out once, whatever fails on the way."""

import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import msgspec
import pytest

from gateway.jobs.idempotency import Record
from tests.api.world import assert_problem
from tests.faults.workshop import (
    SUBMIT,
    Workshop,
    mending,
    new_key,
    running_workshop,
)
from tests.stack.processes import wait_until

HTML = "<html><body>Bad gateway</body></html>"
UNKNOWN: dict[str, dict[str, Any]] = {
    "hangs up": {"mode": "close"},
    "says nothing": {"mode": "hang"},
    "breaks off": {"mode": "truncate"},
    "500": {"status": 500},
    "502 in HTML": {"status": 502, "body": HTML},
    "504": {"status": 504},
    "200 in HTML": {"status": 200, "body": HTML},
    "303": {"status": 303, "headers": {"Location": "/done"}},
}
"""What the upstream may have done something in spite of."""
NOT_NOW: dict[str, dict[str, Any]] = {
    "503": {"status": 503},
    "503 with Retry-After": {"status": 503, "headers": {"Retry-After": "0"}},
    "429": {"status": 429},
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with running_workshop(tmp_path_factory.mktemp("workshop")) as workshop:
        yield workshop


@pytest.fixture
def workshop(running: Workshop) -> Iterator[Workshop]:
    with mending(running):
        yield running


@pytest.mark.parametrize("fault", list(UNKNOWN.values()), ids=list(UNKNOWN))
def test_what_may_have_been_done_is_sent_once_and_stays_unknown(
    workshop: Workshop, fault: dict[str, Any]
) -> None:
    workshop.tell("fail", path="/generate", **fault)
    key = new_key()

    first = workshop.operate(0, key)
    workshop.tell("fail", path="/generate", status=418)  # nothing is to meet it
    again = [workshop.operate(place, key) for place in (0, 1)]

    for answer in (first, *again):
        assert_problem(answer, 502, "outcome-unknown")
    assert "idempotency-replayed" not in first.headers
    assert [one.headers["idempotency-replayed"] for one in again] == ["true"] * 2
    assert workshop.calls(SUBMIT) == 1


@pytest.mark.parametrize("fault", list(NOT_NOW.values()), ids=list(NOT_NOW))
def test_what_is_not_taken_now_is_sent_once_and_not_remembered(
    workshop: Workshop, fault: dict[str, Any]
) -> None:
    workshop.tell("fail", path="/generate", count=1, **fault)
    key = new_key()

    first = workshop.operate(0, key)
    sent = workshop.calls(SUBMIT)
    again = workshop.operate(1, key)

    assert_problem(first, 503, "upstream-unavailable")
    assert sent == 1
    assert again.status_code == 202, again.text
    assert "idempotency-replayed" not in again.headers


def test_what_reached_nobody_is_not_remembered(workshop: Workshop) -> None:
    key = new_key()
    for place in (0, 1):
        refused = workshop.operate(place, key, provider="gone")
        assert_problem(refused, 503, "upstream-unavailable")
    sandbox = workshop.commands.start("sandbox", "avatar", "--port", str(workshop.away))
    sandbox.until_it_answers(f"http://127.0.0.1:{workshop.away}/_sandbox")

    done = workshop.operate(0, key, provider="gone")
    again = workshop.operate(1, key, provider="gone")

    sandbox.end()
    assert done.status_code == again.status_code == 202, done.text
    assert done.json() == again.json()
    assert "idempotency-replayed" not in done.headers
    assert again.headers["idempotency-replayed"] == "true"


def test_a_voided_token_costs_one_login_and_no_second_task(workshop: Workshop) -> None:
    workshop.submit()
    workshop.tell("reset")
    before = len(workshop.tasks())
    workshop.tell("void")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: workshop.operate(n % 2), range(4)))

    assert [answer.status_code for answer in answers] == [202] * 4
    assert len(workshop.tasks()) == before + 4
    assert workshop.calls("POST /login") == 1


def test_a_caller_who_leaves_stops_nothing(workshop: Workshop) -> None:
    before, key = len(workshop.tasks()), new_key()
    workshop.tell("delay", path="/generate", seconds=1.0, count=1)

    with pytest.raises(httpx.ReadTimeout):
        workshop.operate(0, key, timeout=0.4)
    wait_until(lambda: len(workshop.tasks()) > before, "the task to be taken")
    answers: list[httpx.Response] = []

    def is_over() -> bool:
        answers.append(workshop.operate(1, key))
        return answers[-1].status_code != 409

    wait_until(is_over, "the outcome to be told")
    assert answers[-1].status_code == 202, answers[-1].text
    assert answers[-1].headers["idempotency-replayed"] == "true"
    assert len(workshop.tasks()) == before + 1


def test_one_key_at_two_replicas_at_once_makes_one_task(workshop: Workshop) -> None:
    seen: Counter[int] = Counter()
    before = len(workshop.tasks())

    with ThreadPoolExecutor(4) as pool:
        for number in range(1, 21):
            key = new_key()
            answers = list(
                pool.map(lambda n, key=key: workshop.operate(n % 2, key), range(4))
            )
            seen.update(answer.status_code for answer in answers)
            assert len(workshop.tasks()) == before + number
            assert all(workshop.operate(n, key).status_code == 202 for n in (0, 1))

    assert set(seen) <= {202, 409}
    assert len(workshop.tasks()) == before + 20


def test_while_redis_is_frozen_nothing_is_sent_with_a_key(workshop: Workshop) -> None:
    key, without = new_key(), workshop.operate(0)
    before = workshop.calls(SUBMIT)
    workshop.house.signal(signal.SIGSTOP)

    refused = [workshop.operate(place, key) for place in (0, 1, 0)]
    sent = workshop.calls(SUBMIT)
    without = workshop.operate(0)
    workshop.house.signal(signal.SIGCONT)
    workshop.until_all_is_well()

    for answer in refused:
        assert_problem(answer, 503, "store-unavailable")
    assert sent == before
    assert without.status_code == 202, without.text
    answers: list[int] = []

    def is_taken() -> bool:
        answers.append(workshop.operate(1, key).status_code)
        return answers[-1] not in {409, 503}

    wait_until(is_taken, "the key to be free again")
    assert answers[-1] == 202
    assert workshop.operate(0, key).headers["idempotency-replayed"] == "true"
    assert workshop.calls(SUBMIT) == before + 2


@pytest.mark.parametrize("way", ["killed", "emptied"])
def test_a_redis_that_lost_everything_lets_nothing_be_done_twice(
    workshop: Workshop, way: str
) -> None:
    """Each is asked for what the other one has done, as soon as it answers again."""
    keys = [[new_key() for _ in range(5)] for _ in (0, 1)]
    firsts = [[workshop.operate(n, key).json() for key in keys[n]] for n in (0, 1)]
    before = workshop.calls(SUBMIT)
    if way == "killed":
        workshop.house.kill()
        assert_problem(workshop.operate(0, new_key()), 503, "store-unavailable")
        workshop.house.start()
    else:
        with workshop.house.client() as client:
            client.flushall()

    def ask(place: int, key: str) -> Any:
        while (answer := workshop.operate(place, key)).status_code == 503:
            assert_problem(answer, 503, "store-unavailable")
        assert answer.status_code == 202, answer.text
        return answer.json()

    with ThreadPoolExecutor(4) as pool:
        again = [
            [pool.submit(ask, 1 - place, key) for key in keys[place]]
            for place in (0, 1)
        ]
        told = [[one.result() for one in ones] for ones in again]

    assert told == firsts
    assert workshop.calls(SUBMIT) == before


@pytest.mark.parametrize("outcome", ["done", "unknown"])
def test_a_redis_killed_in_the_middle_lets_nothing_be_done_twice(
    workshop: Workshop, outcome: str
) -> None:
    if outcome == "unknown":
        workshop.tell("fail", path="/generate", mode="hang", count=1)
    else:
        workshop.tell("delay", path="/generate", seconds=1.5, count=1)
    key = new_key()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(workshop.operate, 0, key)
        wait_until(lambda: workshop.calls(SUBMIT) == 1, "it to be sent")
        workshop.house.kill()
        first = running.result()
    workshop.house.start()
    answers: list[httpx.Response] = []

    def is_over() -> bool:
        answers.append(workshop.operate(1, key))
        return answers[-1].status_code not in {409, 503}

    wait_until(is_over, "the other to know")
    assert first.status_code == answers[-1].status_code, answers[-1].text
    assert first.status_code == (202 if outcome == "done" else 502)
    assert workshop.calls(SUBMIT) == 1


def test_what_a_killed_replica_has_sent_is_not_sent_again(workshop: Workshop) -> None:
    doomed, before = workshop.another(), len(workshop.tasks())
    workshop.tell("delay", path="/generate", seconds=3.0, count=1)
    key = new_key()

    with ThreadPoolExecutor(1) as pool:
        dying = pool.submit(workshop.operate, doomed, key)
        wait_until(lambda: workshop.calls(SUBMIT) == 1, "it to be sent")
        doomed.command.kill()
        with suppress(httpx.TransportError):
            dying.result()
    running = workshop.operate(0, key)
    _let_time_pass(workshop, 100.0)
    left = [workshop.operate(place, key) for place in (0, 1)]

    assert_problem(running, 409, "idempotency-in-progress")
    for answer in left:
        assert_problem(answer, 502, "outcome-unknown")
        assert answer.headers["idempotency-replayed"] == "true"
    assert workshop.calls(SUBMIT) == 1
    # the next test would count what the upstream has yet to take
    wait_until(lambda: len(workshop.tasks()) == before + 1, "the task to be taken")


def _let_time_pass(workshop: Workshop, seconds: float) -> None:
    """Let what goes on with keys have begun so much earlier."""
    with workshop.house.client() as client:
        for key in client.scan_iter("gg:idempotency:*"):
            kept = client.get(key)
            record = msgspec.msgpack.decode(kept or b"", type=Record)
            earlier = msgspec.structs.replace(record, since=record.since - seconds)
            client.set(key, msgspec.msgpack.encode(earlier), keepttl=True)
