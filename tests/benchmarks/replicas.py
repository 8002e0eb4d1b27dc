"""One, two and four replicas over one Redis, with upstreams of 50 ms.

And three, of three workers each, over a cluster of three masters and three replicas.

First many callers ask for each page at once, over all replicas and while nobody has it:
that must cost the upstreams as much as one caller alone. Then the same pages are loaded.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from msgspec import Struct

from tests.benchmarks import configuration, stand
from tests.benchmarks.load import load
from tests.benchmarks.outcome import Outcome
from tests.benchmarks.spread import to_spread
from tests.conftest import running_redis
from tests.redis_cluster import running_cluster, to_url

DELAY_SECONDS = 0.05
COUNTS = (1, 2, 4)
CALLERS = 32
PAGES = 10
LOAD_SECONDS = 5
# Each of wrk's threads has a replica, and all of them ask for all pages in turn.
_SCRIPT = """
local ports = {{ {ports} }}
local paths = {{ {paths} }}
local threads, asked = 0, 0
function setup(thread)
  local port = ports[threads % #ports + 1]
  thread.addr = wrk.lookup("127.0.0.1", port)[1]
  threads = threads + 1
end
function request()
  asked = asked + 1
  return wrk.format("GET", paths[asked % #paths + 1])
end
"""


def measure(folder: Path) -> list[Outcome]:
    """Measure a caller alone, then crowds over ever more replicas."""
    with ExitStack() as stack:
        sandboxes = {
            name: stack.enter_context(stand.sandbox(name, 240)).address
            for name in stand.PROVIDERS
        }
        with _replicas(folder / "alone", sandboxes, 1) as replicas:
            _crawl_together([replicas[0].address], callers=1)
            alone = stand.count_calls(sandboxes)
        return [
            _measure(folder / str(count), sandboxes, count, alone) for count in COUNTS
        ]


def measure_cluster(folder: Path) -> Outcome:
    """Measure a caller alone over one Redis, then a crowd over a cluster."""
    with ExitStack() as stack:
        sandboxes = {
            name: stack.enter_context(stand.sandbox(name, 240)).address
            for name in stand.PROVIDERS
        }
        with _replicas(folder / "alone", sandboxes, 1) as replicas:
            _crawl_together([replicas[0].address], callers=1)
            alone = stand.count_calls(sandboxes)
        (folder / "cluster").mkdir()
        nodes = stack.enter_context(running_cluster(folder / "cluster", 3, replicas=1))
        house = House(
            url=to_url(nodes), workers=3, words="a cluster", timeout_seconds=5.0
        )
        return _measure(folder / "three", sandboxes, 3, alone, house)


class House(Struct, frozen=True, kw_only=True):
    """Which Redis gateways share, and of how many workers each is.

    Nine workers on two cores wait for the processor longer than for Redis.
    """

    url: str = ""
    workers: int = 1
    words: str = "one Redis"
    timeout_seconds: float = 0.1


_ALONE = House()


@contextmanager
def _replicas(
    folder: Path, sandboxes: Mapping[str, str], count: int, house: House = _ALONE
) -> Iterator[list[stand.Running]]:
    """Run so many over a Redis that is empty; the sandboxes' counters start at 0."""
    folder.mkdir()
    for address in sandboxes.values():
        httpx.post(f"{address}/_sandbox/reset").raise_for_status()
        rule = {"seconds": DELAY_SECONDS}
        httpx.post(f"{address}/_sandbox/delay", json=rule).raise_for_status()
    with ExitStack() as stack:
        url = house.url or stack.enter_context(running_redis(folder)).url
        redis = f'[redis]\nurl = "{url}"\ntimeout_seconds = {house.timeout_seconds}'
        cache = f"fresh_seconds = 3600\n{redis}"
        config = configuration.write(folder, sandboxes, cache=cache)
        yield [
            stack.enter_context(stand.gateway(config, workers=house.workers))
            for _ in range(count)
        ]


def _measure(
    folder: Path,
    sandboxes: Mapping[str, str],
    count: int,
    alone: int,
    house: House = _ALONE,
) -> Outcome:
    with _replicas(folder, sandboxes, count, house) as replicas:
        addresses = [replica.address for replica in replicas]
        paths, taken = _crawl_together(addresses, CALLERS)
        script = folder / "load.lua"
        script.write_text(_to_script(addresses, paths))
        loaded = load(
            addresses[0],
            configuration.HEADERS,
            seconds=LOAD_SECONDS,
            connections=CALLERS,
            threads=max(COUNTS),
            script=script,
            core=None,
        )
        calls = stand.count_calls(sandboxes)
        memory = [stand.worker_memory_bytes(one.process_id) for one in replicas]
    line = (
        f"{count} over {house.words}: {PAGES} cold pages for {CALLERS} callers at once"
        f" {to_spread(taken)}; under load {loaded.rate:.0f}/s, p50"
        f" {loaded.p50_ms:.2f} ms, p99 {loaded.p99_ms:.2f} ms; memory"
        f" {max(memory) / 1e6:.0f} MB at most, {sum(memory) / 1e6:.0f} MB in all;"
        f" upstream calls {calls}, for one caller alone {alone}"
    )
    return Outcome(line, calls, alone)


def _crawl_together(
    addresses: Sequence[str], callers: int
) -> tuple[list[str], list[float]]:
    """Crawl page by page, each asked for by all callers at once.

    Gives the pages' paths, and what each answer took.
    """
    paths, taken = ["/v1/gallery"], []
    with ThreadPoolExecutor(callers) as pool, ExitStack() as stack:
        clients = [
            stack.enter_context(
                httpx.Client(
                    base_url=addresses[number % len(addresses)],
                    headers=configuration.HEADERS,
                    timeout=30,
                )
            )
            for number in range(callers)
        ]
        while len(paths) <= PAGES:
            path = paths[-1]
            answers = list(pool.map(lambda client: _time(client, path), clients))  # noqa: B023  # it is used up at once
            taken += [seconds for seconds, _ in answers]
            paths.append(f"/v1/gallery?cursor={answers[0][1]}")
    return paths[:PAGES], taken


def _time(client: httpx.Client, path: str) -> tuple[float, str]:
    """Return the seconds that a page takes, and its cursor."""
    begun = time.perf_counter()
    answer = client.get(path).raise_for_status()
    seconds = time.perf_counter() - begun
    cursor: str = answer.json()["next_cursor"]
    return seconds, cursor


def _to_script(addresses: Sequence[str], paths: Sequence[str]) -> str:
    ports = [address.rpartition(":")[2] for address in addresses]
    return _SCRIPT.format(ports=_to_list(ports), paths=_to_list(paths))


def _to_list(texts: Sequence[str]) -> str:
    return ", ".join(f'"{text}"' for text in texts)
