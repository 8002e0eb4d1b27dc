"""One key, one request carried out: over replicas, and whatever becomes of the store."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from gateway.adapters.memory import LocalNews
from gateway.coordination import keys
from gateway.jobs.idempotency import KEEP_SECONDS, RUN_SECONDS, Idempotency
from gateway.jobs.outcomes import Answered, Outcome, Refused, Submitted, Unknown
from gateway.plugin.errors import (
    IdempotencyInProgressError,
    IdempotencyMismatchError,
    StoreUnavailableError,
    UnavailableError,
)
from gateway.ports import sending
from tests.fakes import FakeClock
from tests.jobs.fakes import FailingStore, Mode, stores_of
from tests.virtual_time import run

DONE = Answered(b"{}")
BODY, OTHER = b"a" * 16, b"b" * 16


class Upstream:
    """Counts how often something was carried out."""

    def __init__(self, outcome: Outcome | Exception = DONE) -> None:
        self.outcome = outcome
        self.times = 0

    async def __call__(self) -> Outcome:
        await asyncio.sleep(0)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        self.times += 1
        return self.outcome


class SharedNews:
    """One replica's end: what is told on one is heard on all, where the store is well."""

    is_current = True

    def __init__(self, store: FailingStore, ends: "list[SharedNews]") -> None:
        self._store = store
        self._ends = ends
        self.own = LocalNews()

    def listen(self, topic: str, hear: Callable[[str], None]) -> None:
        self.own.listen(topic, hear)

    async def publish(self, topic: str, text: str) -> None:
        await self._store.ping()
        for end in self._ends:
            await end.own.publish(topic, text)


class Replicas:
    """Two of them over one store; `news` tells them that it is back."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = FailingStore(self.clock)
        self.news: list[SharedNews] = []
        self.news += [SharedNews(self.store, self.news) for _ in range(2)]
        self.heard = list(self.news)
        self.each = [self.start(place) for place in (0, 1)]

    def start(self, place: int) -> Idempotency:
        """Start one anew; what was there before hears nothing more."""
        self.heard[place].own = LocalNews()
        return Idempotency(
            stores_of(self.clock, self.store, self.heard[place]), self.clock
        )

    async def settle(self) -> None:
        """Let what goes on behind come to its end."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def tell_it_is_back(self) -> None:
        for one in self.news:
            await one.own.publish("idempotency", "")
        await self.settle()


@pytest.fixture
async def replicas() -> Replicas:
    """Both have begun to listen, as they do at their start, to a store in use."""
    replicas = Replicas()
    await replicas.store.put(keys.mark("idempotency"), b"mark", keep_seconds=1e6)
    await replicas.tell_it_is_back()
    return replicas


@pytest.mark.parametrize(
    "outcome",
    [DONE, Submitted("1738860389536", 1), Refused(404, None), Unknown("why")],
    ids=["answer", "job", "refusal", "unknown"],
)
async def test_what_was_done_is_told_again_by_any_replica(
    replicas: Replicas, outcome: Outcome
) -> None:
    upstream = Upstream(outcome)
    first, second = replicas.each

    one = await first.once("key", BODY, upstream)
    same = await first.once("key", BODY, upstream)
    other = await second.once("key", BODY, upstream)

    assert one == (outcome, False)
    assert same == other == (outcome, True)
    assert upstream.times == 1


async def test_without_a_shared_store_a_process_remembers_by_itself() -> None:
    clock, upstream = FakeClock(), Upstream()
    alone = Idempotency(stores_of(clock, None), clock)

    await alone.once("key", BODY, upstream)
    again = await alone.once("key", BODY, upstream)
    clock.turn(KEEP_SECONDS + 1)
    later = await alone.once("key", BODY, upstream)

    assert (again, later) == ((DONE, True), (DONE, False))


async def test_another_body_is_a_mismatch(replicas: Replicas) -> None:
    await replicas.each[0].once("key", BODY, Upstream())

    for replica in replicas.each:
        with pytest.raises(IdempotencyMismatchError):
            await replica.once("key", OTHER, Upstream())


async def test_what_is_going_on_is_told_to_be(replicas: Replicas) -> None:
    goes_on = asyncio.Event()

    async def slow() -> Outcome:
        await goes_on.wait()
        return DONE

    running = asyncio.create_task(replicas.each[0].once("key", BODY, slow))
    await replicas.settle()
    for replica in replicas.each:
        with pytest.raises(IdempotencyInProgressError):
            await replica.once("key", BODY, Upstream())
        with pytest.raises(IdempotencyMismatchError):
            await replica.once("key", OTHER, Upstream())
    goes_on.set()

    assert await running == (DONE, False)
    assert await replicas.each[1].once("key", BODY, Upstream()) == (DONE, True)


