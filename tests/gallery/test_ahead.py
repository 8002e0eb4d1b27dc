"""A slow source never starves: what a caller went on without is there when it is back."""

import asyncio
import gc
import itertools
from collections.abc import Sequence

import pytest

from gateway.crawl.lane import Lane
from gateway.crawl.walk import Walk
from gateway.gallery.gallery import Answer
from gateway.pages.freshness import Keeping
from gateway.plugin.errors import NothingAnsweredError, UnavailableError
from gateway.plugin.provider import Listing, PageKey, UpstreamPage
from tests.gallery.fakes import FakeProvider, Stand, ids_of, states_of, to_item
from tests.virtual_time import LoopClock, run

FRESH_SECONDS = 0.2
PATIENCE_SECONDS = 1.0
SLOW_SECONDS = 2.5
PAUSE_SECONDS = 0.4
ITEMS = 20
MOST_REQUESTS = 150


class Slow(FakeProvider):
    """Takes its time, in the loop's virtual one; new items enter as callers pause."""

    def __init__(self, name: str, serials: Sequence[int], seconds: float) -> None:
        super().__init__(name, serials)
        self.seconds = seconds
        self._serials = itertools.count(1_000)

    def move(self) -> None:
        self.items.insert(0, to_item(self.name, next(self._serials)))

    async def read(self, token: str, listing: Listing, page: PageKey) -> UpstreamPage:
        await asyncio.sleep(self.seconds)
        return await super().read(token, listing, page)


def slow() -> Slow:
    return Slow("slow", range(ITEMS, 0, -1), SLOW_SECONDS)


def fast() -> Slow:
    return Slow("fast", range(130, 100, -1), 0.01)


def stand_of(*providers: FakeProvider, kept_seconds: float = 0.0) -> Stand:
    return Stand(
        *providers,
        clock=LoopClock(asyncio.get_running_loop()),
        patience_seconds=PATIENCE_SECONDS,
        deadline_seconds=PATIENCE_SECONDS,
        keeping=Keeping(
            fresh_seconds=FRESH_SECONDS,
            stale_while_revalidate_seconds=kept_seconds,
            stale_if_error_seconds=kept_seconds,
        ),
    )


async def ask(stand: Stand, cursor: str | None = None) -> Answer | None:
    """Ask for a page; None where no source could answer."""
    try:
        return await stand.page(cursor)
    except NothingAnsweredError:
        return None


async def crawl(stand: Stand, *, moving: Slow | None = None) -> tuple[list[str], int]:
    """Crawl to the end, with a pause after each answer; give the ids, and how often."""
    ids: list[str] = []
    cursor = None
    for requests in range(1, MOST_REQUESTS):
        answer = await ask(stand, cursor)
        if answer is not None:
            ids += ids_of(answer)
            cursor = answer.page.next_cursor
            if cursor is None:
                return ids, requests
        if moving is not None:
            moving.move()
        await asyncio.sleep(PAUSE_SECONDS)
    raise AssertionError(f"starved after {len(ids)} items")


@pytest.mark.parametrize("kept_seconds", [0.0, 60.0])
@pytest.mark.parametrize("has_totals", [True, False])
@pytest.mark.parametrize("is_alone", [True, False])
@pytest.mark.parametrize("is_moving", [True, False])
def test_a_crawl_of_a_slow_source_comes_to_its_end(
    *, kept_seconds: float, has_totals: bool, is_alone: bool, is_moving: bool
) -> None:
    async def main() -> None:
        source = slow()
        source.totals = has_totals
        others = [] if is_alone else [fast()]
        stand = stand_of(*others, source, kept_seconds=kept_seconds)

        ids, requests = await crawl(stand, moving=source if is_moving else None)

        await stand.onward.aclose()
        await stand.pages.aclose()
        assert len(ids) == len(set(ids))
        assert {f"slow:{serial}" for serial in range(1, ITEMS + 1)} <= set(ids)
        pages = len(ids) / 5
        assert requests < 20 * pages
        assert len(source.reads) < 20 * pages

    run(main())


def test_a_first_page_that_nobody_waited_for_is_there_for_who_comes_back() -> None:
    async def main() -> None:
        source = slow()
        stand = stand_of(source)

        assert await ask(stand) is None
        await asyncio.sleep(SLOW_SECONDS + 5)
        answer = await ask(stand)
        reads = list(source.reads)

        assert answer is not None
        assert ids_of(answer) == [f"slow:{serial}" for serial in range(20, 15, -1)]
        assert states_of(answer) == {"slow": "stale"}
        assert reads == [0]
        await asyncio.sleep(0)
        assert len(source.reads) <= 2  # a refresh is under way
        await stand.pages.aclose()

    run(main())


