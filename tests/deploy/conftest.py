"""Sandboxes for the tests that start a gateway."""

from collections.abc import Iterator

import pytest

from tests.faults.replicas import reset, running_sandboxes


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with running_sandboxes(tmp_path_factory.mktemp("sandboxes")) as addresses:
        reset(addresses)
        yield addresses