async def test_what_was_not_carried_out_is_not_remembered(replicas: Replicas) -> None:
    upstream = Upstream(UnavailableError("refused"))
    with pytest.raises(UnavailableError):
        await replicas.each[0].once("key", BODY, upstream)
    await replicas.settle()

    upstream.outcome = DONE

    assert await replicas.each[1].once("key", OTHER, upstream) == (DONE, False)


@pytest.mark.parametrize("mode", ["away", "mute"])
async def test_while_the_store_is_away_nothing_is_sent(
    replicas: Replicas, mode: Mode
) -> None:
    upstream = Upstream()
    replicas.store.mode = mode
    with pytest.raises(StoreUnavailableError):
        await replicas.each[0].once("key", BODY, upstream)
    assert upstream.times == 0

    replicas.store.mode = "well"
    await replicas.tell_it_is_back()

    assert await replicas.each[1].once("key", OTHER, upstream) == (DONE, False)


async def test_a_claim_whose_answer_was_lost_ends_by_itself(replicas: Replicas) -> None:
    """The one who made it has died meanwhile."""
    replicas.store.mode = "mute"
    with pytest.raises(StoreUnavailableError):
        await replicas.each[0].once("key", BODY, Upstream())
    replicas.store.mode = "well"
    replicas.each[0] = replicas.start(0)

    replicas.clock.turn(6)

    assert await replicas.each[0].once("key", BODY, Upstream()) == (DONE, False)


async def test_what_a_replica_died_of_is_not_repeated(replicas: Replicas) -> None:
    never = asyncio.Event()

    async def stuck() -> Outcome:
        await never.wait()
        return DONE

    dying = asyncio.create_task(replicas.each[0].once("key", BODY, stuck))
    await replicas.settle()
    upstream = Upstream()
    with pytest.raises(IdempotencyInProgressError):
        await replicas.each[1].once("key", BODY, upstream)
    replicas.clock.turn(RUN_SECONDS + 10)

    outcome, is_replayed = await replicas.each[1].once("key", BODY, upstream)

    assert isinstance(outcome, Unknown)
    assert is_replayed
    assert upstream.times == 0
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)


@pytest.mark.parametrize("is_sent", [True, False])
def test_what_takes_too_long_is_unknown_only_where_it_was_sent(
    *, is_sent: bool
) -> None:
    async def stuck() -> Outcome:
        with sending.watched():  # as whoever makes the call does
            if is_sent:
                sending.note_sent()
            await asyncio.Event().wait()
        return DONE

    async def ask() -> tuple[Outcome, bool]:
        clock, upstream = FakeClock(), Upstream()
        operations = Idempotency(stores_of(clock, None), clock)
        with suppress(UnavailableError):
            await operations.once("key", BODY, stuck)
        return await operations.once("key", BODY, upstream)

    outcome, is_replayed = run(ask())

    assert isinstance(outcome, Unknown if is_sent else Answered)
    assert is_replayed is is_sent


@pytest.mark.parametrize("is_sent", [True, False])
async def test_what_is_broken_off_is_unknown_only_where_it_was_sent(
    replicas: Replicas, *, is_sent: bool
) -> None:
    async def stuck() -> Outcome:
        if is_sent:
            sending.note_sent()
        await asyncio.Event().wait()
        return DONE

    running = asyncio.create_task(replicas.each[0].once("key", BODY, stuck))
    await replicas.settle()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await replicas.settle()

    for replica in replicas.each:
        outcome, is_replayed = await replica.once("key", BODY, Upstream())
        assert isinstance(outcome, Unknown if is_sent else Answered)
    assert is_replayed


async def test_a_store_that_lost_everything_is_told_again(replicas: Replicas) -> None:
    upstream = Upstream()
    await replicas.each[0].once("key", BODY, upstream)

    replicas.store.empty()
    await replicas.tell_it_is_back()

    assert await replicas.each[1].once("key", BODY, upstream) == (DONE, True)
    assert upstream.times == 1


def test_a_store_that_was_emptied_unseen_is_told_again() -> None:
    """Nobody has lost a connection; the one who is asked is not the one who knows."""

    async def play() -> tuple[tuple[Outcome, bool], int]:
        replicas, upstream = Replicas(), Upstream()
        await replicas.tell_it_is_back()
        await replicas.each[0].once("key", BODY, upstream)
        replicas.store.empty()
        return await replicas.each[1].once("key", BODY, upstream), upstream.times

    assert run(play()) == ((DONE, True), 1)


def test_a_store_that_was_emptied_unseen_is_told_again_where_the_one_asked_is_new() -> (
    None
):
    async def play() -> tuple[tuple[Outcome, bool], int]:
        replicas, upstream = Replicas(), Upstream()
        await replicas.tell_it_is_back()
        await replicas.each[1].once("key", BODY, upstream)
        replicas.store.empty()
        new = replicas.start(0)
        return await new.once("key", BODY, upstream), upstream.times

    assert run(play()) == ((DONE, True), 1)


