"""(a) A warm page against a bare handler that returns the same bytes."""

from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.benchmarks import configuration, stand
from tests.benchmarks.contest import compete
from tests.benchmarks.load import SERVER_CORE
from tests.benchmarks.outcome import Outcome

PATH = "/v1/gallery"
LEAST_RATIO = 0.8


def measure(folder: Path) -> Outcome:
    """Load both in turns, with a page that stays fresh."""
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
        contest = compete(gateway + PATH, bare, configuration.HEADERS)
    line = f"warm page of {len(body.content)} bytes: {contest.tell('bare handler')}"
    return Outcome(line, contest.ratio, LEAST_RATIO, is_least=True)
