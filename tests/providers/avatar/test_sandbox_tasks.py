"""How a test steers the avatar sandbox's tasks."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.providers.avatar.running import Running, picture, register, run_sandbox

QUEUED = {"status": 0, "position": 0}
AT_WORK = {"status": 1, "position": 0}
DONE = {"status": 2, "position": -1}
FAILED = {"status": 3, "position": -1}
UNKNOWN = {"detail": "Task not found"}
SECOND = timedelta(seconds=1)


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    async with run_sandbox() as running:
        yield running


async def urls(sandbox: Running) -> set[str]:
    return {entry["url"] for entry in await sandbox.gallery()}


async def test_held_tasks_stay_queued_in_their_order(sandbox: Running) -> None:
    await sandbox.tell("tasks/hold")
    first, second = [await sandbox.generate() for _ in range(2)]
    sandbox.clock.moment += 60 * SECOND

    held = [await sandbox.state(one) for one in (first, second)]
    await sandbox.tell("tasks/release")
    released = [await sandbox.state(one) for one in (first, second)]
    sandbox.clock.moment += 2 * SECOND

    assert held == [QUEUED, {"status": 0, "position": 1}]
    assert released == [AT_WORK, {"status": 0, "position": 1}]
    assert [await sandbox.state(one) for one in (first, second)] == [DONE, DONE]
    assert {first, second} <= await urls(sandbox)


async def test_what_is_at_work_when_held_stays_at_work(sandbox: Running) -> None:
    first, second = [await sandbox.generate() for _ in range(2)]
    await sandbox.tell("tasks/hold")
    sandbox.clock.moment += 60 * SECOND

    held = [await sandbox.state(one) for one in (first, second)]
    await sandbox.tell("tasks/release")
    sandbox.clock.moment += SECOND

    assert held == [AT_WORK, {"status": 0, "position": 1}]
    assert [await sandbox.state(one) for one in (first, second)] == [DONE, AT_WORK]


async def test_a_chosen_task_is_finished_though_all_are_held(sandbox: Running) -> None:
    await sandbox.tell("tasks/hold")
    first, second = [await sandbox.generate() for _ in range(2)]

    finished = await sandbox.tell("tasks/finish", ids=[second, "unknown"])

    assert finished == {"finished": 1}
    assert [await sandbox.state(one) for one in (first, second)] == [QUEUED, DONE]
    assert await sandbox.tell("tasks/finish") == {"finished": 1}
    assert await sandbox.state(first) == DONE


async def test_a_task_that_is_to_fail_fails_when_it_is_finished(
    sandbox: Running,
) -> None:
    await sandbox.tell("tasks/hold")
    task_id = await sandbox.generate(item_id="fail")

    held = await sandbox.state(task_id)
    await sandbox.tell("tasks/finish")

    assert (held, await sandbox.state(task_id)) == (QUEUED, FAILED)
    assert task_id not in await urls(sandbox)


async def test_a_forgotten_task_is_unknown_though_its_picture_is_listed(
    sandbox: Running,
) -> None:
    done = await sandbox.generate()
    await sandbox.tell("finish")
    lost = await sandbox.generate()

    forgotten = await sandbox.tell("tasks/forget")
    sandbox.clock.moment += 60 * SECOND

    assert forgotten == {"forgotten": 2}
    assert [await sandbox.state(one) for one in (done, lost)] == [UNKNOWN, UNKNOWN]
    assert await sandbox.tell("tasks/forget") == {"forgotten": 0}
    assert done in await urls(sandbox)
    assert lost not in await urls(sandbox)


async def test_an_id_of_a_forgotten_task_is_not_given_again(sandbox: Running) -> None:
    first = await sandbox.generate()
    await sandbox.tell("tasks/forget", ids=[first])

    second = await sandbox.generate()

    assert first != second
    assert (await sandbox.tell("tasks/forget", ids=[first])) == {"forgotten": 0}
    assert await sandbox.state(second) == AT_WORK


async def test_a_withheld_file_is_done_but_listed_only_later(sandbox: Running) -> None:
    early = await sandbox.generate()
    await sandbox.tell("finish")
    await sandbox.tell("tasks/withhold")
    late = await sandbox.generate()
    await sandbox.tell("finish")

    withheld = await urls(sandbox)
    state = await sandbox.state(late)
    again = await sandbox.tell("tasks/withhold")
    published = await sandbox.tell("tasks/publish")

    assert early in withheld
    assert late not in withheld
    assert (state, again, published) == (DONE, {}, {"published": 1})
    assert late in await urls(sandbox)
    assert await sandbox.tell("tasks/publish") == {"published": 0}


async def test_a_forgotten_task_may_have_its_picture_listed_afterwards(
    sandbox: Running,
) -> None:
    await sandbox.tell("tasks/withhold")
    task_id = await sandbox.generate()
    await sandbox.tell("finish")
    await sandbox.tell("tasks/forget")

    before = await urls(sandbox)
    await sandbox.tell("tasks/publish")

    assert task_id not in before
    assert task_id in await urls(sandbox)
    assert await sandbox.state(task_id) == UNKNOWN


async def test_the_reset_lets_tasks_go_on_and_lists_their_files(
    sandbox: Running,
) -> None:
    await sandbox.tell("tasks/withhold")
    done = await sandbox.generate()
    await sandbox.tell("finish")
    await sandbox.tell("tasks/hold")
    held = await sandbox.generate()

    await sandbox.tell("reset")
    listed = await urls(sandbox)

    assert done in listed
    assert await sandbox.state(held) == AT_WORK


async def test_all_users_tasks_are_told_oldest_first(sandbox: Running) -> None:
    other = await register(sandbox, email="new@example.com")
    await other.upload(picture("JPEG"))
    tasks = [await sandbox.generate(), await other.generate()]

    told = (await sandbox.client.get("/_sandbox/tasks")).json()

    assert told == {"ids": tasks}


async def test_the_polls_of_tasks_are_counted(sandbox: Running) -> None:
    task_id = await sandbox.generate()
    for _ in range(3):
        await sandbox.state(task_id)

    calls = (await sandbox.client.get("/_sandbox")).json()["calls"]

    assert calls["GET /generate/{task_id}"] == 3
    assert calls["POST /generate"] == 1


async def test_a_choice_that_is_none_is_a_400(sandbox: Running) -> None:
    for body in ({"ids": 5}, {"id": ["1"]}):
        answer = await sandbox.client.post("/_sandbox/tasks/forget", json=body)

        assert answer.status_code == 400
        assert "id" in answer.json()["error"]