def test_a_store_that_is_back_empty_is_asked_once_all_have_told_it() -> None:
    """The one who knows notices two seconds later than the other that it is back."""

    async def play() -> tuple[tuple[Outcome, bool], int]:
        replicas, upstream = Replicas(), Upstream()
        await replicas.tell_it_is_back()
        await replicas.each[0].once("key", BODY, upstream)
        replicas.store.empty()
        replicas.news.pop(0)  # it hears nothing yet
        asking = asyncio.create_task(replicas.each[1].once("key", BODY, upstream))
        await asyncio.sleep(2)
        replicas.news.insert(0, replicas.heard[0])
        await replicas.heard[0].own.publish("idempotency", "")
        return await asking, upstream.times

    assert run(play()) == ((DONE, True), 1)


async def test_keys_that_were_of_no_use_do_not_add_up(replicas: Replicas) -> None:
    """While the store is mute for hours, with a new key for each request."""
    replicas.store.mode = "mute"
    replica = replicas.each[0]
    for number in range(12_000):
        with suppress(StoreUnavailableError):
            await replica.once(f"key{number}", BODY, Upstream())

    assert len(replica._unwanted) <= 10_000  # noqa: SLF001  # nothing else tells of it


async def test_an_outcome_that_could_not_be_told_is_told_later(
    replicas: Replicas,
) -> None:
    async def and_the_store_dies() -> Outcome:
        replicas.store.mode = "away"
        return DONE

    assert await replicas.each[0].once("key", BODY, and_the_store_dies) == (DONE, False)
    replicas.store.mode = "well"
    await replicas.tell_it_is_back()

    assert await replicas.each[1].once("key", BODY, Upstream()) == (DONE, True)


async def test_garbage_under_a_key_stops_nobody_for_long(replicas: Replicas) -> None:
    await replicas.store.put("key", b"\xc1garbage", keep_seconds=1e6)

    with pytest.raises(StoreUnavailableError):
        await replicas.each[0].once("key", BODY, Upstream())

    assert await replicas.each[0].once("key", BODY, Upstream()) == (DONE, False)


# Whatever happens, in whatever order.

_KEYS = st.sampled_from("ab")
_STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("ask"),
            st.sampled_from([0, 1]),
            _KEYS,
            st.sampled_from(["done", "unknown", "unsent"]),
        ),
        st.tuples(st.just("turn"), st.sampled_from([1.0, 7.0, 100.0])),
        st.tuples(st.just("mode"), st.sampled_from(["well", "away", "mute"])),
        st.tuples(st.just("lose"), st.booleans()),
        st.tuples(st.just("restart"), st.sampled_from([0, 1])),
    ),
    max_size=25,
)


@settings(max_examples=300)
@given(_STEPS)
def test_nothing_is_carried_out_twice(steps: list[tuple[Any, ...]]) -> None:
    """But where the store lost everything and the one who did it has died as well."""
    run(_play(steps))


async def _play(steps: list[tuple[Any, ...]]) -> None:
    play = _Play()
    await play.replicas.tell_it_is_back()
    for name, *told in steps:
        await getattr(play, name)(*told)


class _Play:
    """Two replicas, and for each key who still knows that it was used."""

    def __init__(self) -> None:
        self.replicas = Replicas()
        self.sent: Counter[str] = Counter()
        self.known_to: defaultdict[str, set[object]] = defaultdict(set)

    async def ask(self, place: int, key: str, how: str) -> None:
        async def carry_out() -> Outcome:
            if how == "unsent":
                raise UnavailableError("refused")
            self.sent[key] += 1
            self.known_to[key] = {place, "store"}  # which was asked just now
            return DONE if how == "done" else Unknown("why")

        is_known, before = bool(self.known_to[key]), self.sent[key]
        with suppress(
            StoreUnavailableError, UnavailableError, IdempotencyInProgressError
        ):
            await self.replicas.each[place].once(key, BODY, carry_out)
        await self.replicas.settle()
        assert not is_known or self.sent[key] == before

    async def turn(self, seconds: float) -> None:
        self.replicas.clock.turn(seconds)

    async def mode(self, mode: Mode) -> None:
        self.replicas.store.mode = mode
        if mode == "well":
            await self.replicas.tell_it_is_back()

    async def lose(self, is_seen: bool) -> None:  # noqa: FBT001  # drawn
        """Empty the store; whoever did something tells it again, once it is noticed."""
        self.replicas.store.empty()
        if is_seen:
            await self.replicas.tell_it_is_back()
        for knowing in self.known_to.values():
            knowing.discard("store")

    async def restart(self, place: int) -> None:
        self.replicas.each[place] = self.replicas.start(place)
        await self.replicas.news[place].own.publish("idempotency", "")
        await self.replicas.settle()
        for knowing in self.known_to.values():
            knowing.discard(place)
