"""The front end of gateway/api/README.md, as printed: its backend, and its page in Chromium."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from gateway.settings import hash_key
from tests import plain
from tests.chromium import running_chromium
from tests.faults.replicas import running_sandboxes
from tests.stack.gateways import Gateway, document, serve, write
from tests.stack.processes import (
    Commands,
    does_answer,
    starting_commands,
    wait_until,
)
from tests.tcp_ports import reserve_port

README = Path(__file__).parents[2] / "gateway" / "api" / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KEY = "s3cret-key-of-the-backend"
PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def port() -> int:
    return reserve_port()


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    with starting_commands(tmp_path_factory.mktemp("commands")) as commands:
        yield commands


@pytest.fixture(scope="module")
def own_sandboxes(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, str]]:
    """Sandboxes of its own: the page makes something there."""
    with running_sandboxes(tmp_path_factory.mktemp("sandboxes")) as addresses:
        yield addresses


@pytest.fixture(scope="module")
def gateway(
    commands: Commands,
    own_sandboxes: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    port: int,
) -> Gateway:
    server = {"cors_origins": [f"http://127.0.0.1:{port}"]}
    whole = document(own_sandboxes, server=server)
    scopes = ["gallery:read", "jobs:write", "tokens:write"]
    whole["tenants"][0]["keys"] = [
        {"name": "backend", "hash": hash_key(KEY), "scopes": scopes}
    ]
    return serve(commands, write(tmp_path_factory.mktemp("gateway"), whole))


@pytest.fixture(scope="module")
def front_end(
    gateway: Gateway, tmp_path_factory: pytest.TempPathFactory, port: int
) -> Iterator[str]:
    """The page's address, of a backend that is run as it is printed."""
    folder = tmp_path_factory.mktemp("front end")
    blocks = dict(BLOCK.findall(README.read_text("utf-8")))
    (folder / "backend.py").write_text(blocks["python"], "utf-8")
    (folder / "page.html").write_text(blocks["html"], "utf-8")
    told = {"GALLERY_URL": gateway.address, "GALLERY_KEY": KEY, "PORT": str(port)}
    with (folder / "log").open("wb") as log:
        backend = subprocess.Popen(  # noqa: S603
            [sys.executable, folder / "backend.py"],
            env={**os.environ, **told},
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: does_answer(address), "the backend")
        yield address
    finally:
        backend.terminate()
        backend.wait()


@pytest.fixture
def page() -> Iterator[Page]:
    with running_chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        yield page


def test_the_backend_makes_a_token_of_the_end_users_own(
    gateway: Gateway, front_end: str
) -> None:
    made: dict[str, Any] = plain.post(f"{front_end}/token").json()

    assert set(made["scopes"]) == {"gallery:read", "jobs:write"}
    assert made["providers"] == ["avatar"]
    headers = {"Authorization": f"Bearer {made['token']}"}
    seen = plain.get(f"{made['gateway']}/v1/gallery", headers=headers)
    assert {item["provider"] for item in seen.json()["items"]} == {"avatar"}


def test_the_page_shows_pictures_and_more_of_them(front_end: str, page: Page) -> None:
    page.goto(front_end)
    pictures = page.locator("main img")
    loaded = "() => [...document.images].every(i => i.complete && i.naturalWidth > 0)"

    page.wait_for_function("() => document.images.length === 12")
    page.get_by_role("button", name="More").click()
    page.wait_for_function("() => document.images.length === 24")

    page.wait_for_function(loaded)
    assert page.get_by_role("status").text_content() == ""
    names = [one.get_attribute("alt") for one in pictures.all()]
    assert len(set(names)) == 24


def test_the_page_makes_a_picture_and_shows_it_first(
    front_end: str, page: Page
) -> None:
    page.goto(front_end)
    page.wait_for_function("() => document.images.length === 12")
    before = page.locator("main img").first.get_attribute("alt")

    page.get_by_role("button", name="Make one").click()
    page.wait_for_function(
        "before => document.images.length === 12 && document.images[0].alt !== before",
        arg=before,
    )

    page.wait_for_function("() => document.images[0].naturalWidth > 0")
    assert page.get_by_role("status").text_content() == ""
