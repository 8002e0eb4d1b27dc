import asyncio

import pytest

from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.coordination.generations import Generations
from gateway.plugin.errors import StoreError
from gateway.ports.caches import Caches
from gateway.ports.stores import Store, Stores
from tests.fakes import FakeClock
from tests.gallery.fakes import BrokenStore


class Switch:
    """A store that can be away for a while."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_away = False

    def __getattr__(self, name: str):
        return getattr(BrokenStore() if self.is_away else self._store, name)


class Town:
    def __init__(self) -> None:
        clock = FakeClock()
        self.shared = MemoryStore(limit_bytes=10_000, clock=clock)
        self.news = LocalNews()

    def generations(self, shared: Store | None = None) -> Generations:
        own = MemoryStore(limit_bytes=0, clock=FakeClock())
        shared = shared or self.shared
        return Generations(Stores(own=own, shared=shared, news=self.news))


async def test_all_replicas_agree() -> None:
    town = Town()
    one, other = town.generations(), town.generations()

    assert await one.current("account") == await other.current("account")
    assert one.at_hand("account") == other.at_hand("account")


async def test_accounts_have_their_own() -> None:
    generations = Town().generations()

    assert await generations.current("a") != await generations.current("b")


async def test_a_purge_is_heard_by_all() -> None:
    town = Town()
    one, other = town.generations(), town.generations()
    before = await other.current("account")
    await one.current("account")

    await one.renew("account")

    assert other.at_hand("account") == one.at_hand("account") != before
    assert await town.generations().current("account") == one.at_hand("account")


async def test_what_may_have_been_missed_is_asked_for() -> None:
    town = Town()
    generations = town.generations()
    await generations.current("account")
    await town.shared.put("generation:account", b"another", keep_seconds=60)
    validity = generations.validity("account")

    await town.news.publish("purge", "")

    assert generations.at_hand("account") is None
    assert validity.is_void
    assert await generations.current("account") == "another"


async def test_a_store_that_was_emptied_takes_what_is_known() -> None:
    town = Town()
    generations = town.generations()
    known = await generations.current("account")
    await town.shared.close()

    await town.news.publish("purge", "")

    assert await generations.current("account") == known
    assert await town.generations().current("account") == known


async def test_it_is_the_processs_own_while_nobody_can_be_asked() -> None:
    generations = Town().generations(BrokenStore())

    first = await generations.current("account")

    assert await generations.current("account") == first


async def test_a_purge_while_the_store_is_away_is_told_when_it_is_back() -> None:
    town = Town()
    switch = Switch(town.shared)
    one, other = town.generations(switch), town.generations()
    before = await one.current("account")
    await other.current("account")
    switch.is_away = True
    await one.renew("account")
    unheard = other.at_hand("account")
    switch.is_away = False

    await town.news.publish("purge", "")
    await one.current("account")

    assert unheard == before
    assert await other.current("account") == one.at_hand("account") != before


class DeafNews(LocalNews):
    """News of which some may be missed."""

    is_current = False


async def test_it_is_asked_for_each_time_while_news_may_be_missed() -> None:
    town = Town()
    town.news = DeafNews()
    generations = town.generations()
    await generations.current("account")

    await town.shared.put("generation:account", b"another", keep_seconds=60)

    assert await generations.current("account") == "another"


async def test_without_a_shared_store_it_is_never_asked_for() -> None:
    own = MemoryStore(limit_bytes=0, clock=FakeClock())
    generations = Generations(Stores(own=own, shared=None, news=LocalNews()))
    first = await generations.current("account")

    await generations.renew("account")

    assert generations.at_hand("account") != first


class HeldStore:
    """A store that has answered to `settle`; each answer waits to be let go."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.answers: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    async def get_or_set(self, key: str, value: bytes, *, keep_seconds: float) -> bytes:
        kept = await self._store.get_or_set(key, value, keep_seconds=keep_seconds)
        answer = asyncio.get_running_loop().create_future()
        self.answers.put_nowait(answer)
        await answer
        return kept


