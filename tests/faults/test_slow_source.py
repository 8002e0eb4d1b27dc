"""A source that takes longer than its callers wait, in a real process: it never starves."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.replicas import reset, running_sandboxes
from tests.stack.gateways import document, ids_of, serve, tell, write
from tests.stack.processes import starting_commands

SLOW_SECONDS = 1.0
PATIENCE_SECONDS = 0.4
PAUSE_SECONDS = 0.2
MOST_REQUESTS = 80
PAGES = 3


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with running_sandboxes(tmp_path_factory.mktemp("sandboxes")) as addresses:
        reset(addresses)
        yield addresses


def test_a_slow_source_is_crawled_though_each_answer_ages_at_once(
    sandboxes: dict[str, str], tmp_path: Path
) -> None:
    whole = document(
        {"piktid": sandboxes["piktid"]},
        gallery={
            "deadline_seconds": PATIENCE_SECONDS,
            "patience_seconds": PATIENCE_SECONDS,
        },
        cache={
            "fresh_seconds": 0.1,
            "stale_while_revalidate_seconds": 0.0,
            "stale_if_error_seconds": 0.0,
        },
    )
    ids: list[str] = []
    pages, statuses = 0, set()
    asked: dict[str, object] = {"provider": "piktid", "limit": 50}
    with starting_commands(tmp_path) as commands:
        gateway = serve(commands, write(tmp_path, whole))
        tell(sandboxes["piktid"], "delay", seconds=SLOW_SECONDS)
        for _ in range(MOST_REQUESTS):
            answer = gateway.get("/v1/gallery", **asked)
            statuses.add(answer.status_code)
            if answer.status_code == 200:
                ids += ids_of(answer.json())
                asked["cursor"] = answer.json()["next_cursor"]
                pages += 1
                if pages == PAGES:
                    break
            time.sleep(PAUSE_SECONDS)

    assert statuses == {200, 503}
    assert pages == PAGES
    assert len(ids) == len(set(ids)) == PAGES * 50
