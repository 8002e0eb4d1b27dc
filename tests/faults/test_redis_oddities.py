"""Rarer bad days of Redis, with two gateways: refusing, pausing, or not Redis at all."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from redis import Redis

from tests.faults.babble import running_babble
from tests.faults.replicas import reset, running_sandboxes
from tests.faults.slow_line import running_line
from tests.faults.test_redis import House, Pair, start
from tests.stack.gateways import Gateway, ids_of, items_of, tell, traffic
from tests.stack.processes import starting_commands, wait_until

ONCE = Counter({"redis.away": 1, "redis.back": 1})
PAUSE_SECONDS = 1.5
CALLERS = 8
STORM_SECONDS = 3.0
_limits = count(1)


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with running_sandboxes(tmp_path_factory.mktemp("sandboxes")) as addresses:
        yield addresses


@pytest.fixture(scope="module")
def running_pair(
    sandboxes: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    house = House(folder)
    with (
        running_line(house.port) as house.line,
        starting_commands(folder) as commands,
    ):
        house.start()
        try:
            yield start(commands, house, sandboxes, folder)
        finally:
            house.close()


@pytest.fixture
def pair(running_pair: Pair, sandboxes: dict[str, str]) -> Pair:
    reset(sandboxes)
    running_pair.until_all_is_well(30.0)
    for gateway in running_pair.gateways:
        until_it_is_well(gateway)
    return running_pair


def until_it_is_well(gateway: Gateway) -> None:
    """Wait until each source is fresh on a page that no cache has rendered."""
    seen: list[str] = []

    def is_well() -> bool:
        sources = gateway.page(limit=1 + next(_limits) % 100)["sources"]
        seen[:] = [source["state"] for source in sources]
        return set(seen) == {"fresh"}

    try:
        wait_until(is_well, "all sources to be fresh")
    except AssertionError as error:
        told = f"{seen}\n{gateway.command.err[-4000:]}"
        raise AssertionError(told) from error


def assert_seen(pair: Pair, before: list[Counter[str]], *most: Counter[str]) -> None:
    """Hold what each process told of Redis since then to one of these."""
    since = [new - old for new, old in zip(pair.events(), before, strict=True)]
    assert all(seen in most for seen in since), since


@contextmanager
def killed(house: House) -> Iterator[None]:
    """Have no server there for a while, and an empty one afterwards."""
    house.kill()
    try:
        yield
    finally:
        house.start()


@contextmanager
def full(house: House) -> Iterator[None]:
    """Let the server refuse all that is written, and keep what it has."""
    with house.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
        try:
            yield
        finally:
            client.config_set("maxmemory", "0")


def drop_connections(client: "Redis[bytes]") -> None:
    """End every connection but this one, subscriptions too."""
    for kind in ("normal", "pubsub"):
        client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


def test_connections_that_drop(pair: Pair, sandboxes: dict[str, str]) -> None:
    before = pair.events()

    with pair.house.client() as client:
        drop_connections(client)
    pair.assert_answers_go_on(sandboxes)

    pair.until_all_is_well()
    pair.assert_crawl_is_whole(sandboxes)
    assert_seen(pair, before, Counter(), ONCE)


def test_a_server_that_pauses_and_goes_on_by_itself(
    pair: Pair, sandboxes: dict[str, str]
) -> None:
    before = pair.events()

    with pair.house.client() as client:
        client.client_pause(int(PAUSE_SECONDS * 1000))
        pair.assert_answers_go_on(sandboxes)

    pair.until_all_is_well(PAUSE_SECONDS + 2.0)
    pair.assert_crawl_is_whole(sandboxes)
    assert_seen(pair, before, ONCE)


def test_a_server_with_no_room_for_connections(
    pair: Pair, sandboxes: dict[str, str]
) -> None:
    before = pair.events()

    with pair.house.client() as client:
        client.config_set("maxclients", 1)
        try:
            drop_connections(client)
            pair.assert_answers_go_on(sandboxes)
        finally:
            client.config_set("maxclients", 1000)

    pair.until_all_is_well()
    pair.assert_crawl_is_whole(sandboxes)
    assert_seen(pair, before, ONCE)


def test_a_server_that_asks_for_a_password_of_a_sudden(
    pair: Pair, sandboxes: dict[str, str]
) -> None:
    before = pair.events()

    with pair.house.client() as client:
        client.config_set("requirepass", "unknown")
        try:
            drop_connections(client)
            pair.assert_answers_go_on(sandboxes)
        finally:
            client.config_set("requirepass", "")

    pair.until_all_is_well()
    pair.assert_crawl_is_whole(sandboxes)
    assert_seen(pair, before, ONCE)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"$99999999999\r\n",
        b"*1000000000\r\n",
        b"-ERR \xff\xfe\r\n" * 3,
        b"",
    ],
    ids=["http", "a huge text", "a huge list", "not text", "nothing"],
)
def test_a_server_that_is_no_redis(
    pair: Pair, sandboxes: dict[str, str], said: bytes
) -> None:
    before = pair.events()

    with killed(pair.house), running_babble(pair.house.port, said):
        pair.assert_answers_go_on(sandboxes)

    pair.until_all_is_well()
    pair.assert_crawl_is_whole(sandboxes)
    # the server that follows may be too busy for its first answers in time
    assert_seen(pair, before, ONCE, Counter({name: 2 * n for name, n in ONCE.items()}))


def test_a_server_that_comes_and_goes(pair: Pair, sandboxes: dict[str, str]) -> None:
    for _ in range(3):
        with killed(pair.house):
            pair.assert_answers_go_on(sandboxes)
        pair.assert_answers_go_on(sandboxes)

    pair.until_all_is_well()
    pair.assert_crawl_is_whole(sandboxes)


def test_a_token_that_could_not_be_shared_is_not_taken_for_the_older_one(
    pair: Pair, sandboxes: dict[str, str]
) -> None:
    """While Redis is full a login cannot be shared: the void token stays in there."""
    one, _ = pair.gateways
    logins = traffic(sandboxes["avatar"])["logins"]
    with full(pair.house):
        tell(sandboxes["avatar"], "void")
        wait_until(
            lambda: avatar_of(one) and traffic(sandboxes["avatar"])["logins"] > logins,
            "a login that nobody hears of",
        )
    pair.until_all_is_well()

    tell(sandboxes["avatar"], "void")
    calls = traffic(sandboxes["avatar"])["list_calls"]
    states: set[str] = set()
    wait_until(
        lambda: (
            states.add(avatar_of(one)["state"])
            or traffic(sandboxes["avatar"])["list_calls"] > calls
        ),
        "a call with the void token",
    )
    states.add(avatar_of(one)["state"])

    assert states <= {"fresh", "stale"}, states


def test_replicas_that_cannot_share_a_token_do_not_call_it_refused(
    pair: Pair, sandboxes: dict[str, str]
) -> None:
    """Each login at Avatar voids the other replica's token."""

    def ask(gateway: Gateway, ends_at: float) -> Counter[str]:
        states: Counter[str] = Counter()
        while time.monotonic() < ends_at:
            states[avatar_of(gateway)["state"]] += 1
        return states

    with killed(pair.house), ThreadPoolExecutor(CALLERS) as pool:
        tell(sandboxes["avatar"], "void")
        ends_at = time.monotonic() + STORM_SECONDS
        asked = [
            pool.submit(ask, pair.gateways[n % 2], ends_at) for n in range(CALLERS)
        ]
        seen = sum((one.result() for one in asked), Counter())

    assert seen["fresh"] > 0
    assert seen["unauthorized"] == 0, seen


def avatar_of(gateway: Gateway) -> dict[str, Any]:
    """Return the source's report on a page that no cache has rendered."""
    page = gateway.page(provider=["avatar", "piktid"], limit=1 + next(_limits) % 100)
    (source,) = [s for s in page["sources"] if s["provider"] == "avatar"]
    found: dict[str, Any] = source
    return found


def test_a_redis_that_is_lost_again_and_again_during_a_crawl(
    pair: Pair, sandboxes: dict[str, str]
) -> None:
    turns = count(1)
    one, other = pair.gateways
    page = one.page(limit=30)
    ids = ids_of(page)

    def turn() -> None:
        nonlocal one, other, page
        one, other = other, one
        next(turns)
        page = one.page(page["next_cursor"], limit=30)
        ids.extend(ids_of(page))

    while page["next_cursor"] is not None:
        with killed(pair.house):
            turn()
        if page["next_cursor"] is not None:
            turn()

    assert next(turns) > 4
    assert len(ids) == len(set(ids))
    assert set(ids) == items_of(sandboxes)