@pytest.mark.parametrize("is_first_to_fail", [True, False])
async def test_who_gets_no_answer_goes_with_who_got_one(
    *, is_first_to_fail: bool
) -> None:
    town = Town()
    agreed = await town.generations().current("account")
    held = HeldStore(town.shared)
    generations = town.generations(held)
    one = asyncio.create_task(generations.current("account"))
    other = asyncio.create_task(generations.current("account"))
    good, bad = await held.answers.get(), await held.answers.get()

    if is_first_to_fail:
        bad.set_exception(StoreError("away"))
        await other
    good.set_result(None)
    await one
    if not is_first_to_fail:
        bad.set_exception(StoreError("away"))
        assert await other == agreed

    assert one.result() == agreed
    assert generations.at_hand("account") == agreed


async def test_a_purge_that_comes_before_an_older_answer_stands() -> None:
    town = Town()
    other = town.generations()
    await other.current("account")
    held = HeldStore(town.shared)
    generations = town.generations(held)
    asked = asyncio.create_task(generations.current("account"))
    answer = await held.answers.get()

    await other.renew("account")
    answer.set_result(None)

    assert await asked == other.at_hand("account")


async def test_an_answer_from_before_a_gap_in_the_news_is_asked_for_again() -> None:
    town = Town()
    held = HeldStore(town.shared)
    generations = town.generations(held)
    asked = asyncio.create_task(generations.current("account"))
    answer = await held.answers.get()

    await town.news.publish("purge", "")
    answer.set_result(None)
    await asked

    assert generations.at_hand("account") is None


async def test_accounts_that_were_used_longest_ago_are_forgotten() -> None:
    own, caches = MemoryStore(limit_bytes=0, clock=FakeClock()), Caches(0)
    stores = Stores(own=own, shared=None, news=LocalNews(), caches=caches)
    generations = Generations(stores)

    first = await generations.current("account")
    for number in range(5_000):
        await generations.current(f"account {number}")
    last = await generations.current("account 4999")

    assert generations.at_hand("account") is None
    assert generations.at_hand("account 4999") == last
    assert await generations.current("account") != first
    assert caches.sizes()["generations"] <= caches.share("generations")


async def test_what_could_not_be_told_is_not_forgotten() -> None:
    town = Town()
    switch = Switch(town.shared)
    generations, other = town.generations(switch), town.generations()
    before = await generations.current("account")
    switch.is_away = True
    await generations.renew("account")
    renewed = generations.at_hand("account")
    for number in range(5_000):
        await generations.current(f"account {number}")
    switch.is_away = False

    await town.news.publish("purge", "")

    assert await generations.current("account") == renewed != before
    assert await other.current("account") == renewed


async def test_a_purge_that_was_lost_with_a_master_is_told_again_by_its_replica() -> (
    None
):
    town = Town()
    one, other = town.generations(), town.generations()
    before = await one.current("account")
    await other.current("account")
    await one.renew("account")
    after = one.at_hand("account")
    await town.shared.put("generation:account", before.encode(), keep_seconds=60)

    await town.news.publish("purge", "")
    await until_kept(town, after)

    assert after != before
    assert await other.current("account") == after
    assert await town.generations().current("account") == after


async def test_who_only_heard_of_a_lost_purge_makes_it_known_as_well() -> None:
    town = Town()
    one, other = town.generations(), town.generations()
    before = await one.current("account")
    await other.current("account")
    await one.renew("account")
    after = one.at_hand("account")
    del one
    town.news = LocalNews()
    await town.shared.put("generation:account", before.encode(), keep_seconds=60)
    other._hear("")  # noqa: SLF001  # the one that began it is gone

    assert await other.current("account") == after
    assert await town.shared.get("generation:account") == after.encode()


async def test_two_purges_at_once_are_settled_in_the_end() -> None:
    town = Town()
    one, other = town.generations(), town.generations()
    await one.current("account")
    await other.current("account")

    await asyncio.gather(one.renew("account"), other.renew("account"))
    for _ in range(3):
        await town.news.publish("purge", "")
        settled = [await each.current("account") for each in (one, other)]

    assert len(set(settled)) == 1
    assert await town.shared.get("generation:account") == settled[0].encode()


async def until_kept(town: Town, generation: str | None) -> None:
    wanted = (generation or "").encode()
    async with asyncio.timeout(5):
        while await town.shared.get("generation:account") != wanted:  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0)
