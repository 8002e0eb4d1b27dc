"""A crawl costs little more of the processor than the libraries under it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.world import READER, World
from tests.client.shells import SHELLS

MOST = 1.3
ROUNDS = 30
CRAWLING = Path(__file__).parent / "crawling.py"


@pytest.mark.parametrize("kind", SHELLS)
def test_a_crawl_costs_at_most_so_much_of_bare_libraries(
    world: World, kind: str
) -> None:
    command = [sys.executable, CRAWLING, str(world.gateway.base_url), READER, kind]
    ended = subprocess.run(  # noqa: S603
        [*command, str(ROUNDS)], capture_output=True, text=True, check=True
    )

    count, ours, bare = map(float, ended.stdout.split())
    print(f"{kind}: {ours * 1e3:.2f} ms, bare {bare * 1e3:.2f} ms: {ours / bare:.2f}")  # noqa: T201  # with -s
    assert count == len(world.truths())
    assert ours / bare <= MOST
