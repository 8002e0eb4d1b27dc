"""Upstream addresses that are good for a while only: Hyper3D signs anew in each listing."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests import plain
from tests.stack.gateways import Gateway, document, serve, tell, traffic, write
from tests.stack.processes import starting_commands, wait_until

SIGNED_SECONDS = 1.0
"""The time in a signature is told in whole seconds."""


@pytest.fixture(scope="module")
def gateway(
    running_sandboxes: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("perishable")
    whole = document({"hyper3d": running_sandboxes["hyper3d"]})
    with starting_commands(folder) as commands:
        yield serve(commands, write(folder, whole))


def list_one(gateway: Gateway, sandbox: str) -> str:
    """Return the link of a picture whose address would be signed otherwise by now."""
    tell(sandbox, "reset")
    page = gateway.page(limit=20)
    cards: list[dict[str, Any]] = [item["cover"] for item in page["items"]]
    listed_at = time.monotonic()
    wait_until(lambda: time.monotonic() > listed_at + SIGNED_SECONDS, "the next second")
    url: str = next(card["url"] for card in cards if card)
    return gateway.address + url


def file_calls(sandbox: str) -> int:
    calls = traffic(sandbox)["calls"]
    return sum(count for route, count in calls.items() if "/files/" in route)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_an_address_that_is_refused_is_looked_up_anew(
    gateway: Gateway, sandboxes: dict[str, str], status: int
) -> None:
    link = list_one(gateway, sandboxes["hyper3d"])
    tell(sandboxes["hyper3d"], "fail", status=status, count=1, path="/files")

    answer = plain.get(link, timeout=30)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert file_calls(sandboxes["hyper3d"]) == 2


def test_an_address_is_looked_up_anew_once_only(
    gateway: Gateway, sandboxes: dict[str, str]
) -> None:
    link = list_one(gateway, sandboxes["hyper3d"])
    tell(sandboxes["hyper3d"], "fail", status=403, path="/files")

    answer = plain.get(link, timeout=30)

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert file_calls(sandboxes["hyper3d"]) == 2
