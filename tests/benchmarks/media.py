"""A 50 MB file through the gateway, against nginx as a proxy to the same upstream.

Both proxies run on one core, the upstream and the callers on the other. How these two
share theirs is chance, so it is the median of the rounds that counts, not the best.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.benchmarks import configuration, gallery_of_files, nginx, stand
from tests.benchmarks.download import fetch_at_once, on_core
from tests.benchmarks.load import CALLER_CORE, SERVER_CORE
from tests.benchmarks.outcome import Outcome
from tests.benchmarks.spread import to_spread

FILE_BYTES = 50_000_000
CALLERS = (1, 4)
ROUNDS = 20
LEAST_RATIO = 0.5
CACHE = "fresh_seconds = 3600"
_MP4 = b"\x00\x00\x00\x20ftypisom"


class _Round(NamedTuple):
    """So many fetches at once: bytes per second of all together, seconds of each."""

    rate: float
    taken: list[float]


def measure(folder: Path) -> list[Outcome]:
    """Fetch through both in turns, by one caller and by several at once."""
    with (
        film(folder) as upstream,
        watching(folder, upstream, SERVER_CORE) as (_, link),
        nginx.proxy(folder / "proxy", upstream, SERVER_CORE) as proxy,
        on_core(CALLER_CORE),
    ):
        path = gallery_of_files.to_path("video")
        return [
            _compare(callers, link, proxy.address + path, upstream + path)
            for callers in CALLERS
        ]


@contextmanager
def film(folder: Path) -> Iterator[str]:
    """Run an upstream that has one film; give its address."""
    file = folder / "film.mp4"
    file.write_bytes(_MP4 + bytes(FILE_BYTES - len(_MP4)))
    gallery = gallery_of_files.serving(folder / "files", file, "video", 1, CALLER_CORE)
    with gallery as upstream:
        yield upstream.address


@contextmanager
def watching(
    folder: Path, upstream: str, core: int | None = None
) -> Iterator[tuple[stand.Running, str]]:
    """Run a gateway over it; give that, and the film's address there."""
    config = configuration.write(folder, {"avatar": upstream}, cache=CACHE)
    with stand.gateway(config, core) as gateway:
        answer = httpx.get(
            f"{gateway.address}/v1/gallery", headers=configuration.HEADERS, timeout=30
        )
        (item,) = answer.raise_for_status().json()["items"]
        yield gateway, gateway.address + item["assets"][0]["url"]


def _compare(callers: int, ours: str, plain: str, direct: str) -> Outcome:
    rounds = [
        [_fetch(address, callers) for address in (ours, plain, direct)]
        for _ in range(ROUNDS)
    ]
    gateway, proxy, upstream = ([one[at] for one in rounds] for at in range(3))
    ratio = statistics.median(
        one.rate / other.rate for one, other in zip(gateway, proxy, strict=True)
    )
    line = (
        f"50 MB file, {callers} at once: {_tell(gateway)}; nginx as a proxy"
        f" {_tell(proxy)}; the upstream itself {_tell(upstream)}: ratio {ratio:.2f}"
    )
    return Outcome(line, ratio, LEAST_RATIO, is_least=True)


def _fetch(address: str, callers: int) -> _Round:
    begun = time.perf_counter()
    taken = fetch_at_once(address, FILE_BYTES, callers)
    return _Round(callers * FILE_BYTES / (time.perf_counter() - begun), taken)


def _tell(rounds: list[_Round]) -> str:
    rate = statistics.median(one.rate for one in rounds)
    spread = to_spread(seconds for one in rounds for seconds in one.taken)
    return f"{rate / 1e6:.0f} MB/s, {spread}"
