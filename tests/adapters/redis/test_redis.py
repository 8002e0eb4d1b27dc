"""A Redis that is away, frozen or holds what is not ours: never waited for long."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from structlog.testing import capture_logs

from gateway.adapters.redis.connection import PROBE_SECONDS, Connection
from gateway.adapters.redis.pubsub import RedisNews
from gateway.adapters.redis.servers.node import LeftError
from gateway.adapters.redis.store import RedisStore
from gateway.concurrency import budget
from gateway.plugin.errors import StoreError
from gateway.ports.stores import Claim
from tests.conftest import RedisServer, running_redis

TIMEOUT_SECONDS = 0.5
GRACE_SECONDS = 1.5
BACK_SECONDS = 10.0
"""By then a server's return is noticed (the contract, 6)."""


def _to_link(url: str) -> Connection:
    return Connection(url, prefix="test:", timeout_seconds=TIMEOUT_SECONDS)


async def _opened(url: str) -> AsyncIterator[RedisStore]:
    store = RedisStore(_to_link(url))
    yield store
    await store.close()


async def _linked(url: str) -> AsyncIterator[tuple[Connection, RedisStore]]:
    link = _to_link(url)
    store = RedisStore(link)
    yield link, store
    await store.close()


@pytest.fixture
async def store(own_redis: RedisServer) -> AsyncIterator[RedisStore]:
    """A store that is connected already, on a server that a test may harm."""
    async for one in _opened(own_redis.url):
        await one.ping()
        yield one


async def _seconds_to_fail(store: RedisStore) -> list[float]:
    loop = asyncio.get_running_loop()
    taken = []
    for call in (
        lambda: store.get("key"),
        lambda: store.put("key", b"value", keep_seconds=60),
        lambda: store.delete("key"),
        lambda: store.claim("key", b"value", keep_seconds=60),
        lambda: store.get_or_set("key", b"value", keep_seconds=60),
        lambda: store.add("key", 1, keep_seconds=60),
        store.ping,
    ):
        started = loop.time()
        with pytest.raises(StoreError):
            await call()
        taken.append(loop.time() - started)
    return taken


async def _until_back(store: RedisStore) -> bytes | None:
    """Ask until it answers, for as long as a return may take."""
    async with asyncio.timeout(BACK_SECONDS):
        while True:
            try:
                return await store.get("key")
            except StoreError:
                await asyncio.sleep(0.01)


async def test_a_killed_server_costs_nobody_anything(
    own_redis: RedisServer, store: RedisStore
):
    own_redis.process.kill()
    own_redis.process.wait()

    taken = await _seconds_to_fail(store)

    assert sum(taken) < TIMEOUT_SECONDS + GRACE_SECONDS


async def test_a_frozen_server_costs_one_command_its_time_out(
    own_redis: RedisServer, store: RedisStore
):
    own_redis.process.send_signal(signal.SIGSTOP)

    first, *others = await _seconds_to_fail(store)

    assert first < TIMEOUT_SECONDS + GRACE_SECONDS
    assert sum(others) < GRACE_SECONDS


async def test_a_new_connection_asks_for_nothing_but_what_was_asked(
    own_redis: RedisServer, store: RedisStore
):
    async with Redis.from_url(own_redis.url) as client:
        await client.config_resetstat()
        await asyncio.gather(*(store.get("key") for _ in range(3)))
        stats = await client.info("commandstats")

    commands = {name.partition("|")[0] for name in stats}  # before Redis 7 without it
    assert commands == {"cmdstat_mget", "cmdstat_config"}


async def test_a_request_waits_for_a_slow_server_no_longer_than_its_budget(
    own_redis: RedisServer, store: RedisStore
):
    loop = asyncio.get_running_loop()
    own_redis.process.send_signal(signal.SIGSTOP)
    begun = loop.time()

    with budget.allowing(TIMEOUT_SECONDS / 5):
        for _ in range(3):
            with pytest.raises(StoreError):
                await store.get("key")

    assert loop.time() - begun < 2 * TIMEOUT_SECONDS  # three time-outs without it
    own_redis.process.send_signal(signal.SIGCONT)
    await store.ping()


