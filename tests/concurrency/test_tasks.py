"""What is part of a request shares its budget; what is behind belongs to none."""

import asyncio

import pytest

from gateway.concurrency import budget
from gateway.concurrency.tasks import Starter, Tasks, begin_behind, begin_within


async def find_budget() -> budget.Budget | None:
    await asyncio.sleep(0)
    return budget.current()


async def test_a_part_of_a_request_shares_its_budget() -> None:
    with budget.allowing(1.0) as ours:
        found = await begin_within(find_budget())

    assert found is ours


@pytest.mark.parametrize("begin", [begin_behind, Tasks().begin])
async def test_what_is_behind_a_request_has_none_and_leaves_it_its_own(
    begin: Starter,
) -> None:
    with budget.allowing(1.0) as ours:
        found = await begin(find_budget())
        left = budget.current()

    assert (found, left) == (None, ours)


async def test_tasks_are_let_come_to_their_end() -> None:
    tasks, done = Tasks(), list[int]()

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)
        if number == 1:
            raise RuntimeError("a fault of one is nobody else's")

    for number in range(3):
        tasks.begin(work(number))
    await tasks.settle()

    assert done == [0, 1, 2]


async def test_tasks_are_ended() -> None:
    tasks = Tasks()
    task = tasks.begin(asyncio.Event().wait())

    await tasks.aclose()

    assert task.cancelled()
