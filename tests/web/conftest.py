"""A demo for those who look, gateways of their own for those who break something."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import running_chromium
from tests.programs import skip_unless_asked_for
from tests.stack.gateways import (
    Gateway,
    document,
    serve,
    start_demo,
    tell,
    to_address,
    to_demo_key,
    write,
)
from tests.stack.processes import Commands, starting_commands
from tests.web.viewing import Demo, Viewing, to_upstreams, viewing

FORGETFUL = {
    "fresh_seconds": 0.0,
    "stale_while_revalidate_seconds": 0.0,
    "stale_if_error_seconds": 0.0,
}


@pytest.fixture(scope="session")
def is_asked_for() -> None:
    """Skip what `.ci/run` runs, and who works on the viewer."""
    skip_unless_asked_for("GATEWAY_TEST_VIEWER")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for a file's tests: while it is there, no other event loop can be."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that a file's tests share."""
    with starting_commands(tmp_path_factory.mktemp("demo")) as commands:
        command = start_demo(commands, tmp_path_factory.mktemp("anywhere"))
        gateway = Gateway(command=command, address=to_address(command), key=None)
        yield Demo(
            gateway=gateway,
            key=to_demo_key(command),
            upstreams=to_upstreams(command.out),
        )


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    output = tmp_path / "output"
    output.mkdir()
    with starting_commands(output) as commands:
        yield commands


@pytest.fixture
def upstreams(demo: Demo) -> Iterator[Mapping[str, str]]:
    """The demo's sandboxes for whoever makes them fail."""
    yield demo.upstreams
    for address in demo.upstreams.values():
        tell(address, "reset")


@pytest.fixture
def serving(
    commands: Commands, upstreams: Mapping[str, str], tmp_path: Path
) -> Callable[..., Gateway]:
    """Return what starts a gateway over the sandboxes that keeps no page."""

    def start(**tables: object) -> Gateway:
        server = {"anonymous_tenant": "acme"}
        whole = document(upstreams, **{"server": server, "cache": FORGETFUL, **tables})
        return serve(commands, write(tmp_path, whole))

    return start


@pytest.fixture(scope="module")
def closed(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway over the demo's sandboxes that lets nobody in without a key."""
    with starting_commands(tmp_path_factory.mktemp("output")) as commands:
        whole = document(demo.upstreams, cache=FORGETFUL)
        yield serve(commands, write(tmp_path_factory.mktemp("closed"), whole))


@pytest.fixture
def view(browser: Browser, demo: Demo) -> Iterator[Viewing]:
    """The demo's page, not opened yet."""
    with viewing(browser, demo.gateway.address) as view:
        yield view


@pytest.fixture
def page(view: Viewing) -> Page:
    """The demo's page with its first cards."""
    view.open()
    return view.page
