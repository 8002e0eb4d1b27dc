import asyncio

from gateway.adapters.memory import LocalNews
from gateway.api.answers.collapsing import JOIN_SECONDS, Collapsed, Collapsing
from gateway.coordination.validity import Validity
from gateway.ports.stores import News


class DeafNews(LocalNews):
    is_current = False


class Maker:
    """Makes one number after another, once it may; fails if it is told to."""

    def __init__(self, news: News | None = None) -> None:
        self.made = 0
        self.may_end = asyncio.Event()
        self.error: Exception | None = None
        self._collapsing = Collapsing[int](news or LocalNews())

    def begin(
        self, key: str = "page", *validities: Validity
    ) -> asyncio.Task[Collapsed[int]]:
        return asyncio.create_task(self._collapsing.make(key, validities, self._make))

    async def _make(self) -> int:
        self.made += 1
        made = self.made
        await self.may_end.wait()
        if self.error:
            raise self.error
        return made


async def begun(*tasks: asyncio.Task[Collapsed[int]]) -> None:
    """Let each go as far as it can."""
    for _ in tasks:
        await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_it_is_made_once_for_all_who_ask_at_the_same_time() -> None:
    maker = Maker()
    asked = [maker.begin() for _ in range(5)]
    await begun(*asked)
    maker.may_end.set()

    got = await asyncio.gather(*asked)

    assert [one.made for one in got] == [1] * 5
    assert [one.is_joined for one in got] == [False, True, True, True, True]


async def test_it_is_made_anew_for_who_asks_after_its_end() -> None:
    maker = Maker()
    maker.may_end.set()
    await maker.begin()

    assert await maker.begin() == Collapsed(2, is_joined=False)


async def test_other_keys_are_made_apart() -> None:
    maker = Maker()
    maker.may_end.set()

    one, other = await asyncio.gather(maker.begin("one"), maker.begin("other"))

    assert {one.made, other.made} == {1, 2}


async def test_nobody_joins_what_was_begun_before_a_change() -> None:
    maker, validity = Maker(), Validity()
    before = maker.begin("page", validity)
    await begun(before)

    validity.is_void = True
    after, last = maker.begin("page", Validity()), maker.begin("page", Validity())
    await begun(after, last)
    maker.may_end.set()

    assert await before == Collapsed(1, is_joined=False)
    assert await after == Collapsed(2, is_joined=False)
    assert await last == Collapsed(2, is_joined=True)


async def test_nobody_joins_while_news_of_changes_may_be_missed() -> None:
    maker = Maker(DeafNews())
    asked = [maker.begin(), maker.begin()]
    await begun(*asked)
    maker.may_end.set()

    got = await asyncio.gather(*asked)

    assert [one.made for one in got] == [1, 2]


async def test_nobody_joins_what_was_begun_long_ago() -> None:
    maker = Maker()
    early = maker.begin()
    await asyncio.sleep(JOIN_SECONDS)

    late = maker.begin()
    await begun(late)
    maker.may_end.set()

    assert await early == Collapsed(1, is_joined=False)
    assert await late == Collapsed(2, is_joined=False)


async def test_who_began_it_may_leave_the_others_get_it() -> None:
    maker = Maker()
    first, other = maker.begin(), maker.begin()
    await begun(first, other)

    first.cancel()
    await asyncio.wait({first})
    maker.may_end.set()

    assert await other == Collapsed(1, is_joined=True)


async def test_what_goes_wrong_goes_wrong_for_all() -> None:
    maker = Maker()
    maker.error = ValueError("no")
    asked = [maker.begin(), maker.begin()]
    await begun(*asked)
    maker.may_end.set()

    got = await asyncio.gather(*asked, return_exceptions=True)

    assert got == [maker.error, maker.error]
    assert maker.made == 1
