"""Who logs in as the same avatar user voids the gateway's token, and its the other's."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import plain
from tests.faults.replicas import reset, running_sandboxes, start
from tests.stack.gateways import Gateway, document, ids_of, items_of, traffic, write
from tests.stack.processes import starting_commands

CRAWLS = 6
CALLS_BETWEEN = 4


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with running_sandboxes(tmp_path_factory.mktemp("sandboxes")) as addresses:
        reset(addresses)
        yield addresses


def _crawl(gateway: Gateway) -> tuple[list[str], set[str]]:
    """Crawl to the end, over bad moments; give the ids, and the states that were seen."""
    ids: list[str] = []
    states: set[str] = set()
    cursor = None
    for _ in range(400):
        asked = {"provider": "avatar", "limit": 20}
        answer = gateway.get(
            "/v1/gallery", **asked, **({"cursor": cursor} if cursor else {})
        )
        page = answer.json()
        states |= {source["state"] for source in page["sources"]}
        if answer.status_code == 503:
            time.sleep(0.1)
            continue
        assert answer.status_code == 200, answer.text
        ids += ids_of(page)
        cursor = page["next_cursor"]
        if cursor is None:
            assert page["complete"]
            return ids, states
    raise AssertionError("the crawl has no end")


@contextmanager
def _logging_in_all_the_time(address: str) -> Iterator[None]:
    """Be another program that logs in as the same user, again and again.

    Each time the others have come so much further: on a slow machine a token that is
    voided by the clock is never good for anything, as one of a wrong credential.
    """
    is_over = threading.Event()

    def log_in() -> None:
        seen = 0
        while not is_over.wait(0.05):
            calls = traffic(address)["list_calls"]
            if calls >= seen + CALLS_BETWEEN:
                seen = calls
                plain.post(f"{address}/login", json={"email": "demo@example.com"})

    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(log_in)
        try:
            yield
        finally:
            is_over.set()
    going.result()


def _events(gateway: Gateway, name: str) -> int:
    lines = [line for line in gateway.command.err.splitlines() if line[:1] == "{"]
    return sum(json.loads(line)["event"] == name for line in lines)


def test_tokens_that_are_voided_from_outside_cost_a_crawl_time_alone(
    sandboxes: dict[str, str], tmp_path: Path
) -> None:
    """Two gateways without a Redis in common, and for two seconds another program."""
    whole = document(
        {"avatar": sandboxes["avatar"]},
        cache={"fresh_seconds": 0.0, "stale_while_revalidate_seconds": 0.0},
        limits={"requests_per_minute": 1_000_000},
    )
    with starting_commands(tmp_path) as commands:
        gateways = start(commands, write(tmp_path, whole), 2)
        for gateway in gateways:
            _crawl(gateway)

        with ThreadPoolExecutor(4) as pool:
            with _logging_in_all_the_time(sandboxes["avatar"]):
                crawling = [pool.submit(_crawl, one) for one in gateways * CRAWLS]
                time.sleep(2.0)
            crawls = [crawl.result() for crawl in crawling]

        logins = traffic(sandboxes["avatar"])["logins"]
        told = [_events(gateway, "login.contested") for gateway in gateways]

    expected = items_of({"avatar": sandboxes["avatar"]})
    for ids, states in crawls:
        assert set(ids) == expected
        assert len(ids) == len(expected)
        assert "unauthorized" not in states
    assert logins > 2
    assert max(told) <= 1
