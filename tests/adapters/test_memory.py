"""The bound of the memory store, under whatever is asked of it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.adapters.memory import ENTRY_BYTES, MemoryStore
from tests.fakes import FakeClock

LIMIT_BYTES = 4 * (ENTRY_BYTES + 20)
KEYS = st.sampled_from(["a", "bb", "ccc", "ä", "e", "f", "g"])

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run what never really waits, without an event loop."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    raise AssertionError("it waited")


class BoundedMemory(RuleBasedStateMachine):
    """A store beside a plain model of it that never forgets."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.store = MemoryStore(limit_bytes=LIMIT_BYTES, clock=self.clock)
        self.model: dict[str, tuple[bytes, float]] = {}

    @rule(key=KEYS, value=st.binary(max_size=60), keep_seconds=st.floats(0, 100))
    def put(self, key: str, value: bytes, keep_seconds: float) -> None:
        run(self.store.put(key, value, keep_seconds=keep_seconds))
        self.model[key] = value, self.clock.now() + keep_seconds

    @rule(key=KEYS)
    def put_too_much(self, key: str) -> None:
        run(self.store.put(key, b"x" * LIMIT_BYTES, keep_seconds=100))
        self.model.pop(key, None)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        run(self.store.delete(key))
        self.model.pop(key, None)

    @rule(seconds=st.floats(0, 50))
    def turn(self, seconds: float) -> None:
        self.clock.turn(seconds)

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        found = run(self.store.get(key))
        if found is not None:
            value, expires_at = self.model[key]
            assert found == value
            assert self.clock.now() < expires_at

    @invariant()
    def is_never_above_its_bound(self) -> None:
        assert 0 <= self.store.size_bytes <= LIMIT_BYTES


TestBoundedMemory = BoundedMemory.TestCase


async def test_what_was_used_longest_ago_goes_first():
    store = MemoryStore(limit_bytes=2 * (ENTRY_BYTES + 2), clock=FakeClock())
    await store.put("a", b"1", keep_seconds=60)
    await store.put("b", b"2", keep_seconds=60)
    await store.get("a")

    await store.put("c", b"3", keep_seconds=60)

    found = [await store.get(key) for key in "abc"]
    assert found == [b"1", None, b"3"]


async def test_a_value_larger_than_the_bound_is_not_kept_and_pushes_nothing_out():
    store = MemoryStore(limit_bytes=1000, clock=FakeClock())
    await store.put("small", b"1", keep_seconds=60)

    await store.put("large", b"x" * 1000, keep_seconds=60)

    assert await store.get("large") is None
    assert await store.get("small") == b"1"


async def test_a_value_larger_than_the_bound_still_ends_the_one_before():
    store = MemoryStore(limit_bytes=1000, clock=FakeClock())
    await store.put("key", b"old", keep_seconds=60)

    await store.put("key", b"x" * 1000, keep_seconds=60)

    assert await store.get("key") is None


async def test_a_bound_of_nothing_keeps_nothing():
    store = MemoryStore(limit_bytes=0, clock=FakeClock())

    await store.put("key", b"", keep_seconds=60)

    assert await store.get("key") is None
    assert store.size_bytes == 0


async def test_everything_deleted_leaves_no_bytes():
    store = MemoryStore(limit_bytes=10_000, clock=FakeClock())
    keys = [str(number) for number in range(10)]
    for key in keys:
        await store.put(key, b"value", keep_seconds=60)

    await asyncio.gather(*(store.delete(key) for key in keys))

    assert store.size_bytes == 0


async def test_a_value_that_is_read_past_its_end_frees_its_bytes():
    clock = FakeClock()
    store = MemoryStore(limit_bytes=10_000, clock=clock)
    await store.put("key", b"value", keep_seconds=60)
    clock.turn(60)

    await store.get("key")

    assert store.size_bytes == 0


async def test_a_closed_store_is_empty():
    store = MemoryStore(limit_bytes=10_000, clock=FakeClock())
    await store.put("key", b"value", keep_seconds=60)

    await store.close()

    assert await store.get("key") is None
    assert store.size_bytes == 0