def test_what_was_read_ahead_is_good_for_half_a_minute() -> None:
    async def main() -> None:
        source = slow()
        stand = stand_of(source)

        assert await ask(stand) is None
        await asyncio.sleep(SLOW_SECONDS + 31)

        assert await ask(stand) is None
        await stand.onward.aclose()
        await stand.pages.aclose()

    run(main())


def test_a_thousand_callers_who_go_on_without_a_page_cost_one_call() -> None:
    async def main() -> None:
        source = slow()
        stand = stand_of(source)

        answers = await asyncio.gather(*(ask(stand) for _ in range(1_000)))
        await asyncio.sleep(SLOW_SECONDS)
        back = await asyncio.gather(*(ask(stand) for _ in range(1_000)))

        assert answers == [None] * 1_000
        assert all(answer is not None and len(ids_of(answer)) == 5 for answer in back)
        assert source.reads == [0]
        await stand.pages.aclose()

    run(main())


def test_a_purge_leaves_behind_what_was_read_ahead() -> None:
    async def main() -> None:
        source = slow()
        stand = stand_of(source)
        assert await ask(stand) is None
        await asyncio.sleep(SLOW_SECONDS)

        del source.items[0]
        await stand.pages.purge(stand.tenant.accounts["slow"])

        assert await ask(stand) is None
        await asyncio.sleep(SLOW_SECONDS)
        answer = await ask(stand)
        assert answer is not None
        assert ids_of(answer)[0] == "slow:19"
        await stand.pages.aclose()

    run(main())


def test_who_wants_it_anew_is_not_given_what_was_read_ahead() -> None:
    async def main() -> None:
        source = slow()
        stand = stand_of(source)
        assert await ask(stand) is None
        await asyncio.sleep(SLOW_SECONDS)

        source.seconds = 0.1
        source.move()
        answer = await stand.page(is_anew=True)

        assert ids_of(answer)[0] == "slow:1000"
        await stand.pages.aclose()

    run(main())


def test_a_failure_behind_is_told_and_not_kept() -> None:
    async def main() -> None:
        source = slow()
        source.failure = UnavailableError("the upstream is down")
        stand = stand_of(source, fast())

        first = await ask(stand)
        await asyncio.sleep(SLOW_SECONDS)
        second = await ask(stand)
        source.failure = None
        source.seconds = 0.1
        await asyncio.sleep(SLOW_SECONDS)
        third = await ask(stand)

        assert first is not None
        assert second is not None
        assert third is not None
        assert states_of(first) == {"slow": "pending", "fast": "fresh"}
        assert states_of(second)["slow"] in {"pending", "unavailable"}
        assert states_of(third)["slow"] in {"fresh", "stale"}
        await stand.onward.aclose()
        await stand.pages.aclose()

    run(main())


def test_a_source_at_its_end_does_not_start_the_patience_of_the_others() -> None:
    async def main() -> None:
        empty, source = Slow("empty", [], 0.01), slow()
        stand = Stand(
            empty,
            source,
            clock=LoopClock(asyncio.get_running_loop()),
            patience_seconds=PATIENCE_SECONDS,
            deadline_seconds=2 * SLOW_SECONDS,
        )

        answer = await stand.page()

        assert states_of(answer) == {"empty": "fresh", "slow": "fresh"}
        assert len(ids_of(answer)) == 5
        await stand.pages.aclose()

    run(main())


def test_a_source_that_ends_on_the_page_starts_it() -> None:
    async def main() -> None:
        short, source = Slow("short", [30, 29], 0.01), slow()
        stand = Stand(
            short,
            source,
            clock=LoopClock(asyncio.get_running_loop()),
            patience_seconds=PATIENCE_SECONDS,
            deadline_seconds=2 * SLOW_SECONDS,
        )

        answer = await stand.page()

        assert states_of(answer) == {"short": "fresh", "slow": "pending"}
        assert ids_of(answer) == ["short:30", "short:29"]
        await stand.onward.aclose()
        await stand.pages.aclose()

    run(main())


def test_what_is_read_ahead_leaves_nothing_to_the_garbage_collector() -> None:
    async def main() -> None:
        stand = stand_of(slow())
        gc.collect()
        gc.disable()
        try:
            assert await ask(stand) is None
            await asyncio.sleep(SLOW_SECONDS)
            walks = [one for one in gc.get_objects() if isinstance(one, Walk | Lane)]
        finally:
            gc.enable()
        assert walks == []
        await stand.pages.aclose()

    run(main())