async def test_who_wait_at_the_same_time_spend_it_once(
    own_redis: RedisServer, store: RedisStore
):
    loop = asyncio.get_running_loop()
    own_redis.process.send_signal(signal.SIGSTOP)
    begun = loop.time()

    with budget.allowing(TIMEOUT_SECONDS / 2) as allowance:
        asked = [store.get("key") for _ in range(5)]
        answers = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(answer) for answer in answers] == [StoreError] * 5
    assert loop.time() - begun > TIMEOUT_SECONDS / 2 - 0.05
    assert allowance.left_seconds < 0.05


async def test_what_this_process_does_meanwhile_is_no_waiting(store: RedisStore):
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async with _working(loop):
        with budget.allowing(TIMEOUT_SECONDS) as allowance:
            for _ in range(20):
                await store.get("key")

    assert loop.time() - begun > TIMEOUT_SECONDS
    assert allowance.left_seconds > TIMEOUT_SECONDS / 2


async def test_a_frozen_server_is_found_out_however_busy_this_process_is(
    own_redis: RedisServer, store: RedisStore
):
    loop = asyncio.get_running_loop()
    own_redis.process.send_signal(signal.SIGSTOP)
    begun = loop.time()

    async with _working(loop):
        with budget.allowing(TIMEOUT_SECONDS / 5), pytest.raises(StoreError):
            await store.get("key")

    assert loop.time() - begun < 11 * TIMEOUT_SECONDS / 5


@contextlib.asynccontextmanager
async def _working(loop: asyncio.AbstractEventLoop) -> AsyncIterator[None]:
    """Keep this thread at work, with hardly a pause."""

    async def work() -> None:
        while True:
            until = loop.time() + 0.01
            while loop.time() < until:
                pass
            await asyncio.sleep(0)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()


async def test_a_server_that_thaws_is_noticed(
    own_redis: RedisServer, store: RedisStore
):
    await store.put("key", b"value", keep_seconds=60)
    own_redis.process.send_signal(signal.SIGSTOP)
    with pytest.raises(StoreError):
        await store.get("key")

    own_redis.process.send_signal(signal.SIGCONT)

    assert await _until_back(store) == b"value"


async def test_one_event_tells_of_going_and_one_of_coming_back(
    own_redis: RedisServer, store: RedisStore
):
    with capture_logs() as logs:
        own_redis.process.send_signal(signal.SIGSTOP)
        await _seconds_to_fail(store)
        own_redis.process.send_signal(signal.SIGCONT)
        await _until_back(store)

    assert [entry["event"] for entry in logs] == ["redis.away", "redis.back"]


async def test_answers_that_come_too_late_are_never_given_to_another_call(
    own_redis: RedisServer, store: RedisStore
):
    await store.put("one", b"1", keep_seconds=60)
    await store.put("key", b"2", keep_seconds=60)
    own_redis.process.send_signal(signal.SIGSTOP)
    with pytest.raises(StoreError):
        await store.get("one")

    own_redis.process.send_signal(signal.SIGCONT)

    assert await _until_back(store) == b"2"


async def test_nobody_listening_is_a_store_error_that_names_no_address():
    async for store in _opened("redis://user:hunter2hunter2@127.0.0.1:1/0"):
        with pytest.raises(StoreError) as caught:
            await store.get("key")

        assert str(caught.value) == "redis: ConnectionError"


async def test_a_value_of_a_foreign_type_under_our_key_is_none(redis_url: str):
    async with Redis.from_url(redis_url) as client:
        await client.execute_command("RPUSH", "test:key", "foreign")

        async for store in _opened(redis_url):
            assert await store.get("key") is None
            await store.put("key", b"ours", keep_seconds=60.0)
            assert await store.get("key") == b"ours"


