"""One call for all who want the same page, whatever the reader below does."""

import asyncio
from typing import Any

import pytest

from gateway.crawl.search import Read
from gateway.pages.failures import Failure
from gateway.pages.flights import Flights
from gateway.pages.freshness import Freshness, Keeping
from gateway.pages.requests import PageResult
from gateway.pages.turns import Turns
from gateway.plugin.errors import UnavailableError
from gateway.ports.caches import Caches
from gateway.ports.metrics import Event, FlightSaved
from tests.fakes import FakeClock
from tests.pages.readers import KEY, Below, to_entries, to_page, to_request
from tests.spinning import bounded


class Stand:
    def __init__(self, result: PageResult) -> None:
        self.events: list[Event] = []
        self.below, self.clock = Below(result), FakeClock()
        self.flights = Flights(
            self.below,
            Turns(None, self.events.append),
            Freshness(Keeping(fresh_seconds=30.0), self.clock),
            self.clock,
            caches=Caches(),
            watch=self.events.append,
        )

    async def ask(self, *reads: Read) -> list[Any]:
        """Ask for all at once; the reader below answers when all have come."""
        tasks = [asyncio.create_task(self.flights(to_request(read))) for read in reads]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.below.gate.set()
        return await asyncio.gather(*tasks, return_exceptions=True)


async def test_who_wants_the_same_at_the_same_time_waits_for_one_call() -> None:
    stand = Stand(PageResult(page=to_page(held=1)))

    results = await stand.ask(Read(0), Read(0), Read(0))

    assert len(stand.below.asked) == 1
    assert {result.page.held for result in results} == {1}
    assert stand.events == [FlightSaved("process")] * 2


async def test_a_call_that_began_before_a_page_was_held_proves_nothing_for_it() -> None:
    stand = Stand(PageResult(page=to_page(held=11)))
    early = asyncio.create_task(stand.flights(to_request(Read(0))))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    results = await stand.ask(Read(0, after=11))

    assert [want.read.after for want in stand.below.asked] == [0, 11]
    assert results[0].is_new
    await early


async def test_a_call_that_began_later_serves_who_has_a_page_to_follow() -> None:
    stand = Stand(PageResult(page=to_page(held=11)))
    early = asyncio.create_task(stand.flights(to_request(Read(0))))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    results = await stand.ask(Read(0, after=9))

    assert len(stand.below.asked) == 1
    assert results[0].is_new
    await early


@pytest.mark.parametrize("turns", range(12))
def test_who_comes_in_the_very_turn_of_a_calls_end_makes_one_that_serves(
    turns: int,
) -> None:
    """Whatever turn of the loop that is: what has ended cannot be waited for."""

    async def ask() -> list[Any]:
        stand = Stand(PageResult(page=to_page(held=11)))
        stand.below.gate.set()
        early = asyncio.create_task(stand.flights(to_request(Read(0))))
        for _ in range(turns):
            await asyncio.sleep(0)
        here = to_page(5, to_entries(1))
        late = await stand.flights(to_request(Read(0, after=15, here=here)))
        return [late.is_new, (await early).page]

    with bounded(10):
        is_new, page = asyncio.run(ask())

    assert is_new
    assert page == to_page(held=11)


async def test_a_failure_is_everybodys() -> None:
    failure = Failure(error=UnavailableError("it is away"), until=1.0)
    stand = Stand(PageResult(failure=failure))

    results = await stand.ask(Read(0), Read(0))

    assert [result.failure for result in results] == [failure, failure]


async def test_what_the_reader_below_raises_is_raised_for_all_and_not_kept() -> None:
    stand = Stand(PageResult())
    stand.below.error = RuntimeError("a fault of ours")

    results = await stand.ask(Read(0), Read(0))

    assert results == [stand.below.error] * 2
    assert stand.flights.find(KEY, Read(0)) is None


async def test_a_call_outlives_whoever_waits_for_it() -> None:
    stand = Stand(PageResult(page=to_page(held=1)))
    leaving = asyncio.create_task(stand.flights(to_request(Read(0))))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    leaving.cancel()
    results = await stand.ask(Read(0))

    assert len(stand.below.asked) == 1
    assert results[0].page.held == 1
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_an_answer_is_at_hand_for_a_moment_for_the_very_same_want() -> None:
    stand = Stand(PageResult(page=to_page(held=12)))
    await stand.ask(Read(0, after=11))

    again = stand.flights.find_lately(KEY, Read(0, after=11))
    other = stand.flights.find_lately(KEY, Read(0, after=12))
    stand.clock.turn(2.1)
    later = stand.flights.find_lately(KEY, Read(0, after=11))

    assert again is not None
    assert again.page is not None
    assert again.is_new
    assert (other, later) == (None, None)


@pytest.mark.parametrize(("seconds", "is_close"), [(0.9, True), (1.1, False)])
async def test_a_check_is_close_if_it_begins_within_a_second(
    seconds: float, *, is_close: bool
) -> None:
    stand = Stand(PageResult(page=to_page(held=1)))
    await stand.ask(Read(0))

    stand.clock.turn(seconds)
    checked = await stand.ask(Read(0, after=1))

    assert checked[0].is_close is is_close
