"""(c) Page 400 of a crawl against page 2: the time, and the upstream calls.

The list is Hyper3D's, the costliest to step through, alone: with several, chance
decides how many boundaries of theirs a page crosses.
"""

import statistics
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.benchmarks import configuration, stand
from tests.benchmarks.cold import COLD
from tests.benchmarks.outcome import Outcome
from tests.benchmarks.spread import to_spread

ITEMS = 24 * 430
WINDOW = 20
SHALLOW, DEEP = range(2, 2 + WINDOW), range(400, 400 + WINDOW)
ROUNDS = 4
MOST_RATIO = 1.2


class _Cost(NamedTuple):
    """Of one page; at which of its window it crosses boundaries is chance."""

    seconds: float
    calls: int


def measure(folder: Path) -> list[Outcome]:
    """Ask for twenty pages from 2 and from 400 in turns, with nothing fresh in cache."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(stand.sandbox("hyper3d", ITEMS))
        addresses = {"hyper3d": sandbox.address}
        config = configuration.write(folder, addresses, cache=COLD)
        gateway = stack.enter_context(stand.gateway(config)).address
        client = stack.enter_context(
            httpx.Client(base_url=gateway, headers=configuration.HEADERS, timeout=60)
        )
        cursors = _crawl(client)
        costs = [
            [_ask(client, addresses, cursors[number]) for number in numbers]
            for _ in range(ROUNDS)
            for numbers in zip(SHALLOW, DEEP, strict=True)
        ]
    second, deep = ([pair[i] for pair in costs] for i in (0, 1))
    shallow_times, deep_times = (
        to_spread(cost.seconds for cost in window) for window in (second, deep)
    )
    shallow_calls, deep_calls = (
        statistics.median(cost.calls for cost in window) for window in (second, deep)
    )
    ratio = deep_times.p50_ms / shallow_times.p50_ms
    times = f"page 400: {deep_times}; page 2 {shallow_times}: ratio {ratio:.2f}"
    calls = (
        f"upstream calls a page: from 400 {deep_calls:.0f}, from 2 {shallow_calls:.0f}"
    )
    return [
        Outcome(times, ratio, MOST_RATIO),
        Outcome(calls, deep_calls, shallow_calls),
    ]


def _crawl(client: httpx.Client) -> dict[int, str]:
    """Return the cursor that leads to each page."""
    cursors: dict[int, str] = {}
    cursor = None
    for number in range(1, DEEP.stop):
        if cursor is not None:
            cursors[number] = cursor
        params = {} if cursor is None else {"cursor": cursor}
        answer = client.get("/v1/gallery", params=params)
        cursor = answer.raise_for_status().json()["next_cursor"]
    return cursors


def _ask(client: httpx.Client, addresses: Mapping[str, str], cursor: str) -> _Cost:
    before = stand.count_calls(addresses)
    begun = time.perf_counter()
    client.get("/v1/gallery", params={"cursor": cursor}).raise_for_status()
    seconds = time.perf_counter() - begun
    return _Cost(seconds, stand.count_calls(addresses) - before)
