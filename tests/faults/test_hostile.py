"""Hostile files and hostile callers beside a good tenant: it notices none of it.

A minute of it on demand (`GATEWAY_HOSTILE_SECONDS=60`).
"""

import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple, Self

import httpx
import pytest

from tests import plain
from tests.faults.costly_gateway import key, running_costly_gateway
from tests.faults.costly_upstream import HYPER3D
from tests.faults.processors import Wait, crowding, wait_for
from tests.faults.test_costly import REQUESTS
from tests.plain import NO_TLS
from tests.stack.gateways import Gateway
from tests.stack.processes import children_of

SECONDS = float(os.environ.get("GATEWAY_HOSTILE_SECONDS", "6"))
ALONE_SECONDS = 3.0
WARM_UP_SECONDS = 4.0
MOST_WARM_UPS, ENOUGH_ANSWERS = 4, 500
ROUNDS = 3
"""What the gateway lets a good tenant notice shows in each, and memory that is lost; what
the machine does, or caches that were not full yet on a slow one, not."""
MORE_SECONDS = 0.1
"""By how much the slowest hundredth of a good tenant's answers may be later."""
DRAWING_SECONDS = 1.0
"""By how much another's costly files may delay the drawing of a picture."""
MOST_GROWTH = 0.2
"""By how much the worker's usual memory may grow in a round. What it is at one moment tells
little: that is 150 to 220 MB by how many of the largest lists are read just then."""
MEMORY_BYTES = 2**24
IDLE = 100
_PAUSE_SECONDS = 0.02


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("hostile")
    names = ("few", "pictures", "traps", "garbage", *HYPER3D)
    with running_costly_gateway(
        folder, names, cache={"memory_bytes": MEMORY_BYTES}
    ) as gateway:
        yield gateway