async def test_a_foreign_type_under_our_key_is_written_over(redis_url: str):
    async with Redis.from_url(redis_url) as client:
        for key in ("put", "settle", "add"):
            await client.execute_command("RPUSH", f"test:{key}", "foreign")
        async for store in _opened(redis_url):
            await store.put("put", b"1", keep_seconds=60)
            await store.get_or_set("settle", b"1", keep_seconds=60)
            await store.add("add", 1, keep_seconds=60)

            for key in ("put", "settle", "add"):
                assert await store.get(key) == b"1"


@pytest.mark.parametrize(
    "command",
    [
        ("RPUSH", "test:key", "foreign"),
        ("SET", "test:key", "foreign"),
        ("SET", "test:key", "foreign", "PX", "3600000"),
    ],
    ids=["a list", "for ever", "for long"],
)
async def test_what_lasts_longer_than_a_claim_is_none(
    redis_url: str, command: tuple[str, ...]
):
    async with Redis.from_url(redis_url) as client:
        await client.execute_command(*command)

        async for store in _opened(redis_url):
            assert await store.claim("key", b"mine", keep_seconds=1.5)
            assert not await store.claim("key", b"yours", keep_seconds=1.5)
            assert await store.extend_if_equal("key", b"mine", keep_seconds=1.5)


@pytest.mark.parametrize(
    "command",
    [("RPUSH", "test:key", "foreign"), ("SET", "test:key", "foreign")],
    ids=["a list", "for ever"],
)
async def test_what_nobody_here_has_put_is_no_old_value(
    redis_url: str, command: tuple[str, ...]
):
    async with Redis.from_url(redis_url) as client:
        await client.execute_command(*command)

        async for store in _opened(redis_url):
            assert await store.put_new("key", b"mine", keep_seconds=5)
            assert await store.get("key") == b"mine"


@pytest.mark.parametrize("key", ["page", "lease"])
@pytest.mark.parametrize(
    "command",
    [("RPUSH", "foreign"), ("SET", "foreign"), ("SET", "foreign", "PX", "3600000")],
    ids=["a list", "for ever", "for long"],
)
async def test_what_nobody_here_has_put_keeps_nobody_from_a_claim(
    redis_url: str, command: tuple[str, ...], key: str
):
    name, *arguments = command
    async with Redis.from_url(redis_url) as client:
        await client.execute_command(name, f"test:{key}", *arguments)

        async for store in _opened(redis_url):
            claim = Claim("lease", b"mine", 1.5)
            _, is_claimed = await store.get_or_claim("page", claim, least_seconds=4000)
            _, again = await store.get_or_claim("page", claim, least_seconds=4000)

            assert (is_claimed, again) == (True, False)


async def test_a_foreign_type_is_nobodys_claim(redis_url: str):
    async with Redis.from_url(redis_url) as client:
        await client.execute_command("RPUSH", "test:key", "foreign")

        async for store in _opened(redis_url):
            is_held = await store.extend_if_equal("key", b"mine", keep_seconds=60)
            await store.delete_if_equal("key", b"mine")

            assert not is_held


async def test_a_server_that_is_full_is_left_alone_until_it_has_room(
    own_redis: RedisServer, store: RedisStore
):
    async with Redis.from_url(own_redis.url) as client:
        await store.put("key", b"value", keep_seconds=60)
        await client.config_set("maxmemory", "1")
        with pytest.raises(StoreError):
            await store.put("key", b"other", keep_seconds=60)

        await client.config_set("maxmemory", "0")

        assert await _until_back(store) == b"value"


