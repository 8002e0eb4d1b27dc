"""`demo`: everything from one command."""

import re
import shlex
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import plain
from tests.stack.gateways import (
    Gateway,
    items_of,
    start_demo,
    to_address,
    to_demo_key,
)
from tests.stack.processes import Command, Commands, starting_commands
from tests.tcp_ports import reserve_port

ENDED_SECONDS = 10.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A demo that this file's tests share."""
    with starting_commands(tmp_path_factory.mktemp("demo"), is_fresh=True) as commands:
        yield start_demo(commands, tmp_path_factory.mktemp("anywhere"))


def test_it_answers_the_curl_that_it_prints(running: Command) -> None:
    _, _, printed = running.out.partition("Try:")
    command, address = shlex.split(printed.splitlines()[0])

    answer = plain.get(address)

    assert command == "curl"
    assert answer.status_code == 200
    assert len(answer.json()["items"]) == 2
    states = [source["state"] for source in answer.json()["sources"]]
    assert len(states) == 3
    assert {*states} <= {"fresh", "stale"}  # by how long ago another test asked


def test_it_shows_every_item_of_its_sandboxes_once(running: Command) -> None:
    shown = re.findall(r"(\w+) sandbox +(http://\S+?)/_sandbox", running.out)
    gateway = Gateway(command=running, address=to_address(running), key=None)

    ids = gateway.crawl(limit=100)

    assert {name for name, _ in shown} == {"hyper3d", "avatar", "piktid"}
    assert len(ids) == len(set(ids)) > 200
    assert set(ids) == items_of(dict(shown))


def test_it_names_its_page_and_a_key_that_may_write(running: Command) -> None:
    address, key = to_address(running), to_demo_key(running)
    query = "/v1/gallery?provider=avatar&kind=image&limit=1"

    page = plain.get(re.findall(r"viewer +(\S+)", running.out)[0])
    item = plain.get(address + query, headers={"x-api-key": key}).json()["items"][0]
    seen = plain.get(address + query).json()["items"][0]

    assert page.headers["content-type"].startswith("text/html")
    assert (item["actions"], seen["actions"]) == (["delete"], [])


def test_it_opens_its_page_if_told_to(commands: Commands, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    port = str(reserve_port())
    environment = {"BROWSER": f"{browser} %s"}

    demo = commands.start("demo", "--port", port, "--open", environment=environment)
    demo.until(lambda: opened.exists() and bool(opened.read_text()), "the browser")

    assert opened.read_text().strip() == f"http://127.0.0.1:{port}/"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_it_is_told_to_and_leaves_no_file(
    commands: Commands, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "anywhere"
    folder.mkdir()
    demo = start_demo(commands, folder, "--host", "::1")
    answer = plain.get(to_address(demo) + "/v1/gallery")

    demo.signal(number, to_group=number is signal.SIGINT)
    ended = demo.wait(ENDED_SECONDS)

    assert answer.status_code == 200
    assert ended.code == 0
    assert list(folder.iterdir()) == []
    assert "http://[::1]:" in ended.out
    assert ended.err == ""
    assert "\x1b" not in ended.out


def test_it_refuses_a_port_that_is_taken(commands: Commands) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        ended = commands.run("demo", "--port", port)

    assert ended.code == 1
    assert f"port {port}: Address already in use" in ended.err
    assert "Traceback" not in ended.err
