"""One suite for every store: what the port promises, whoever keeps the bytes."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis.asyncio import Redis

from gateway.adapters.memory import MemoryStore
from gateway.adapters.redis.connection import Connection
from gateway.adapters.redis.store import RedisStore
from gateway.ports.stores import Claim, Store
from tests.fakes import FakeClock

PREFIX = "test:"
CLAIM = Claim("lease", b"mine", 5.0)


class Kept:
    """A store, and how its time is made to pass."""

    def __init__(
        self, store: Store, turn: Callable[[str, float], Awaitable[None]]
    ) -> None:
        self.store = store
        self.turn = turn


@pytest.fixture(params=["memory", "redis"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    if request.param == "memory":
        one = _in_memory()
    else:
        one = _in_redis(request.getfixturevalue("redis_url"))
    yield one
    await one.store.close()


def _in_memory() -> Kept:
    clock = FakeClock()

    async def turn(key: str, seconds: float) -> None:
        clock.turn(seconds)

    return Kept(MemoryStore(limit_bytes=1_000_000, clock=clock), turn)


def _in_redis(url: str) -> Kept:
    link = Connection(url, prefix=PREFIX, timeout_seconds=5.0)

    async def turn(key: str, seconds: float) -> None:
        """Bring a key's end nearer, as Redis' own clock cannot be turned."""
        client = await link.servers.listener()
        left = await client.pttl(PREFIX + key)
        await client.pexpire(PREFIX + key, max(0, left - int(seconds * 1000)))

    return Kept(RedisStore(link), turn)


async def test_many_are_put_and_given_in_the_order_asked_for(kept: Kept):
    await kept.store.put_many({"a": b"1", "b": b"2"}, keep_seconds=60)
    await kept.store.put_many({}, keep_seconds=60)

    found = await kept.store.get_many(["b", "never", "a"])

    assert found == [b"2", None, b"1"]
    assert await kept.store.get_many([]) == []


async def test_many_are_gone_after_their_time(kept: Kept):
    await kept.store.put_many({"a": b"1", "b": b"2"}, keep_seconds=60)

    await kept.turn("a", 60)

    assert (await kept.store.get_many(["a"])) == [None]


async def test_a_key_that_was_never_put_is_none(kept: Kept):
    found = await kept.store.get("never")

    assert found is None


@pytest.mark.parametrize("value", [b"", b"text", bytes(range(256)), b"x" * 100_000])
async def test_what_was_put_is_found_byte_for_byte(kept: Kept, value: bytes):
    await kept.store.put("key", value, keep_seconds=60)

    assert await kept.store.get("key") == value


async def test_a_second_value_replaces_the_first(kept: Kept):
    await kept.store.put("key", b"first", keep_seconds=60)

    await kept.store.put("key", b"second", keep_seconds=60)

    assert await kept.store.get("key") == b"second"


async def test_keys_with_any_letters_do_not_touch_each_other(kept: Kept):
    keys = ["a", "A", "a b", "ä", "a\n", "a\0", ""]
    for key in keys:
        await kept.store.put(key, key.encode(), keep_seconds=60)

    found = [await kept.store.get(key) for key in keys]

    assert found == [key.encode() for key in keys]


async def test_a_deleted_key_is_gone_and_deleting_it_again_is_fine(kept: Kept):
    await kept.store.put("key", b"value", keep_seconds=60)

    await kept.store.delete("key")
    await kept.store.delete("key")

    assert await kept.store.get("key") is None


async def test_a_value_is_there_before_its_time_is_over(kept: Kept):
    await kept.store.put("key", b"value", keep_seconds=600)

    await kept.turn("key", 540)

    assert await kept.store.get("key") == b"value"


async def test_a_value_is_gone_when_its_time_is_over(kept: Kept):
    await kept.store.put("key", b"value", keep_seconds=600)

    await kept.turn("key", 600)

    assert await kept.store.get("key") is None


async def test_putting_again_starts_the_time_anew(kept: Kept):
    await kept.store.put("key", b"first", keep_seconds=60)

    await kept.store.put("key", b"second", keep_seconds=600)
    await kept.turn("key", 540)

    assert await kept.store.get("key") == b"second"


@pytest.mark.parametrize("keep_seconds", [0.0, -1.0])
async def test_no_time_to_keep_means_not_kept(kept: Kept, keep_seconds: float):
    await kept.store.put("key", b"old", keep_seconds=60)

    await kept.store.put("key", b"new", keep_seconds=keep_seconds)

    assert await kept.store.get("key") is None


async def test_only_the_first_claims_a_key(kept: Kept):
    first = await kept.store.claim("key", b"mine", keep_seconds=60)
    second = await kept.store.claim("key", b"yours", keep_seconds=60)

    assert (first, second) == (True, False)
    assert await kept.store.get("key") == b"mine"


async def test_a_claim_is_free_when_its_time_is_over(kept: Kept):
    await kept.store.claim("key", b"mine", keep_seconds=600)

    await kept.turn("key", 600)

    assert await kept.store.claim("key", b"yours", keep_seconds=600)


async def test_who_holds_a_claim_holds_it_longer(kept: Kept):
    await kept.store.claim("key", b"mine", keep_seconds=60)

    is_held = await kept.store.extend_if_equal("key", b"mine", keep_seconds=600)
    await kept.turn("key", 540)

    assert is_held
    assert await kept.store.get("key") == b"mine"


async def test_nobody_holds_or_releases_what_is_anothers(kept: Kept):
    await kept.store.claim("key", b"mine", keep_seconds=60)

    is_held = await kept.store.extend_if_equal("key", b"yours", keep_seconds=60)
    await kept.store.delete_if_equal("key", b"yours")

    assert not is_held
    assert await kept.store.get("key") == b"mine"


async def test_what_is_released_is_free(kept: Kept):
    await kept.store.claim("key", b"mine", keep_seconds=60)

    await kept.store.delete_if_equal("key", b"mine")
    await kept.store.delete_if_equal("key", b"mine")

    assert await kept.store.claim("key", b"yours", keep_seconds=60)


async def test_what_is_kept_for_long_enough_is_returned_and_nothing_claimed(kept: Kept):
    await kept.store.put("key", b"page", keep_seconds=60)

    young = await kept.store.get_or_claim("key", CLAIM, least_seconds=50)

    assert young == (b"page", None)
    assert await kept.store.claim("lease", b"other", keep_seconds=5)


async def test_what_is_kept_for_too_short_is_returned_beside_the_claim(kept: Kept):
    await kept.store.put("key", b"page", keep_seconds=60)

    old = await kept.store.get_or_claim("key", CLAIM, least_seconds=61)
    again = await kept.store.get_or_claim("key", CLAIM, least_seconds=61)

    assert (old, again) == ((b"page", True), (b"page", False))


async def test_for_what_is_missing_one_claims_at_a_time(kept: Kept):
    first = await kept.store.get_or_claim("key", CLAIM, least_seconds=0)
    second = await kept.store.get_or_claim("key", CLAIM, least_seconds=0)
    await kept.store.delete_if_equal(CLAIM.key, CLAIM.value)
    third = await kept.store.get_or_claim("key", CLAIM, least_seconds=0)

    assert (first, second, third) == ((None, True), (None, False), (None, True))


async def test_what_is_new_replaces_nothing_however_long_that_lasts(kept: Kept):
    await kept.store.put("key", b"old", keep_seconds=86_400)

    is_put = await kept.store.put_new("key", b"new", keep_seconds=5)
    other = await kept.store.put_new("other", b"new", keep_seconds=5)

    assert (is_put, other) == (False, True)
    assert await kept.store.get("key") == b"old"
    assert await kept.store.get("other") == b"new"


async def test_all_settle_on_the_first_value(kept: Kept):
    first = await kept.store.get_or_set("key", b"one", keep_seconds=60)
    second = await kept.store.get_or_set("key", b"two", keep_seconds=60)

    assert (first, second) == (b"one", b"one")


async def test_amounts_add_up(kept: Kept):
    sums = [await kept.store.add("key", n, keep_seconds=600) for n in (1, 5, 10)]

    assert sums == [1, 6, 16]


async def test_a_count_begins_anew_after_its_time(kept: Kept):
    await kept.store.add("key", 5, keep_seconds=600)
    await kept.turn("key", 540)
    await kept.store.add("key", 5, keep_seconds=600)

    await kept.turn("key", 60)

    assert await kept.store.add("key", 1, keep_seconds=600) == 1


async def test_garbage_is_no_count(kept: Kept):
    await kept.store.put("key", b"garbage", keep_seconds=60)

    assert await kept.store.add("key", 3, keep_seconds=60) == 3


async def test_a_ping_says_that_the_store_is_there(kept: Kept):
    await kept.store.ping()


async def test_two_prefixes_in_one_redis_are_two_stores(redis_url: str):
    async with Redis.from_url(redis_url) as client:
        one = RedisStore(Connection(redis_url, prefix="one:", timeout_seconds=5.0))
        other = RedisStore(Connection(redis_url, prefix="other:", timeout_seconds=5.0))

        await one.put("key", b"value", keep_seconds=60)

        assert await other.get("key") is None
        assert await client.get("one:key") == b"value"
        await one.close()
        await other.close()
