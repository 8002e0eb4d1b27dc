"""A Redis that is away, frozen or holds what is not ours: never waited for long."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from gateway.adapters.redis import RedisStore, connect
from gateway.core.errors import StoreError
from tests.conftest import RedisServer

TIMEOUT_SECONDS = 0.5
GRACE_SECONDS = 0.5


async def _opened(url: str) -> AsyncIterator[RedisStore]:
    client = connect(url, timeout_seconds=TIMEOUT_SECONDS)
    store = RedisStore(client, prefix="test:", timeout_seconds=TIMEOUT_SECONDS)
    yield store
    await store.close()


@pytest.fixture
async def store(own_redis: RedisServer) -> AsyncIterator[RedisStore]:
    """A store that is connected already, on a server that a test may harm."""
    async for one in _opened(own_redis.url):
        await one.ping()
        yield one


async def _assert_each_call_fails_in_time(store: RedisStore) -> None:
    loop = asyncio.get_running_loop()
    for call in (
        lambda: store.get("key"),
        lambda: store.put("key", b"value", keep_seconds=60),
        lambda: store.delete("key"),
        store.ping,
    ):
        started = loop.time()
        with pytest.raises(StoreError):
            await call()
        assert loop.time() - started < TIMEOUT_SECONDS + GRACE_SECONDS


async def test_a_killed_server_is_a_store_error(
    own_redis: RedisServer, store: RedisStore
):
    own_redis.process.kill()
    own_redis.process.wait()

    await _assert_each_call_fails_in_time(store)


async def test_a_frozen_server_is_a_store_error_within_the_time_out(
    own_redis: RedisServer, store: RedisStore
):
    own_redis.process.send_signal(signal.SIGSTOP)

    await _assert_each_call_fails_in_time(store)


async def test_a_server_that_thaws_answers_again(
    own_redis: RedisServer, store: RedisStore
):
    await store.put("key", b"value", keep_seconds=60)
    own_redis.process.send_signal(signal.SIGSTOP)
    with pytest.raises(StoreError):
        await store.get("key")

    own_redis.process.send_signal(signal.SIGCONT)

    assert await store.get("key") == b"value"


async def test_answers_that_come_too_late_are_never_given_to_another_call(
    own_redis: RedisServer, store: RedisStore
):
    await store.put("one", b"1", keep_seconds=60)
    await store.put("two", b"2", keep_seconds=60)
    own_redis.process.send_signal(signal.SIGSTOP)
    with pytest.raises(StoreError):
        await store.get("one")

    own_redis.process.send_signal(signal.SIGCONT)

    assert await store.get("two") == b"2"


async def test_nobody_listening_is_a_store_error_that_names_no_address():
    async for store in _opened("redis://user:hunter2hunter2@127.0.0.1:1/0"):
        with pytest.raises(StoreError) as caught:
            await store.get("key")

        assert str(caught.value) == "redis: ConnectionError"


async def test_a_value_of_a_foreign_type_under_our_key_is_a_store_error(
    redis_url: str,
):
    async with Redis.from_url(redis_url) as client:
        await client.execute_command("RPUSH", "test:key", "foreign")

        async for store in _opened(redis_url):
            with pytest.raises(StoreError):
                await store.get("key")


async def test_a_foreign_type_under_our_key_is_written_over(redis_url: str):
    async with Redis.from_url(redis_url) as client:
        await client.execute_command("RPUSH", "test:key", "foreign")

        async for store in _opened(redis_url):
            await store.put("key", b"ours", keep_seconds=60)

            assert await store.get("key") == b"ours"


async def test_a_server_that_is_full_is_a_store_error(
    own_redis: RedisServer, store: RedisStore
):
    async with Redis.from_url(own_redis.url) as client:
        await client.config_set("maxmemory", "1")

    with pytest.raises(StoreError):
        await store.put("key", b"value", keep_seconds=60)


async def test_who_is_cancelled_while_waiting_stays_cancelled(
    own_redis: RedisServer, store: RedisStore
):
    own_redis.process.send_signal(signal.SIGSTOP)
    waiting = asyncio.create_task(store.get("key"))
    await asyncio.wait({waiting}, timeout=TIMEOUT_SECONDS / 10)

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
