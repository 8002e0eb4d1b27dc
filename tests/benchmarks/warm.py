"""(a) A warm page against a bare handler that returns the same bytes."""

import re
import shutil
import statistics
import subprocess
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.benchmarks import configuration, stand
from tests.benchmarks.outcome import Outcome

PATH = "/v1/gallery"
ROUNDS = 20
SERVER_CORE, CALLER_CORE = 0, 1
"""Apart, lest it be chance who shares a core with whom."""
LEAST_RATIO = 0.8


def measure(folder: Path) -> Outcome:
    """Load both in turns, and compare the most requests per second of each.

    Other work on the machine only ever takes from a rate: the best of many short
    rounds is the least disturbed.
    """
    with ExitStack() as stack:
        addresses = {
            name: stack.enter_context(stand.sandbox(name, 240)).address
            for name in stand.PROVIDERS
        }
        config = configuration.write(folder, addresses, cache="fresh_seconds = 3600")
        gateway = stack.enter_context(stand.gateway(config, SERVER_CORE)).address
        body = httpx.get(gateway + PATH, headers=configuration.HEADERS, timeout=30)
        body.raise_for_status()
        (folder / "body").write_bytes(body.content)
        bare = stack.enter_context(stand.bare(folder / "body", SERVER_CORE)).address
        pairs = [(_rate(gateway), _rate(bare)) for _ in range(ROUNDS)]
    warm, plain = (max(rates) for rates in zip(*pairs, strict=True))
    middle = statistics.median(warm / plain for warm, plain in pairs)
    ratio = warm / plain
    line = (
        f"warm page of {len(body.content)} bytes: {warm:.0f}/s, bare handler"
        f" {plain:.0f}/s: ratio {ratio:.2f} ({middle:.2f} at the median of the rounds)"
    )
    return Outcome(line, ratio, LEAST_RATIO, is_least=True)


def _rate(address: str) -> float:
    """Load an address for a while; give its requests per second."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise RuntimeError("wrk is needed: apt-get install wrk")
    header = f"Authorization: {configuration.HEADERS['Authorization']}"
    ran = subprocess.run(  # noqa: S603  # a fixed command on loopback
        [
            *stand.pinned(CALLER_CORE),
            wrk,
            "-t1",
            "-c16",
            "-d1s",
            "-H",
            header,
            address + PATH,
        ],
        capture_output=True,
        check=True,
        text=True,
    )
    if "Non-2xx" in ran.stdout:
        raise RuntimeError(f"wrong answers under load:\n{ran.stdout}")
    found = re.search(r"Requests/sec:\s+([0-9.]+)", ran.stdout)
    if found is None:
        raise RuntimeError(f"wrk said:\n{ran.stdout}")
    return float(found[1])
