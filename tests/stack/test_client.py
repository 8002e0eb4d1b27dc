"""The client through nginx, over lists that move, a gateway that is killed and its own end.

What crawls are the examples of the client's README, as processes. Skipped where there is
no nginx; GATEWAY_TEST_ALL makes its absence a failure.
"""

import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests import plain
from tests.conftest import RedisServer
from tests.stack.gateways import (
    KEY,
    Gateway,
    document,
    items_of,
    serve,
    tell,
    write,
)
from tests.stack.nginx import Nginx, find_nginx, running_nginx
from tests.stack.processes import Commands, wait_until

README = Path(__file__).parents[2] / "gateway" / "client" / "README.md"
EXAMPLE = re.compile(
    r"<!-- example: (\S+) -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
MOVING = ("avatar", "piktid")
"""Whose lists change meanwhile; see the README on lists without a total."""
CHANGE_SECONDS = 0.1
DELAY_SECONDS = 0.05
KILLS = 4
END_SECONDS = 120.0


def write_example(name: str, folder: Path) -> Path:
    found = dict(EXAMPLE.findall(README.read_text(encoding="utf-8")))
    path = folder / f"{name}.py"
    path.write_text(found[name], encoding="utf-8")
    return path


class Service:
    """An example as a process, which may be killed and started again."""

    def __init__(self, script: Path, address: str, folder: Path) -> None:
        self.database = folder / f"{script.stem}.sqlite"
        self._command = [sys.executable, script, self.database]
        self._environment = {"GALLERY_URL": address, "GALLERY_KEY": KEY}
        self._errors = folder / f"{script.stem}.errors"
        self.process = self.start()

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        with self._errors.open("ab") as errors:
            self.process = subprocess.Popen(  # noqa: S603
                [*self._command, *more], env=self._environment, stderr=errors
            )
        return self.process

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def errors(self) -> str:
        return self._errors.read_text(encoding="utf-8")

    def ids(self) -> list[str]:
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(self.database, timeout=30)) as database:
            try:
                return [row[0] for row in database.execute("select id from items")]
            except sqlite3.OperationalError:  # the tables are not there yet
                return []

    def until_it_has(self, count: int) -> None:
        wait_until(lambda: len(self.ids()) > count, f"{count} items: {self.errors}")


@contextmanager
def moving(sandboxes: dict[str, str]) -> Iterator[None]:
    """Insert at the top of lists and delete anywhere, again and again."""
    ended, chance = threading.Event(), random.Random(1)  # noqa: S311  # nothing secret

    def move() -> None:
        while not ended.wait(CHANGE_SECONDS):
            address = sandboxes[chance.choice(MOVING)]
            listed = plain.get(f"{address}/_sandbox/items").json()["ids"]
            tell(address, "items", count=1)
            tell(address, "delete", ids=[chance.choice(listed)])

    mover = threading.Thread(target=move)
    mover.start()
    try:
        yield
    finally:
        ended.set()
        mover.join()


@pytest.fixture
def gateways(
    commands: Commands,
    sandboxes: dict[str, str],
    own_redis: RedisServer,
    tmp_path: Path,
) -> list[Gateway]:
    find_nginx()
    limits = {"requests_per_minute": 1_000_000}
    redis = own_redis.settings()
    whole = document(sandboxes, redis=redis, limits=limits)
    path = write(tmp_path, whole)
    return [serve(commands, path) for _ in range(2)]


@pytest.fixture
def nginx(gateways: list[Gateway], tmp_path: Path) -> Iterator[Nginx]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    ports = [httpx.URL(one.address).port or 0 for one in gateways]
    with running_nginx(find_nginx(), ports, folder) as nginx:
        yield nginx


def test_every_item_comes_once_whatever_is_killed(
    nginx: Nginx,
    gateways: list[Gateway],
    sandboxes: dict[str, str],
    tmp_path: Path,
) -> None:
    for address in sandboxes.values():
        tell(address, "items", count=150)
        tell(address, "delay", seconds=DELAY_SECONDS)
    before = items_of(sandboxes)

    with moving(sandboxes):
        scripts = [write_example(name, tmp_path) for name in ("crawl", "crawl-async")]
        services = [Service(one, nginx.address, tmp_path) for one in scripts]
        try:
            hurt(services, gateways, sandboxes, len(before))
            codes = [service.process.wait(END_SECONDS) for service in services]
        finally:
            for service in services:
                service.kill()
        stayed = before & items_of(sandboxes)

    assert codes == [0, 0], [service.errors for service in services]
    assert len(stayed) > 500
    for service in services:
        ids = service.ids()
        assert len(ids) == len(set(ids))
        assert stayed <= set(ids), sorted(stayed - set(ids))[:5]


def hurt(
    services: Sequence[Service],
    gateways: Sequence[Gateway],
    sandboxes: dict[str, str],
    count: int,
) -> None:
    """Kill the services again and again, a gateway once, and have a provider fail."""
    for kill in range(1, KILLS + 1):
        for service in services:
            service.until_it_has(count * kill // (KILLS + 2))
            service.kill()
        match kill:
            case 2:
                tell(sandboxes["piktid"], "fail", status=503, count=8)
            case 3:
                gateways[0].command.signal(signal.SIGKILL)
        for service in services:
            service.start()


def test_the_first_example_lists_what_its_filters_ask_for(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    gateway = serve(commands, write(tmp_path, document(sandboxes)))
    script = write_example("first", tmp_path)
    text = script.read_text(encoding="utf-8")
    for written, ours in {"http://127.0.0.1:8000": gateway.address, "…": KEY}.items():
        assert text.count(written) == 1
        text = text.replace(written, ours)
    script.write_text(text, encoding="utf-8")

    ended = subprocess.run(  # noqa: S603
        [sys.executable, script], capture_output=True, text=True, check=False
    )

    ids = gateway.crawl(limit=100, kind="image", **{"hyper3d.type": "Featured"})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [line.split()[1] for line in ended.stdout.splitlines()] == ids


def test_a_nightly_sync_forgets_what_is_gone_unless_somebody_is_away(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    limits = {"requests_per_minute": 1_000_000}
    cache = {"fresh_seconds": 0.1, "stale_while_revalidate_seconds": 0.0}
    whole = document(sandboxes, limits=limits, cache=cache)
    whole["cache"]["stale_if_error_seconds"] = 0.0
    gateway = serve(commands, write(tmp_path, whole))
    script = write_example("sync", tmp_path)

    first = sync(script, gateway, "1")
    gone = plain.get(f"{sandboxes['avatar']}/_sandbox/items").json()["ids"][:3]
    tell(sandboxes["avatar"], "delete", ids=gone)
    second = sync(script, gateway, "2")
    tell(sandboxes["avatar"], "fail", status=401)
    third = sync(script, gateway, "3")

    assert second == items_of(sandboxes)
    assert first - second == {f"avatar:{one}" for one in gone}
    assert third == second


def sync(script: Path, gateway: Gateway, night: str) -> set[str]:
    database = script.parent / "synced.sqlite"
    ended = subprocess.run(  # noqa: S603
        [sys.executable, script, database, night],
        env={"GALLERY_URL": gateway.address, "GALLERY_KEY": KEY},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ("avatar is unauthorized" in ended.stdout) is (night == "3")
    with closing(sqlite3.connect(database)) as opened:
        return {row[0] for row in opened.execute("select id from synced")}
