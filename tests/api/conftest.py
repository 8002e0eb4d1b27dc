"""Gateways and sandboxes, shared where a test changes nothing."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.api.world import World, serve_gateway, serve_sandboxes


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="session")
def sandboxes(portal: BlockingPortal) -> Iterator[Mapping[str, httpx.Client]]:
    """The sandboxes of all whose items nobody changes."""
    with serve_sandboxes(portal) as clients:
        yield clients


@pytest.fixture(scope="session")
def world(
    portal: BlockingPortal,
    sandboxes: Mapping[str, httpx.Client],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """A gateway for tests that break nothing."""
    with serve_gateway(portal, sandboxes, tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture(scope="session")
def open_world(
    portal: BlockingPortal,
    sandboxes: Mapping[str, httpx.Client],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """A gateway with an anonymous tenant."""
    folder = tmp_path_factory.mktemp("open")
    with serve_gateway(portal, sandboxes, folder, anonymous="acme") as world:
        yield world


@pytest.fixture
def new_world(
    portal: BlockingPortal, sandboxes: Mapping[str, httpx.Client], tmp_path: Path
) -> Iterator[World]:
    """A gateway that has read nothing yet; its upstreams may be made to fail."""
    with serve_gateway(portal, sandboxes, tmp_path) as world:
        world.reset()
        yield world
        world.reset()


@pytest.fixture
def own_world(portal: BlockingPortal, tmp_path: Path) -> Iterator[World]:
    """A gateway over sandboxes of its own, whose items may change."""
    with (
        serve_sandboxes(portal) as sandboxes,
        serve_gateway(portal, sandboxes, tmp_path) as world,
    ):
        yield world