async def test_who_is_cancelled_while_waiting_stays_cancelled(
    own_redis: RedisServer, store: RedisStore
):
    own_redis.process.send_signal(signal.SIGSTOP)
    waiting = asyncio.create_task(store.get("key"))
    await asyncio.wait({waiting}, timeout=TIMEOUT_SECONDS / 10)

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.mark.parametrize(
    "error", [RuntimeError("the handler is closed"), AttributeError("writelines")]
)
async def test_whatever_a_closed_connection_raises_is_a_server_that_is_away(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    async for link, store in _linked(redis_url):

        async def fail(*_: object) -> None:
            raise error

        monkeypatch.setattr(await link.servers.listener(), "execute_command", fail)

        with capture_logs() as logs, pytest.raises(StoreError):
            await store.get("key")

        assert [entry["event"] for entry in logs] == ["redis.away"]
        assert await _until_back(store) is None


async def test_connections_that_are_lost_for_good_are_replaced(redis_url: str):
    async for link, store in _linked(redis_url):
        pool = (await link.servers.listener()).connection_pool
        for _ in range(pool.max_connections):
            await pool.get_connection()

        with pytest.raises(StoreError):
            await store.get("key")

        assert await _until_back(store) is None


async def test_a_server_that_answers_others_is_not_away(redis_url: str):
    async for link, store in _linked(redis_url):
        late = asyncio.create_task(link.ask("BLPOP", "test:nothing", 2))
        while not late.done():
            await store.ping()
            await asyncio.sleep(0.01)

        with pytest.raises(StoreError, match="no answer in time"):
            await late
        assert link.is_up


async def test_what_breaks_off_because_it_is_closed_is_no_reason_to_probe(
    own_redis: RedisServer,
):
    link = _to_link(own_redis.url)
    late = asyncio.create_task(link.ask("BLPOP", "test:nothing", 2))
    async with Redis.from_url(own_redis.url) as other:
        await _until_asked(other, "blpop")
        with capture_logs() as logs:
            await link.close()
            with pytest.raises(StoreError):
                await late
            await asyncio.sleep(2 * PROBE_SECONDS)

        assert logs == []
        assert len(await other.client_list()) == 1


async def test_servers_that_were_left_are_not_connected_to_again(
    own_redis: RedisServer,
):
    link = _to_link(own_redis.url)
    assert await link.ask("PING")
    await link.close()

    with pytest.raises(LeftError):
        await link.servers.execute([("PING",)])

    async with Redis.from_url(own_redis.url) as other:
        assert len(await other.client_list()) == 1


async def _until_asked(client: Redis, command: str) -> None:
    async with asyncio.timeout(BACK_SECONDS):
        while command not in {one["cmd"] for one in await client.client_list()}:  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.01)


async def test_an_error_that_comes_too_late_is_nobodys(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    complaints: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: complaints.append(context))
    async for link, store in _linked(redis_url):

        async def fail_late(*_: object) -> None:
            try:
                await asyncio.sleep(60)
            finally:
                raise RedisConnectionError

        monkeypatch.setattr(await link.servers.listener(), "execute_command", fail_late)
        with pytest.raises(StoreError):
            await store.get("key")
        await _until_back(store)

    gc.collect()
    assert complaints == []


class Ear:
    """Hears one topic, and lets a test wait for what it heard."""

    def __init__(self, news: RedisNews) -> None:
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        news.listen("topic", self.heard.put_nowait)

    async def next(self) -> str:
        async with asyncio.timeout(BACK_SECONDS):
            return await self.heard.get()


async def _until(condition) -> None:
    async with asyncio.timeout(BACK_SECONDS):
        while not condition():  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.01)


async def test_every_replica_hears_what_one_tells(redis_url: str):
    links = [_to_link(redis_url) for _ in range(2)]
    replicas = [RedisNews(link) for link in links]
    ears = [Ear(news) for news in replicas]
    for news, ear in zip(replicas, ears, strict=True):
        await news.open()
        assert await ear.next() == ""

    await replicas[0].publish("topic", "something new")

    assert [await ear.next() for ear in ears] == ["something new"] * 2
    for news, link in zip(replicas, links, strict=True):
        await news.close()
        await link.close()


