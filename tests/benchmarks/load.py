"""wrk on an address for a second: what it gave, and what its callers waited."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import stand

SERVER_CORE, CALLER_CORE = 0, 1
"""Apart, lest it be chance who shares a core with whom."""

_SPARE_SECONDS = 30
_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
_PERCENTILE = re.compile(r"^\s+(50|99)%\s+([0-9.]+)(us|ms|s)\s*$", re.MULTILINE)
_BROKEN = re.compile(r"Non-2xx|Socket errors: (?!connect 0, read 0, write 0,)")
"""Time-outs are not among it: they are a machine's that stood still for two seconds."""
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1_000.0}


class Load(NamedTuple):
    rate: float
    p50_ms: float
    p99_ms: float


def load(  # noqa: PLR0913  # each one is an option of wrk
    address: str,
    headers: Mapping[str, str],
    *,
    seconds: int = 1,
    connections: int = 16,
    threads: int = 1,
    script: Path | None = None,
    core: int | None = CALLER_CORE,
) -> Load:
    """Ask again and again, over so many connections; all answers must be a 2xx."""
    program = [find_program("wrk"), f"-t{threads}", f"-c{connections}"]
    program += [f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        program += ["-H", f"{name}: {value}"]
    if script is not None:
        program += ["-s", str(script)]
    command = [*stand.pinned(core), *program, address]
    return _read(_run(command, seconds + _SPARE_SECONDS))


def find_program(name: str) -> str:
    """Find a program that Debian has."""
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is needed: apt-get install {name}")
    return found


def _run(command: Sequence[str], most_seconds: float) -> str:
    ran = subprocess.run(  # noqa: S603  # a fixed command on loopback
        command, capture_output=True, check=True, text=True, timeout=most_seconds
    )
    return ran.stdout


def _read(report: str) -> Load:
    rate = _RATE.search(report)
    waits = {
        percentile: float(figure) * _MILLISECONDS[unit]
        for percentile, figure, unit in _PERCENTILE.findall(report)
    }
    if rate is None or len(waits) != 2 or _BROKEN.search(report):
        raise RuntimeError(f"wrk said:\n{report}")
    return Load(float(rate[1]), waits["50"], waits["99"])
