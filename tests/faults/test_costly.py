"""What costs much to read, asked for or listed, costs no other caller's time."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import httpx
import pytest

from tests import plain
from tests.faults.costly_gateway import key, running_costly_gateway
from tests.faults.costly_upstream import AVATAR, HYPER3D
from tests.faults.processors import crowding, wait_for
from tests.plain import NO_TLS
from tests.stack.gateways import Gateway
from tests.stack.processes import children_of

WAIT_SECONDS = 0.1
MOST_CROWDING = 2.0
"""By how much a crowded machine, whose memory many share, is slower at the same work."""
_STEP_SECONDS = 0.004
TIMES = 3
"""In how many accounts a list is read at most: what its code costs shows in each of them,
and in one alone what the machine did, as to give memory back that others had.
"""


class Probe:
    """Another caller, who asks for a kept page all the while."""

    def __init__(self, gateway: Gateway) -> None:
        self._client = httpx.Client(
            base_url=gateway.address,
            headers={"x-api-key": key("few")},
            timeout=30,
            verify=NO_TLS,
        )
        self._workers = children_of(gateway.command.process.pid)
        self._is_over = threading.Event()
        self.longest = 0.0
        self.parts = ""
        self._crowding: list[float] = []
        self._thread = threading.Thread(target=self._run)

    @property
    def bound(self) -> float:
        mean = sum(self._crowding) / len(self._crowding)
        return WAIT_SECONDS * min(MOST_CROWDING, mean)

    def __enter__(self) -> Self:
        self._ask()  # and so the page is kept
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        time.sleep(0.1)
        self._is_over.set()
        self._thread.join()
        self._client.close()

    def _ask(self) -> None:
        answer = self._client.get("/v1/gallery", params={"limit": 5})
        assert answer.status_code == 200

    def _run(self) -> None:
        while not self._is_over.wait(_STEP_SECONDS):
            wait = wait_for(self._workers, self._ask)
            if wait.own > self.longest:
                self.longest, self.parts = wait.own, str(wait)
            self._crowding.append(crowding())


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("costly")
    lists = [*AVATAR, *HYPER3D]
    names = [*lists, *(f"{one}+{time}" for one in lists for time in range(1, TIMES))]
    with running_costly_gateway(folder, names) as gateway:
        yield gateway


def get(gateway: Gateway, name: str, path: str, **parameters: Any) -> httpx.Response:
    return plain.get(
        gateway.address + path,
        params=parameters or None,
        headers={"x-api-key": key(name)},
        timeout=60,
    )


def longest_of(gateway: Gateway, what: str, do: Callable[[], None]) -> float:
    """Return how long another caller waited at most, as a share of the bound."""
    with Probe(gateway) as probe:
        do()
    print(  # noqa: T201  # figures
        f"\n  {what}: {probe.longest * 1000:.0f} ms of {probe.bound * 1000:.0f}"
        f" ({probe.parts})"
    )
    return probe.longest / probe.bound


@pytest.mark.parametrize("name", [*AVATAR, *HYPER3D])
def test_a_list_that_is_long_to_read_keeps_nobody_else_waiting(
    gateway: Gateway, name: str
) -> None:
    accounts = [name, *(f"{name}+{time}" for time in range(1, TIMES))]
    assert any(
        longest_of(gateway, account, lambda account=account: read(gateway, account)) < 1
        for account in accounts
    )


def read(gateway: Gateway, account: str) -> None:
    first = get(gateway, account, "/v1/gallery", limit=10)
    if account.startswith("nothings"):  # not one of them is an entry
        assert first.status_code == 503, first.text
        return
    assert first.status_code == 200, first.text
    page = first.json()
    if page["next_cursor"]:
        more = get(
            gateway, account, "/v1/gallery", limit=10, cursor=page["next_cursor"]
        )
        assert more.status_code == 200, more.text
    filtered = get(gateway, account, "/v1/gallery", q="nowhere", limit=10)
    assert filtered.status_code == 200, filtered.text
    assert filtered.json()["items"] == []
    for item in page["items"][:1]:
        one = get(gateway, account, f"/v1/gallery/{item['id']}")
        assert one.status_code == 200, one.text


REQUESTS: dict[str, Callable[[Gateway], httpx.Response]] = {
    "path": lambda gateway: plain.get(gateway.address + "/v1/" + "%'" * 20_000),
    "query": lambda gateway: plain.get(
        gateway.address + "/v1/gallery?" + "q=" + "%25'" * 12_000
    ),
    "words": lambda gateway: get(gateway, "few", "/v1/gallery", q="e\u0301 " * 8_000),
    "parameters": lambda gateway: plain.get(
        gateway.address + "/v1/gallery?" + "provider=a&" * 5_000,
        headers={"x-api-key": key("few")},
    ),
    "cursor": lambda gateway: get(
        gateway, "few", "/v1/gallery", cursor="AbC_" * 12_000
    ),
    "token": lambda gateway: plain.get(
        gateway.address + "/v1/media/" + "A" * 50_000 + "/x.jpg"
    ),
    "id": lambda gateway: get(gateway, "few", "/v1/gallery/avatar:~" + "A" * 50_000),
    "key": lambda gateway: plain.get(
        gateway.address + "/v1/gallery",
        headers={"authorization": "Bearer " + "k" * 50_000},
    ),
    "condition": lambda gateway: plain.get(
        gateway.address + "/v1/gallery",
        headers={"x-api-key": key("few"), "if-none-match": ",".join(['"a"'] * 10_000)},
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_that_is_long_to_read_keeps_nobody_else_waiting(
    gateway: Gateway, name: str
) -> None:
    assert any(
        longest_of(gateway, name, lambda: ask_often(gateway, name)) < 1
        for _ in range(TIMES)
    )


def ask_often(gateway: Gateway, name: str) -> None:
    for _ in range(10):
        assert REQUESTS[name](gateway).status_code < 500