async def test_news_of_a_frozen_server_are_doubted_when_it_thaws(
    own_redis: RedisServer,
):
    link = _to_link(own_redis.url)
    news = RedisNews(link)
    ear = Ear(news)
    await news.open()
    await ear.next()
    assert news.is_current

    own_redis.process.send_signal(signal.SIGSTOP)
    await _until(lambda: not link.is_up)
    assert news.is_current  # nobody can be asked
    own_redis.process.send_signal(signal.SIGCONT)

    assert await ear.next() == ""
    await _until(lambda: link.is_up and news.is_current)
    await news.close()
    await link.close()


async def test_news_go_on_after_whatever_a_closed_connection_raises(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    link = _to_link(redis_url)
    news = RedisNews(link)
    ear = Ear(news)

    def fail() -> None:
        monkeypatch.undo()
        raise RuntimeError("the handler is closed")

    monkeypatch.setattr(await link.servers.listener(), "pubsub", fail)
    with capture_logs() as logs:
        await news.open()
        assert await ear.next() == ""

    assert [entry["event"] for entry in logs] == ["redis.news_lost"]
    await news.publish("topic", "after")
    assert await ear.next() == "after"
    await news.close()
    await link.close()


async def test_news_that_break_off_with_a_server_that_was_left_are_no_event_more(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    link = _to_link(redis_url)
    news = RedisNews(link)
    ear = Ear(news)
    left = link.servers

    def fail() -> None:
        link.servers = left.again()
        raise RuntimeError("the handler is closed")

    monkeypatch.setattr(await left.listener(), "pubsub", fail)
    with capture_logs() as logs:
        await news.open()
        assert await ear.next() == ""

    assert logs == []
    await news.close()
    await link.close()
    await left.aclose()


async def test_news_end_though_a_cancellation_is_swallowed(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    link = _to_link(redis_url)
    news = RedisNews(link)
    ear = Ear(news)
    get_message, swallowed = PubSub.get_message, []

    async def swallow(channel, **options):
        try:
            return await get_message(channel, **options)
        except asyncio.CancelledError:
            if swallowed:
                raise
            swallowed.append(channel)
            return None

    monkeypatch.setattr(PubSub, "get_message", swallow)
    await news.open()
    await ear.next()

    begun = asyncio.get_running_loop().time()
    async with asyncio.timeout(BACK_SECONDS):
        await news.close()

    assert asyncio.get_running_loop().time() - begun < BACK_SECONDS / 2
    assert len(swallowed) == 1
    await link.close()


async def test_news_go_on_after_a_restart_of_the_server(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with running_redis(tmp_path / "one") as server:
        link = _to_link(server.url)
        news = RedisNews(link)
        ear = Ear(news)
        await news.open()
        await ear.next()
        port = int(server.url.rpartition(":")[2].partition("/")[0])

    await _until(lambda: not link.is_up)
    with running_redis(tmp_path / "two", port=port):
        assert await ear.next() == ""
        await _until(lambda: link.is_up and news.is_current)
        while not ear.heard.empty():
            ear.heard.get_nowait()
        await news.publish("topic", "after")

        assert await ear.next() == "after"
        await news.close()
        await link.close()


async def test_a_right_that_is_missing_is_told_once(own_redis: RedisServer):
    async with Redis.from_url(own_redis.url) as client:
        rights = ("on", ">pass", "~*", "&*", "+@all", "-eval")
        await client.execute_command("ACL", "SETUSER", "poor", *rights)
    link = _to_link(own_redis.url.replace("redis://", "redis://poor:pass@"))
    store = RedisStore(link)

    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(StoreError, match="its user may not use EVAL"):
                await store.add("count", 1, keep_seconds=1.0)

    assert await store.get("count") is None
    assert [(one["event"], one["command"]) for one in logs] == [
        ("redis.refused", "EVAL")
    ]
    await store.close()