def links_of(gateway: Gateway, name: str) -> Iterator[str]:
    """Yield the links of a tenant's thumbnails, none of which has been drawn."""
    cursor = None
    while True:
        page = plain.get(
            gateway.address + "/v1/gallery",
            params={"limit": 100} | ({"cursor": cursor} if cursor else {}),
            headers={"x-api-key": key(name)},
            timeout=60,
        ).json()
        yield from (item["cover"]["thumbnail_url"] for item in page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return


def test_long_names_on_one_link_take_no_more_than_their_share(
    gateway: Gateway,
) -> None:
    link = next(links_of(gateway, "pictures"))
    folder = link.rpartition("/")[0]
    assert plain.get(gateway.address + link, timeout=60).status_code == 200
    before = memory_of(gateway)

    for number in range(400):
        name = f"{number}" + "x" * 50_000
        answer = plain.get(f"{gateway.address}{folder}/{name}", timeout=60)
        assert answer.status_code in {200, 403, 404}

    grown = memory_of(gateway) - before
    print(f"\n  400 names of 50 KB: {grown / 2**20:.1f} MB more")  # noqa: T201  # a figure
    assert grown < MEMORY_BYTES


class Seen(NamedTuple):
    """How many seconds the gateway kept a caller waiting for kept things and new pictures.

    And how many processes ran for each processor, and the worker's memory, in bytes,
    as it was for half of the time.
    """

    kept: list[float]
    drawn: list[float]
    crowding: float
    memory: float


class Good:
    """The good tenant: it asks for pages, kept pictures, and now and then a new one."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._client = httpx.Client(base_url=gateway.address, timeout=60, verify=NO_TLS)
        self._headers = {"x-api-key": key("pictures")}
        self._links = links_of(gateway, "pictures")
        self._kept = next(self._links)
        self._workers = children_of(gateway.command.process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def run(self, seconds: float) -> Seen:
        """Ask for so long."""
        kept, drawn, running, memory = [], [], [], []
        end = time.monotonic() + seconds
        for turn in itertools.count():
            if time.monotonic() > end:
                break
            kept.append(self._wait_for("/v1/gallery?limit=24").own)
            kept.append(self._wait_for(self._kept).own)
            if turn % 8 == 0:  # by processes of its own
                drawn.append(self._wait_for(next(self._links)).took)
            running.append(crowding())
            memory.append(memory_of(self._gateway))
            time.sleep(_PAUSE_SECONDS)
        return Seen(kept, drawn, fmean(running), median(memory))

    def _wait_for(self, path: str) -> Wait:
        def get() -> None:
            answer = self._client.get(path, headers=self._headers)
            assert answer.status_code == 200, answer.text[:300]

        return wait_for(self._workers, get)


def last_hundredth(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]


def is_unnoticed(later: float, delay: float, crowding: float) -> bool:
    """Hold what takes longer to its bounds, by how many share a processor."""
    is_soon = later < MORE_SECONDS * crowding
    return is_soon and delay < DRAWING_SECONDS * crowding


def memory_of(gateway: Gateway) -> int:
    """Return what the one worker takes, in bytes."""
    (worker,) = children_of(gateway.command.process.pid)
    status = Path(f"/proc/{worker}/status").read_text("ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


class Hostile:
    """Those who ask for what costs most, one thing after the other, until the end."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._is_over = threading.Event()
        self.answers = 0
        self._threads = [
            threading.Thread(target=self._repeat, args=(what,), daemon=True)
            for what in (self._draw_traps, self._ask, self._list, self._connect)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(120)

    def _repeat(self, what: Callable[[], Iterator[object]]) -> None:
        while not self._is_over.is_set():
            for _ in what():
                self.answers += 1
                if self._is_over.wait(0.01):
                    return

    def _draw_traps(self) -> Iterator[object]:
        for link in links_of(self._gateway, "traps"):
            answer = plain.get(self._gateway.address + link, timeout=120)
            assert answer.status_code in {415, 503}, answer.status_code
            yield answer

    def _ask(self) -> Iterator[object]:
        for ask in REQUESTS.values():
            yield ask(self._gateway)

    def _list(self) -> Iterator[object]:
        for name in ("garbage", *HYPER3D):
            yield plain.get(
                self._gateway.address + "/v1/gallery",
                params={"limit": 10, "q": "x"},
                headers={"x-api-key": key(name), "cache-control": "no-cache"},
                timeout=120,
            )

    def _connect(self) -> Iterator[object]:
        host, port = self._gateway.address.removeprefix("http://").split(":")
        with ExitStack() as stack:
            for _ in range(IDLE):
                one = socket.create_connection((host, int(port)))
                stack.enter_context(one)
                one.sendall(b"GET /health/live HTTP/1.1\r\nhost: ")
            yield
            self._is_over.wait(2.0)


def test_a_good_tenant_notices_nothing_of_hostile_files_and_callers(
    gateway: Gateway,
) -> None:
    with Good(gateway) as good:
        good.run(1.0)
        alone = good.run(ALONE_SECONDS)
        with Hostile(gateway) as first:  # what fills the caches, which are bounded
            for _ in range(MOST_WARM_UPS):
                memory = good.run(WARM_UP_SECONDS).memory
                if first.answers > ENOUGH_ANSWERS:
                    break

        with Hostile(gateway) as hostile:
            for _ in range(ROUNDS):
                beside = good.run(SECONDS)
                later = last_hundredth(beside.kept) - last_hundredth(alone.kept)
                delay = max(beside.drawn) - max(alone.drawn)
                before, memory = memory, beside.memory
                growth = memory / before - 1
                if is_unnoticed(later, delay, beside.crowding) and growth < MOST_GROWTH:
                    break

    print(  # noqa: T201  # figures
        f"\n  p99 {last_hundredth(alone.kept) * 1000:.0f} ms alone,"
        f" {last_hundredth(beside.kept) * 1000:.0f} ms beside {hostile.answers} answers;"
        f" drawing {max(alone.drawn) * 1000:.0f} and {max(beside.drawn) * 1000:.0f} ms at"
        f" most; memory {before / 2**20:.0f} and {memory / 2**20:.0f} MB;"
        f" {beside.crowding:.1f} processes a processor"
    )
    assert hostile.answers > 10
    assert is_unnoticed(later, delay, beside.crowding)
    assert growth < MOST_GROWTH
